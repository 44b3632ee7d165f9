using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Personalization.Catalogue;
using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Recommendations.Filters;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Codec;

/// <summary>What one silo writes the other reads, whichever of them runs the newer build.</summary>
public sealed class CallCodecTests
{
    static readonly Type[] Types =
    [
        typeof(RecordRequest),
        typeof(Recorded),
        typeof(RecommendationQuery),
        typeof(Recommended),
        typeof(Bundle),
        typeof(CustomerView),
        typeof(ConsentChanged),
        typeof(NeverShow),
        typeof(LetterDraft),
        typeof(DryRun),
        typeof(ErasureReceipt),
    ];

    public static TheoryData<Type> Handled => [.. Types];

    [Fact]
    public void Whatever_is_asked_of_a_customer_or_answered_can_be_written()
    {
        var calls = typeof(ICustomers).GetMethods();
        var asked = calls.SelectMany(call => call.GetParameters()).Select(parameter => parameter.ParameterType);
        var answered = calls.SelectMany(call => call.ReturnType.GenericTypeArguments);
        asked
            .Concat(answered)
            .Where(type => type.Assembly == typeof(ICustomers).Assembly && !type.IsEnum)
            .Distinct()
            .ShouldBe(Types, ignoreOrder: true);
        Types.ShouldAllBe(type => CallCodec.Handles(type));
        CallCodec.Handles(typeof(string)).ShouldBeFalse();
        CallCodec.Handles(typeof(Tracked)).ShouldBeFalse();
    }

    [Theory, MemberData(nameof(Handled))]
    public void A_call_is_read_as_it_was_written(Type type) =>
        ForAll(type, (value, _) => Text(type, CallCodec.Read(type, Written(value))).ShouldBe(Text(type, value)));

    [Theory, MemberData(nameof(Handled))]
    public void Two_calls_in_one_buffer_are_the_bytes_of_each(Type type) => ForAll(type, (value, _) =>
        {
            using var writer = new ByteWriter();
            CallCodec.Write(value, writer);
            CallCodec.Write(value, writer);
            writer.ToArray().ShouldBe([.. Written(value), .. Written(value)]);
        });

    [Theory, MemberData(nameof(Handled))]
    public void What_a_newer_build_added_is_stepped_over_and_the_order_of_fields_is_free(Type type) =>
        ForAll(type, (value, random) =>
        {
            var newer = WireFields.Rewrite(type, Written(value), fields =>
            {
                var all = fields.Concat(Unknown(random)).ToArray();
                random.Shuffle(all);
                return all;
            });
            Text(type, CallCodec.Read(type, newer)).ShouldBe(Text(type, value));
        });

    [Theory, MemberData(nameof(Handled))]
    public void A_field_that_an_older_build_did_not_write_has_its_default_and_the_others_stay(Type type) =>
        ForAll(type, (value, _) =>
        {
            var none = Json(type, CallCodec.Read(type, [CallCodec.Format]));
            var whole = Json(type, value);
            var fields = WireFields.Of(Written(value));
            foreach (var left in fields)
            {
                // The events' personal parts are a field of their own and a part of the same member.
                if (type == typeof(RecordRequest) && left.Number == 2)
                    continue;
                var read = Json(type, CallCodec.Read(type, WireFields.Call(fields.Where(field => field != left))));
                var changed = whole.Select(member => member.Key).Where(name => !Same(read[name], whole[name])).ToList();
                changed.Count.ShouldBe(1, $"field {left.Number}");
                Same(read[changed[0]], none[changed[0]]).ShouldBeTrue($"field {left.Number}");
            }
        });

    [Theory, MemberData(nameof(Handled))]
    public void Fields_missing_anywhere_inside_are_no_damage(Type type) =>
        ForAll(type, (value, random) =>
            CallCodec
                .Read(type, WireFields.Rewrite(type, Written(value), fields => fields.Where(_ => random.Next(3) > 0)))
                .ShouldBeOfType(type)
        );

