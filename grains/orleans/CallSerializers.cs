using System.Buffers;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;
using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Grains;

/// <summary>
/// Calls and answers between silos, by the project's own codec (<see cref="CallCodec"/>), which an older and a newer build
/// both read. They are values that nobody changes, so inside a silo they are passed as they are.
/// </summary>
public abstract class CallSerializer<T> : IFieldCodec<T>, IDeepCopier<T>
    where T : class
{
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, T? value)
        where TBufferWriter : IBufferWriter<byte>
    {
        if (ReferenceCodec.TryWriteReferenceField(ref writer, fieldIdDelta, expectedType!, value) || value is null)
            return;
        using var bytes = new ByteWriter();
        CallCodec.Write(value, bytes);
        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(T), WireType.LengthPrefixed);
        writer.WriteVarUInt32((uint)bytes.Length);
        writer.Write(bytes.Written);
    }

    public T ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.WireType == WireType.Reference)
            return ReferenceCodec.ReadReference<T, TInput>(ref reader, field)!;
        field.EnsureWireType(WireType.LengthPrefixed);
        var length = (int)reader.ReadVarUInt32();
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            reader.ReadBytes(bytes.AsSpan(0, length));
            var value = (T)CallCodec.Read(typeof(T), bytes.AsSpan(0, length));
            ReferenceCodec.RecordObject(reader.Session, value);
            return value;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public T DeepCopy(T input, CopyContext context) => input;
}

[RegisterSerializer, RegisterCopier]
public sealed class RecordRequestSerializer : CallSerializer<RecordRequest>;

[RegisterSerializer, RegisterCopier]
public sealed class RecordedSerializer : CallSerializer<Recorded>;

[RegisterSerializer, RegisterCopier]
public sealed class CustomerViewSerializer : CallSerializer<CustomerView>;

[RegisterSerializer, RegisterCopier]
public sealed class RecommendationQuerySerializer : CallSerializer<RecommendationQuery>;

[RegisterSerializer, RegisterCopier]
public sealed class RecommendedSerializer : CallSerializer<Recommended>;

[RegisterSerializer, RegisterCopier]
public sealed class BundleSerializer : CallSerializer<Bundle>;

[RegisterSerializer, RegisterCopier]
public sealed class DryRunSerializer : CallSerializer<DryRun>;

[RegisterSerializer, RegisterCopier]
public sealed class ConsentChangedSerializer : CallSerializer<ConsentChanged>;

[RegisterSerializer, RegisterCopier]
public sealed class NeverShowSerializer : CallSerializer<NeverShow>;

[RegisterSerializer, RegisterCopier]
public sealed class LetterDraftSerializer : CallSerializer<LetterDraft>;
