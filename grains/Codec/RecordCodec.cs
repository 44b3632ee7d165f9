using Personalization.Customers;
using Personalization.Events;

namespace Personalization.Codec;

/// <summary>What is recorded, and what came of it. Numbers by the rule of <see cref="CallCodec"/>.</summary>
static class RecordCodec
{
    public static void Write(RecordRequest request, FieldWriter w)
    {
        WriteEvents(request.Events, w);
        w.Flag(3, request.Imported);
        w.Keys(4, request.ImportKeys);
        w.Number(5, (long)request.Include);
        w.MessageOrNull(6, request.Recommendations, RecommendationCodec.Write);
    }

    public static RecordRequest ReadRequest(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> body = [],
            personal = [];
        var imported = false;
        UInt128[] keys = [];
        Include include = 0;
        RecommendationQuery? recommendations = null;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    body = r.Bytes();
                    break;
                case 2:
                    personal = r.Bytes();
                    break;
                case 3:
                    imported = r.Flag();
                    break;
                case 4:
                    keys = r.Keys();
                    break;
                // Flags: those of a newer build stay, and nobody here looks at them.
                case 5:
                    include = (Include)r.Member(byte.MaxValue);
                    break;
                case 6:
                    recommendations = r.Message(RecommendationCodec.ReadQuery);
                    break;
            }
        }
        return new RecordRequest(ReadEvents(body, personal))
        {
            Imported = imported,
            ImportKeys = keys,
            Include = include,
            Recommendations = recommendations,
        };
    }

    public static void Write(Recorded answer, FieldWriter w)
    {
        w.Number(1, answer.Customer);
        w.Number(2, answer.Position);
        w.FlagsOrNull(3, answer.Duplicates);
        w.MessageOrNull(4, answer.Recommendations, RecommendationCodec.Write);
        w.NumberOrNull(5, (long?)answer.Stage);
        w.NumberOrNull(6, (long?)answer.StageBefore);
        w.MessageOrNull(7, answer.Churn, ViewCodec.Write);
        w.SingleOrNull(8, answer.RiskBefore);
        w.MessageOrNull(9, answer.Outreach, Write);
    }

    public static Recorded ReadAnswer(ReadOnlySpan<byte> bytes)
    {
        long customer = 0,
            position = 0;
        bool[]? duplicates = null;
        Recommended? recommendations = null;
        LifecycleStage? stage = null,
            stageBefore = null;
        ChurnView? churn = null;
        float? riskBefore = null;
        OutreachChange? outreach = null;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    customer = r.Long();
                    break;
                case 2:
                    position = r.Long();
                    break;
                case 3:
                    duplicates = r.Flags();
                    break;
                case 4:
                    recommendations = r.Message(RecommendationCodec.ReadAnswer);
                    break;
                case 5:
                    stage = ViewCodec.Stage(r);
                    break;
                case 6:
                    stageBefore = ViewCodec.Stage(r);
                    break;
                case 7:
                    churn = r.Message(ViewCodec.ReadChurn);
                    break;
                case 8:
                    riskBefore = r.Single();
                    break;
                case 9:
                    outreach = r.Message(ReadChange);
                    break;
            }
        }
        return new Recorded(customer, position, duplicates)
        {
            Recommendations = recommendations,
            Stage = stage,
            StageBefore = stageBefore,
            Churn = churn,
            RiskBefore = riskBefore,
            Outreach = outreach,
        };
    }

    static void Write(OutreachChange change, FieldWriter w)
    {
        w.Messages(1, change.Added, OutreachCodec.Write);
        w.Messages(2, change.Cancelled, OutreachCodec.Write);
    }

    static OutreachChange ReadChange(ReadOnlySpan<byte> bytes)
    {
        MessageQueued[] added = [];
        MessageWithheld[] cancelled = [];
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    added = r.Messages(OutreachCodec.ReadQueued);
                    break;
                case 2:
                    cancelled = r.Messages(OutreachCodec.ReadWithheld);
                    break;
            }
        }
        return new OutreachChange(added, cancelled);
    }

    /// <summary>Field 1: behaviour; field 2: the personal parts. A personal part in which nothing stands is not kept.</summary>
    static void WriteEvents(IReadOnlyList<Tracked> events, FieldWriter w)
    {
        if (events.Count == 0)
            return;
        var all = new CustomerEvent[events.Count];
        for (var i = 0; i < all.Length; i++)
            all[i] = events[i];
        using var body = new ByteWriter();
        using var personal = new ByteWriter();
        EventCodec.Write(all, body, personal);
        w.Bytes(1, body.Written);
        w.Bytes(2, personal.Written);
    }

    static Tracked[] ReadEvents(ReadOnlySpan<byte> body, ReadOnlySpan<byte> personal)
    {
        if (body.IsEmpty)
            return [];
        var all = EventCodec.Read(body, personal);
        var events = new Tracked[all.Count];
        for (var i = 0; i < events.Length; i++)
            events[i] = all[i] as Tracked ?? throw new InvalidDataException("A decision stands among what was tracked.");
        return events;
    }
}