    [Fact]
    public void Nothing_written_is_the_defaults()
    {
        Text(Nothing<RecordRequest>()).ShouldBe(Text(new RecordRequest([])));
        Text(Nothing<Recorded>()).ShouldBe(Text(new Recorded(0, 0, null)));
        Text(Nothing<RecommendationQuery>()).ShouldBe(Text(new RecommendationQuery(Placement.Home)));
        Text(Nothing<Recommended>()).ShouldBe(Text(new Recommended("", [], 0)));
        Text(Nothing<Bundle>()).ShouldBe(Text(new Bundle([], 0, null)));
        Text(Nothing<CustomerView>())
            .ShouldBe(
                Text(
                    new CustomerView(
                        0,
                        0,
                        false,
                        false,
                        LifecycleStage.Stranger,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        [],
                        [],
                        [],
                        null,
                        null,
                        null,
                        null,
                        [],
                        [],
                        new ChurnView(null, false, [], 0, 0, "")
                    )
                )
            );
        Text(Nothing<ConsentChanged>())
            .ShouldBe(
                Text(
                    new ConsentChanged
                    {
                        Time = 0,
                        Channel = "",
                        Topic = "",
                        Granted = false,
                        Origin = "",
                    }
                )
            );
        Text(Nothing<NeverShow>())
            .ShouldBe(
                Text(
                    new NeverShow
                    {
                        Time = 0,
                        Product = 0,
                        Hidden = false,
                    }
                )
            );
        Text(Nothing<LetterDraft>()).ShouldBe(Text(new LetterDraft(default, "", "", "", null, null, [], [], [])));
        Text(Nothing<DryRun>()).ShouldBe(Text(new DryRun(0, false, [], 0, null)));
        Text(Nothing<ErasureReceipt>()).ShouldBe(Text(new ErasureReceipt(0, 0, new Dictionary<string, long>(), [])));

        static T Nothing<T>()
            where T : class => CallCodec.Read<T>([CallCodec.Format]);
    }

    [Theory, MemberData(nameof(Handled))]
    public void Damaged_bytes_are_told_from_good_ones_or_read_but_never_break_the_reader(Type type) =>
        ForAll(type, (value, random) =>
        {
            var good = Written(value);
            for (var times = 0; times < 8; times++)
            {
                var noise = (byte[])good.Clone();
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                    noise[random.Next(noise.Length)] ^= (byte)(1 << random.Next(8));
                var other = (byte[])good.Clone();
                random.NextBytes(other.AsSpan(random.Next(other.Length)));
                other[0] = CallCodec.Format;
                foreach (var bytes in new[] { good[..random.Next(good.Length)], noise, other })
                    ReadDamaged(type, bytes);
            }
        });

    [Fact]
    public void Lengths_and_numbers_beyond_all_bounds_are_damage()
    {
        string[] damaged =
        [
            "",
            "02",
            "00",
            "01 00",
            "01 05",
            "01 0d 00",
            "01 08",
            "01 08 ff ff ff ff ff ff ff ff ff ff 01",
            "01 1c ff ff ff ff 0f",
            "01 1c 05 00",
            "01 09 00 00 00 00",
            "01 ff ff ff ff ff 0f 00",
            "01 24 02 14 ff",
            "01 24 03 14 01 7f",
        ];
        foreach (var hex in damaged)
            Should.Throw<InvalidDataException>(() => CallCodec.Read<Recorded>(Bytes(hex)), hex);
        // An amount with 29 decimal places, and one with bits where none belong.
        foreach (var words in new[] { "00 00 1d 00", "01 00 00 00", "00 00 00 40" })
            Should.Throw<InvalidDataException>(
                () => CallCodec.Read<Bundle>(Bytes($"01 13 01 00 00 00 00 00 00 00 00 00 00 00 {words}")),
                words
            );
    }

    [Fact]
    public void A_decision_among_what_is_to_be_recorded_is_damage()
    {
        using var body = new ByteWriter();
        using var personal = new ByteWriter();
        EventCodec.Write([new Erased { Time = 1, By = "a" }], body, personal);
        Should.Throw<InvalidDataException>(() =>
            CallCodec.Read<RecordRequest>(WireFields.Call([new WireField(1, 4, body.ToArray())]))
        );
    }

    [Fact]
    public void A_filter_goes_as_text_and_works_on_arrival_and_one_that_cannot_be_compiled_is_not_left_out()
    {
        Filter.TryParse("price < 60", out var filter, out _).ShouldBeTrue();
        var arrived = CallCodec
            .Read<RecommendationQuery>(Written(new RecommendationQuery(Placement.Cart) { Filter = filter }))
            .Filter!;
        arrived
            .Matches(
                new Product
                {
                    Number = 1,
                    Id = "a",
                    Price = 59,
                }
            )
            .ShouldBeTrue();
        arrived
            .Matches(
                new Product
                {
                    Number = 2,
                    Id = "b",
                    Price = 61,
                }
            )
            .ShouldBeFalse();
        foreach (var text in new[] { "", "newfield ~ 3", "price < ", new string('(', 3000) })
            Should.Throw<InvalidDataException>(() =>
                CallCodec.Read<RecommendationQuery>(
                    WireFields.Call([new WireField(5, 4, System.Text.Encoding.UTF8.GetBytes(text))])
                )
            );
    }

