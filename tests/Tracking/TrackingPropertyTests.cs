using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Personalization.Events;
using Personalization.Tracking;
using Shouldly;
using Xunit;
using static Personalization.Tests.Tracking.TrackingExamples;

namespace Personalization.Tests.Tracking;

public class TrackingPropertyTests
{
    static readonly Gen<byte[]> AnyBytes = ArbMap.Default.GeneratorFor<byte[]>();

    static readonly string[] Pieces =
    [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u",
        "\\ud83d",
        "\\udc00",
        "\\u0000",
        "null",
        "true",
        "-1",
        "1e400",
        "NaN",
        "\"userId\":",
        "\"event\":",
        "\"properties\":",
        "\"products\":",
        "\"batch\":",
        "\"context\":",
        "\"page\":",
        "\"traits\":",
        "\"price\":",
        "\"timestamp\":",
        "\"messageId\":",
        "\"campaign\":",
        "\"Order Completed\"",
        "\"track\"",
        "\"type\":",
        "\"pr\\u0069ce\":",
        "\"c-1\"",
        " ",
        "\u00e9",
        "\ud83d\ude00",
    ];

    static readonly Gen<byte[]> NearlyJson = Gen.Elements(Pieces)
        .ListOf()
        .Select(pieces => Encoding.UTF8.GetBytes(string.Concat(pieces)));

    /// <summary>A good call in which one byte is another one.</summary>
    static readonly Gen<byte[]> Damaged =
        from example in Gen.Elements(Commerce)
        from batch in Gen.Elements(false, true)
        from place in Gen.Choose(0, 10_000)
        from value in Gen.Choose(0, 255)
        select Damage(example.Name, example.Properties, batch, place, (byte)value);

    static readonly Gen<long> AnyAmount =
        from high in Gen.Choose(0, int.MaxValue)
        from low in Gen.Choose(0, int.MaxValue)
        from magnitude in Gen.Choose(0, 61)
        select (((long)high << 31 | (uint)low) >> magnitude) % (Bounds.MaxAmount + 1);

    [Fact]
    public void Whatever_the_bytes_the_answer_is_a_value() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(3000),
            Prop.ForAll(Gen.OneOf(AnyBytes, NearlyJson, Damaged).ToArbitrary(), body =>
            {
                foreach (var type in Enum.GetValues<CallType>())
                {
                    var parsed = TrackingParser.Call(type, body, ReceivedAt);
                    (parsed.Call is null).ShouldBe(parsed.Problem is not null);
                }
                var batch = TrackingParser.Batch(body, ReceivedAt);
                if (batch.Problem is not null)
                    (batch.Calls.Count + batch.Errors.Count).ShouldBe(0);
            })
        );

    [Fact]
    public void A_good_event_survives_any_unknown_fields() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(500),
            Prop.ForAll(
                (
                    from example in Gen.Elements(Commerce)
                    from name in ArbMap.Default.GeneratorFor<string>()
                    from value in AnyJson(3)
                    select (example, name, value)
                ).ToArbitrary(),
                given =>
                {
                    var plain = Track(given.example.Name, given.example.Properties).Call!;
                    var node = JsonNode.Parse(TrackJson(given.example.Name, given.example.Properties))!.AsObject();
                    var unknown = "x-" + given.name;
                    node[unknown] = JsonNode.Parse(given.value);
                    node["properties"]![unknown] = JsonNode.Parse(given.value);
                    node["context"] = new JsonObject { [unknown] = JsonNode.Parse(given.value) };
                    var extended = TrackingParser.Call(CallType.Track, Encoding.UTF8.GetBytes(node.ToJsonString()), ReceivedAt);

                    extended.Problem.ShouldBeNull();
                    var call = extended.Call!;
                    (call.Kind, call.Reference, call.Label, call.Amount, call.Currency, call.Rating).ShouldBe(
                        (plain.Kind, plain.Reference, plain.Label, plain.Amount, plain.Currency, plain.Rating)
                    );
                    call.Lines.ShouldBe(plain.Lines);
                    using var kept = JsonDocument.Parse(call.Personal!.Properties!);
                    kept.RootElement.TryGetProperty(unknown, out _).ShouldBeTrue();
                }
            )
        );

    [Fact]
    public void However_many_items_are_bad_the_others_are_kept() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(ArbMap.Default.ArbFor<bool[]>(), good =>
            {
                var items = good.Select(g =>
                    g
                        ? """{"type":"track","userId":"c","event":"Cart Viewed"}"""
                        : """{"type":"track","userId":"null","event":"Cart Viewed"}"""
                );
                var batch = Batch($$"""{"batch":[{{string.Join(',', items)}}]}""");

                batch.Calls.Select(c => c.Index).ShouldBe(Enumerable.Range(0, good.Length).Where(i => good[i]));
                batch.Errors.Select(e => e.Index).ShouldBe(Enumerable.Range(0, good.Length).Where(i => !good[i]));
            }));

    [Fact]
    public void Money_sent_as_a_decimal_comes_out_to_the_last_ten_thousandth() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(AnyAmount.ToArbitrary(), amount =>
            {
                var total = (amount / 10_000m).ToString(CultureInfo.InvariantCulture);
                Track("Order Completed", $$"""{"total":{{total}} }""").Call!.Amount.ShouldBe(amount);
            }));

    static Gen<string> AnyJson(int depth)
    {
        var scalar = Gen.OneOf(
            Gen.Elements("null", "true", "-1.5e3", "\"\"", "\"abc\"", "[]", "{}"),
            ArbMap.Default.GeneratorFor<string>().Select(text => JsonSerializer.Serialize(text))
        );
        if (depth == 0)
            return scalar;
        var inner = AnyJson(depth - 1);
        return Gen.OneOf(scalar, inner.Select(v => $"[{v},{v}]"), inner.Select(v => $$"""{"price":{{v}}}"""));
    }

    static byte[] Damage(string name, string properties, bool batch, int place, byte value)
    {
        var call = TrackJson(name, properties);
        var body = Encoding.UTF8.GetBytes(batch ? $$"""{"batch":[{{call.Insert(1, "\"type\":\"track\",")}}]}""" : call);
        body[place % body.Length] = value;
        return body;
    }
}
