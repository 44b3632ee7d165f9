using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Personalization.Customers;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Codec;

/// <summary>What travels between silos, also between those of an older and a newer build.</summary>
public sealed class CallSerializationTests : IDisposable
{
    const int Samples = 200;

    readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    /// <summary>Everything that a call to a customer takes or answers.</summary>
    public static TheoryData<Type> Contracts() =>
        new(
            typeof(ICustomerGrain)
                .GetMethods()
                .SelectMany(method =>
                    method
                        .GetParameters()
                        .Select(parameter => parameter.ParameterType)
                        .Concat(method.ReturnType.GenericTypeArguments)
                )
                .Where(type => !type.IsPrimitive)
                .Distinct()
        );

    [Theory]
    [MemberData(nameof(Contracts))]
    public void What_a_call_carries_arrives_as_it_was_sent(Type type)
    {
        var serializer = _services.GetRequiredService<Serializer>();
        var random = new System.Random(type.Name.Length);
        for (var sample = 0; sample < Samples; sample++)
        {
            var sent = Anything.Of(type, random);
            var arrived = serializer.Deserialize<object>(serializer.SerializeToArray<object>(sent!));
            Text(arrived).ShouldBe(Text(sent));
        }
    }

    [Fact]
    public void An_older_build_passes_over_a_field_that_it_does_not_know()
    {
        var sent = new NewerAnswer(7, [true, false]) { Stage = "buyer", Since = "a newer build" };
        var read = Read<OlderAnswer>(Written(sent));
        (read.Customer, read.Stage).ShouldBe((7, "buyer"));
        read.Duplicates.ShouldBe([true, false]);
    }

    [Fact]
    public void A_newer_build_reads_what_an_older_one_sent_without_its_field()
    {
        var read = Read<NewerAnswer>(Written(new OlderAnswer(7, null) { Stage = "buyer" }));
        (read.Customer, read.Duplicates, read.Stage, read.Since).ShouldBe((7, null, "buyer", null));
    }

    byte[] Written<T>(T value) => _services.GetRequiredService<Serializer<T>>().SerializeToArray(value);

    T Read<T>(byte[] bytes) => _services.GetRequiredService<Serializer<T>>().Deserialize(bytes)!;

    static string Text(object? value) => JsonSerializer.Serialize(value);
}

/// <summary>An answer as one build knows it, formed like those of customers.</summary>
[GenerateSerializer, Immutable]
public sealed record OlderAnswer(long Customer, bool[]? Duplicates)
{
    [Id(0)]
    public string? Stage { get; init; }
}

/// <summary>The same as the next build knows it.</summary>
[GenerateSerializer, Immutable]
public sealed record NewerAnswer(long Customer, bool[]? Duplicates)
{
    [Id(0)]
    public string? Stage { get; init; }

    [Id(1)]
    public string? Since { get; init; }
}