    [Fact]
    public void Every_member_of_every_enumeration_arrives()
    {
        foreach (var stage in Enum.GetValues<LifecycleStage>())
        {
            var recorded = new Recorded(1, 2, null) { Stage = stage, StageBefore = stage };
            Again(recorded).ShouldBe(recorded);
            Again(View() with { Stage = stage }).Stage.ShouldBe(stage);
        }
        foreach (var placement in Enum.GetValues<Placement>())
            Again(new RecommendationQuery(placement)).Placement.ShouldBe(placement);
        foreach (var kind in Enum.GetValues<ReasonKind>())
            Again(new Recommended("", [new(1, 1, new(kind))], 1)).Items[0].Reason.ShouldBe(new Reason(kind));
        foreach (var why in Enum.GetValues<Withheld>())
        {
            Again(new DryRun(1, true, [why], 0, null)).Withheld.ShouldBe([why]);
            Again(new Recorded(1, 2, null) { Outreach = new([], [Withheld(why)]) }).Outreach!.Cancelled[0].Why.ShouldBe(why);
        }
        foreach (var policy in Enum.GetValues<WarningPolicy>())
            Again(View() with { Warnings = [new(Guid.Empty, policy, 0, 0, [], "", 0)] }).Warnings[0].Policy.ShouldBe(policy);
        for (var include = 0; include < 256; include++)
            Again(new RecordRequest([]) { Include = (Include)include }).Include.ShouldBe((Include)include);
    }

    [Fact]
    public void A_member_that_only_a_newer_build_knows_is_read_as_one_that_can_be_said()
    {
        var unknown = (LifecycleStage)200;
        Again(new Recorded(1, 2, null) { Stage = unknown, StageBefore = unknown }).ShouldBe(new Recorded(1, 2, null));
        Again(View() with { Stage = unknown }).Stage.ShouldBe(LifecycleStage.Stranger);
        Again(new RecommendationQuery((Placement)200)).Placement.ShouldBe(Placement.Home);
        Again(new Recommended("", [new(1, 1, new((ReasonKind)200, 3))], 1)).Items[0].Reason.Kind.ShouldBe(ReasonKind.InShop);
    }

    [Fact]
    public void Null_and_empty_and_zero_are_told_apart()
    {
        Again(new Recorded(1, 2, [])).Duplicates.ShouldBe([]);
        Again(new Recorded(1, 2, null)).Duplicates.ShouldBeNull();
        Again(new Recorded(1, 2, [false, true])).Duplicates.ShouldBe([false, true]);
        Again(new Recorded(1, 2, null) { RiskBefore = 0, Stage = 0 })
            .ShouldBe(new Recorded(1, 2, null) { RiskBefore = 0, Stage = 0 });
        Again(new Recorded(1, 2, null) { Outreach = new([], []) }).Outreach.ShouldNotBeNull();
        Again(new Bundle([], 0, "")).Currency.ShouldBe("");
        Again(new Bundle([], 0, null)).Currency.ShouldBeNull();
        Again(View() with { Profile = new Profile() }).Profile.ShouldNotBeNull().Traits.ShouldBeNull();
    }

    [Fact]
    public void The_format_has_not_changed()
    {
        var answer = new Recorded(70_000, 3, [false, true])
        {
            Recommendations = new Recommended(
                "best-sellers",
                [new(5, 0.5f, new(ReasonKind.BecauseViewed, 4)), new(0, 0, new(ReasonKind.Trending))],
                1_700_000_000_000
            ),
            Stage = LifecycleStage.FirstTimeBuyer,
            StageBefore = LifecycleStage.Stranger,
            Churn = new ChurnView(0.25f, true, ["silent", ""], 100_000, -1, "m1"),
            RiskBefore = 0,
            Outreach = new OutreachChange(
                [
                    new()
                    {
                        Time = 1,
                        Message = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
                        Programme = "cart",
                        Occasion = "o",
                        Channel = "email",
                        NotBefore = 2,
                    },
                ],
                [Withheld(Events.Withheld.Superseded)]
            ),
        };
        var request = new RecordRequest([
            new()
            {
                Time = 1_700_000_000_000,
                Received = 1_700_000_000_500,
                Kind = EventKind.ProductAdded,
                Message = 0x0123456789abcdef,
                Name = 7,
                Lines = [new(3, 2, 199_000)],
                Personal = new PersonalPart { Url = "/p/3", Locale = "pt" },
            },
        ])
        {
            Imported = true,
            ImportKeys = [1, UInt128.MaxValue],
            Include = Include.Recommendations | Include.Churn,
            Recommendations = new RecommendationQuery(Placement.Product, 4) { Product = 3, Exclude = [1, 2] },
        };
        Hex(answer).ShouldBe(Answer);
        Hex(request).ShouldBe(Request);
        Text(CallCodec.Read<Recorded>(Bytes(Answer))).ShouldBe(Text(answer));
        Text(CallCodec.Read<RecordRequest>(Bytes(Request))).ShouldBe(Text(request));
    }

