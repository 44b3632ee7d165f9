namespace Personalization.Codec;

/// <summary>
/// Appends a message's fields as <see cref="CallCodec"/> describes them. A value that a missing field is read as (0, false, the
/// empty text or list, null) is not written; the methods ending in <c>OrNull</c> leave out null only.
/// </summary>
readonly struct FieldWriter(ByteWriter bytes)
{
    /// <summary>A number; <paramref name="missing"/> is what a reader takes for a field that is not there, the same for ever.</summary>
    public void Number(int field, long value, long missing = 0)
    {
        if (value != missing)
            NumberOrNull(field, value);
    }

    public void NumberOrNull(int field, long? value)
    {
        if (value is not { } number)
            return;
        Tag(field, WireKind.Number);
        bytes.Signed(number);
    }

    public void Flag(int field, bool value) => Number(field, value ? 1 : 0);

    public void Single(int field, float value)
    {
        if (value != 0)
            SingleOrNull(field, value);
    }

    /// <summary>The bits as a number: the kinds of fields stay five.</summary>
    public void Double(int field, double value) => Number(field, BitConverter.DoubleToInt64Bits(value));

    public void SingleOrNull(int field, float? value)
    {
        if (value is not { } number)
            return;
        Tag(field, WireKind.Bits32);
        bytes.Single(number);
    }

    public void Guid(int field, Guid value)
    {
        if (value == System.Guid.Empty)
            return;
        Tag(field, WireKind.Bits128);
        bytes.Guid(value);
    }

    /// <summary>An amount with its decimal places: the four words of <see cref="decimal.GetBits(decimal)"/>.</summary>
    public void Decimal(int field, decimal value)
    {
        if (value == 0 && value.Scale == 0)
            return;
        Span<int> words = stackalloc int[4];
        decimal.GetBits(value, words);
        Tag(field, WireKind.Bits128);
        bytes.Fixed64((uint)words[0] | (ulong)(uint)words[1] << 32);
        bytes.Fixed64((uint)words[2] | (ulong)(uint)words[3] << 32);
    }

    public void Text(int field, string value)
    {
        if (value.Length > 0)
            TextOrNull(field, value);
    }

    public void TextOrNull(int field, string? value)
    {
        if (value is null)
            return;
        Tag(field, WireKind.Bytes);
        bytes.Utf8(value);
    }

    /// <summary>A message inside this one.</summary>
    public void MessageOrNull<T>(int field, T? value, Action<T, FieldWriter> write)
        where T : class
    {
        if (value is null)
            return;
        var start = Open(field);
        write(value, this);
        bytes.Close(start);
    }

    /// <summary>A list of messages: how many, then each with its length.</summary>
    public void Messages<T>(int field, IReadOnlyList<T> items, Action<T, FieldWriter> write)
    {
        if (items.Count == 0)
            return;
        var list = Open(field);
        bytes.Unsigned((ulong)items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            var start = bytes.Open();
            write(items[i], this);
            bytes.Close(start);
        }
        bytes.Close(list);
    }

    public void Numbers(int field, IReadOnlyList<int> values)
    {
        if (values.Count == 0)
            return;
        var list = Open(field);
        bytes.Unsigned((ulong)values.Count);
        for (var i = 0; i < values.Count; i++)
            bytes.Signed(values[i]);
        bytes.Close(list);
    }

    public void Numbers(int field, IReadOnlyList<long> values)
    {
        if (values.Count == 0)
            return;
        var list = Open(field);
        bytes.Unsigned((ulong)values.Count);
        for (var i = 0; i < values.Count; i++)
            bytes.Signed(values[i]);
        bytes.Close(list);
    }

    public void Texts(int field, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
            return;
        var list = Open(field);
        bytes.Unsigned((ulong)values.Count);
        for (var i = 0; i < values.Count; i++)
            bytes.Utf8(values[i]);
        bytes.Close(list);
    }

    /// <summary>Keys of sixteen bytes each, one behind the other.</summary>
    public void Keys(int field, IReadOnlyList<UInt128> keys)
    {
        if (keys.Count == 0)
            return;
        var list = Open(field);
        for (var i = 0; i < keys.Count; i++)
            bytes.Fixed128(keys[i]);
        bytes.Close(list);
    }

    /// <summary>A byte for each.</summary>
    public void FlagsOrNull(int field, bool[]? flags)
    {
        if (flags is null)
            return;
        var list = Open(field);
        foreach (var flag in flags)
            bytes.Bool(flag);
        bytes.Close(list);
    }

    /// <summary>Bytes that another codec made.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return;
        Tag(field, WireKind.Bytes);
        bytes.Bytes(value);
    }

    void Tag(int field, WireKind kind) => bytes.Unsigned((ulong)field << 3 | (ulong)kind);

    int Open(int field)
    {
        Tag(field, WireKind.Bytes);
        return bytes.Open();
    }
}