    const string Answer =
        "0108e0c50810061c020001"
        + // format, customer, position, duplicates
        "24250c0c626573742d73656c6c657273140e0209080a110000003f200802180e1880a0abfef962"
        + // recommendations
        "28063000"
        + // stages
        "3c1c090000803e10021c09020673696c656e740020c09a0c280134026d31"
        + // churn
        "4100000000"
        + // risk before
        "4c370c27012508021333221100554477668899aabbccddeeff1c046361727424016f2c05656d61696c3004140c010a08021c017024016f2812"; // outreach

    const string Request =
        "010c1c01011980a0abfef962114befcdab89674523010ee807010604b0a518"
        + // format, events
        "140c01008102052f702f33037074"
        + // their personal parts
        "1802"
        + // imported
        "242001000000000000000000000000000000ffffffffffffffffffffffffffffffff"
        + // import keys
        "280a"
        + // include
        "340b0802100818063403020204"; // recommendations

    [Fact]
    public void A_part_written_in_place_is_the_same_as_one_written_with_its_length()
    {
        foreach (var length in new[] { 0, 1, 126, 127, 128, 1022, 1023, 1024, 16_383, 16_384, 2_097_151, 2_097_152 })
        {
            var content = new byte[length];
            new System.Random(length).NextBytes(content);
            using var writer = new ByteWriter();
            var outer = writer.Open();
            var inner = writer.Open();
            foreach (var value in content)
                writer.Byte(value);
            writer.Close(inner);
            writer.Byte(7);
            writer.Close(outer);
            writer.Byte(8);
            var reader = new ByteReader(writer.Written);
            var part = new ByteReader(reader.Bytes());
            part.Bytes().SequenceEqual(content).ShouldBeTrue($"{length}");
            part.Byte().ShouldBe((byte)7);
            part.AtEnd.ShouldBeTrue();
            reader.Byte().ShouldBe((byte)8);
            reader.AtEnd.ShouldBeTrue();
        }
    }

    static void ForAll(Type type, Action<object, System.Random> holds) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
            {
                var random = new System.Random(seed);
                holds(Anything.Of(type, random)!, random);
            })
            .QuickCheckThrowOnFailure();

    /// <summary>A field of every kind, with numbers that no message has yet.</summary>
    static IEnumerable<WireField> Unknown(System.Random random) =>
        [
            new(random.Next(100, 200), 0, [0x80, 0x01]),
            new(1000, 1, new byte[4]),
            new(random.Next(100, 1 << 28), 2, new byte[8]),
            new(101, 3, new byte[16]),
            new(15_000, 4, new byte[random.Next(300)]),
            new(102, 4, []),
        ];

    static InvalidDataException? ReadDamaged(Type type, byte[] bytes)
    {
        try
        {
            CallCodec.Read(type, bytes);
            return null;
        }
        catch (InvalidDataException damaged)
        {
            // The one exception that a reader has to know.
            return damaged;
        }
    }

    static CustomerView View() => CallCodec.Read<CustomerView>([CallCodec.Format]);

    static MessageWithheld Withheld(Withheld why) =>
        new()
        {
            Time = 1,
            Message = Guid.Empty,
            Programme = "p",
            Occasion = "o",
            Why = why,
        };

    static T Again<T>(T value)
        where T : class => CallCodec.Read<T>(Written(value));

    static byte[] Written(object value)
    {
        using var writer = new ByteWriter();
        CallCodec.Write(value, writer);
        return writer.ToArray();
    }

    static string Hex(object value) => Convert.ToHexStringLower(Written(value));

    static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", ""));

    static string Text<T>(T value) => Text(typeof(T), value!);

    static string Text(Type type, object value) => JsonSerializer.Serialize(value, type);

    static bool Same(JsonNode? one, JsonNode? other) => one?.ToJsonString() == other?.ToJsonString();

    static JsonObject Json(Type type, object value) => JsonSerializer.SerializeToNode(value, type)!.AsObject();
}
