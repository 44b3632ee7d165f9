using Personalization.Events;

namespace Personalization.Codec;

/// <summary>
/// The bytes of a turn's events, in two parts: <c>body</c> (behaviour) and <c>personal</c> (what identifies people, and free
/// text, in which anybody may write anything; to be sealed). Body: format version, then per event its tag, its length and its
/// fields, so that an older reader steps over events it does not know. Personal: format version, then per event that has one,
/// its index in the body and its fields. Used for the journal and between silos. Tags and field bits are kept for ever.
/// </summary>
public static class EventCodec
{
    /// <summary>Version 1 had references, labels, terms, notes and topics in the body.</summary>
    const byte Version = 2;

    /// <summary>Places of what other events than tracked ones have sealed.</summary>
    const int Note = 4,
        Topic = 11;

    /// <summary>Writes the events' behaviour into <paramref name="body"/>, and their personal parts into <paramref name="personal"/>, which stays empty when there are none.</summary>
    public static void Write(ReadOnlySpan<CustomerEvent> events, ByteWriter body, ByteWriter personal)
    {
        using var one = new ByteWriter();
        body.Byte(Version);
        for (var i = 0; i < events.Length; i++)
        {
            one.Clear();
            var tag = WriteFields(events[i], one);
            body.Byte(tag);
            body.Bytes(one.Written);
            WriteSealed(i, events[i], personal);
        }
    }

    /// <summary>Reads events in the order written. <paramref name="personal"/> is empty where there was none, or where its key is gone.</summary>
    /// <exception cref="InvalidDataException">The bytes are damaged or of a format not known here.</exception>
    public static List<CustomerEvent> Read(ReadOnlySpan<byte> body, ReadOnlySpan<byte> personal)
    {
        var parts = ReadSealed(personal);
        var events = new List<CustomerEvent>(1);
        var reader = new ByteReader(body);
        if (reader.Byte() is 0 or > Version)
            throw new InvalidDataException("The journal entry is of a newer format; upgrade this server.");
        for (var i = 0; !reader.AtEnd; i++)
        {
            var tag = reader.Byte();
            var one = ReadFields(tag, reader.Bytes());
            if (one is not null)
                events.Add(parts is not null && parts.TryGetValue(i, out var part) ? part.In(one) : one);
        }
        return events;
    }

    static byte WriteFields(CustomerEvent e, ByteWriter w)
    {
        w.Signed(e.Time);
        switch (e)
        {
            case Tracked t:
                TrackedCodec.Write(t, w);
                return 1;
            case WarningRaised x:
                w.Guid(x.Warning);
                w.Byte((byte)x.Policy);
                w.Single(x.Risk);
                w.Signed(x.MoneyAtRisk);
                w.Texts(x.Reasons);
                w.Text(x.Model);
                return 2;
            case WarningUpdated x:
                w.Guid(x.Warning);
                w.Single(x.Risk);
                w.Signed(x.MoneyAtRisk);
                w.Texts(x.Reasons);
                w.Text(x.Model);
                return 14;
            case WarningClosed x:
                w.Guid(x.Warning);
                w.Byte((byte)x.Outcome);
                w.Text(x.By);
                w.Text(null);
                return 3;
            case MessageQueued x:
                w.Guid(x.Message);
                w.Text(x.Playbook);
                w.Text(x.Occasion);
                w.Text(x.Channel);
                w.Signed(x.NotBefore);
                return 4;
            case MessageDispatched x:
                w.Guid(x.Message);
                w.Text(x.Playbook);
                w.Text(x.Channel);
                w.Numbers(x.Products);
                return 5;
            case MessageWithheld x:
                w.Guid(x.Message);
                w.Text(x.Playbook);
                w.Text(x.Occasion);
                w.Byte((byte)x.Why);
                return 6;
            case ConsentChanged x:
                w.Text(x.Channel);
                w.Text(null);
                w.Bool(x.Granted);
                w.Text(x.Origin);
                w.Signed(x.Customer);
                if (x.Name != 0)
                    w.Signed(x.Name);
                return 7;
            case TrackingChanged x:
                w.Byte((byte)x.Level);
                w.Text(x.By);
                return 15;
            case Merged x:
                w.Signed(x.Source);
                w.Signed(x.UpToVersion);
                w.Numbers(x.Names);
                w.Text(x.By);
                if (x.Together is { } together)
                {
                    WriteTotals(together, w);
                    WriteClaims(together, w);
                    if (together.Refunded != 0)
                        w.Signed(together.Refunded);
                }
                return 8;
            case Forwarded x:
                w.Signed(x.Target);
                return 9;
            case Unmerged x:
                w.Signed(x.Source);
                w.Numbers(x.Names);
                w.Text(x.By);
                WriteTotals(x.Stays, w);
                WriteTotals(x.Leaves, w);
                WriteClaims(x.Stays, w);
                WriteClaims(x.Leaves, w);
                if ((x.Stays.Refunded | x.Leaves.Refunded) != 0)
                {
                    w.Signed(x.Stays.Refunded);
                    w.Signed(x.Leaves.Refunded);
                }
                return 10;
            case Reopened x:
                w.Signed(x.From);
                w.Signed(x.UpToVersion);
                w.Numbers(x.Names);
                w.Text(x.By);
                return 11;
            case NeverShow x:
                w.Signed(x.Product);
                w.Bool(x.Hidden);
                return 12;
            case Erased x:
                w.Text(x.By);
                return 13;
            case ExperimentExposed x:
                w.Text(x.Experiment);
                w.Signed(x.Begun);
                w.Signed(x.Variant);
                return 16;
            default:
                throw new NotSupportedException($"{e.GetType().Name} has no place in the journal.");
        }
    }

    static CustomerEvent? ReadFields(byte tag, ReadOnlySpan<byte> fields)
    {
        var r = new ByteReader(fields);
        var time = r.Signed();
        return tag switch
        {
            1 => TrackedCodec.Read(time, ref r),
            2 => new WarningRaised
            {
                Time = time,
                Warning = r.Guid(),
                Policy = (WarningPolicy)r.Byte(),
                Risk = r.Single(),
                MoneyAtRisk = r.Signed(),
                Reasons = r.Texts(),
                Model = r.Text() ?? "",
            },
            3 => new WarningClosed
            {
                Time = time,
                Warning = r.Guid(),
                Outcome = (WarningOutcome)r.Byte(),
                By = r.Text(),
                Note = r.Text(),
            },
            4 => new MessageQueued
            {
                Time = time,
                Message = r.Guid(),
                Playbook = r.Text() ?? "",
                Occasion = r.Text() ?? "",
                Channel = r.Text() ?? "",
                NotBefore = r.Signed(),
            },
            5 => new MessageDispatched
            {
                Time = time,
                Message = r.Guid(),
                Playbook = r.Text() ?? "",
                Channel = r.Text() ?? "",
                Products = r.Ints(),
            },
            6 => new MessageWithheld
            {
                Time = time,
                Message = r.Guid(),
                Playbook = r.Text() ?? "",
                Occasion = r.Text() ?? "",
                Why = (Withheld)r.Byte(),
            },
            7 => new ConsentChanged
            {
                Time = time,
                Channel = r.Text() ?? "",
                Topic = r.Text() ?? "",
                Granted = r.Bool(),
                Origin = r.Text() ?? "",
                Customer = r.Signed(),
                Name = r.AtEnd ? 0 : r.Signed(),
            },
            15 => new TrackingChanged
            {
                Time = time,
                Level = (TrackingLevel)r.Byte(),
                By = r.Text() ?? "",
            },
            8 => new Merged
            {
                Time = time,
                Source = r.Signed(),
                UpToVersion = r.Int(),
                Names = r.Longs(),
                By = r.Text(),
                Together = r.AtEnd ? null : ReadRefunded(ReadClaims(ReadTotals(ref r), ref r), ref r),
            },
            9 => new Forwarded { Time = time, Target = r.Signed() },
            10 => ReadUnmerged(time, ref r),
            11 => new Reopened
            {
                Time = time,
                From = r.Signed(),
                UpToVersion = r.Int(),
                Names = r.Longs(),
                By = r.Text() ?? "",
            },
            12 => new NeverShow
            {
                Time = time,
                Product = r.Int(),
                Hidden = r.Bool(),
            },
            14 => new WarningUpdated
            {
                Time = time,
                Warning = r.Guid(),
                Risk = r.Single(),
                MoneyAtRisk = r.Signed(),
                Reasons = r.Texts(),
                Model = r.Text() ?? "",
            },
            13 => new Erased { Time = time, By = r.Text() ?? "" },
            16 => new ExperimentExposed
            {
                Time = time,
                Experiment = r.Text() ?? "",
                Begun = r.Signed(),
                Variant = r.Int(),
            },
            _ => null,
        };
    }

    static void WriteSealed(int index, CustomerEvent e, ByteWriter w)
    {
        switch (e)
        {
            case Tracked { Personal: var p } t:
                WriteSealed(
                    index,
                    [
                        p?.Url,
                        p?.Title,
                        p?.Referrer,
                        p?.Query,
                        p?.Text,
                        p?.Traits,
                        p?.Properties,
                        p?.TimeZone,
                        p?.Locale,
                        p?.Claims,
                        t.Reference,
                        t.Label,
                        t.Source?.Term,
                        t.Source?.Content,
                    ],
                    w
                );
                break;
            case WarningClosed x:
                WriteSealed(index, Note, x.Note, w);
                break;
            case ConsentChanged x:
                WriteSealed(index, Topic, x.Topic, w);
                break;
        }
    }

    static void WriteSealed(int index, int place, string? text, ByteWriter w)
    {
        if (text is not null)
            WriteSealed(index, 1ul << place, [text], w);
    }

    static void WriteSealed(int index, ReadOnlySpan<string?> fields, ByteWriter w)
    {
        var mask = 0ul;
        for (var i = 0; i < fields.Length; i++)
            if (fields[i] is not null)
                mask |= 1ul << i;
        if (mask != 0)
            WriteSealed(index, mask, fields, w);
    }

    static void WriteSealed(int index, ulong mask, ReadOnlySpan<string?> fields, ByteWriter w)
    {
        if (w.Length == 0)
            w.Byte(Version);
        w.Unsigned((ulong)index);
        w.Unsigned(mask);
        foreach (var field in fields)
            if (field is not null)
                w.Text(field);
    }

    /// <summary>What was sealed of one event.</summary>
    sealed record SealedPart(PersonalPart Personal, string? Reference, string? Label, string? Term, string? Content)
    {
        public CustomerEvent In(CustomerEvent e) =>
            e switch
            {
                Tracked t => t with
                {
                    Personal = Personal.IsEmpty ? null : Personal,
                    Reference = Reference ?? t.Reference,
                    ReferenceIsSealed = t.ReferenceIsSealed && Reference is null,
                    Label = Label ?? t.Label,
                    LabelIsSealed = t.LabelIsSealed && Label is null,
                    Source = Term is null && Content is null ? t.Source : t.Source! with { Term = Term, Content = Content },
                },
                WarningClosed x => x with { Note = Personal.Text },
                ConsentChanged x => x with { Topic = Label ?? x.Topic },
                _ => e,
            };
    }

    static Dictionary<int, SealedPart>? ReadSealed(ReadOnlySpan<byte> personal)
    {
        if (personal.IsEmpty)
            return null;
        var r = new ByteReader(personal);
        if (r.Byte() is 0 or > Version)
            throw new InvalidDataException("The personal part is of a newer format; upgrade this server.");
        var parts = new Dictionary<int, SealedPart>();
        while (!r.AtEnd)
        {
            var index = (int)r.Unsigned();
            var mask = r.Unsigned();
            var part = new PersonalPart
            {
                Url = Field(ref r, mask, 0),
                Title = Field(ref r, mask, 1),
                Referrer = Field(ref r, mask, 2),
                Query = Field(ref r, mask, 3),
                Text = Field(ref r, mask, Note),
                Traits = Field(ref r, mask, 5),
                Properties = Field(ref r, mask, 6),
                TimeZone = Field(ref r, mask, 7),
                Locale = Field(ref r, mask, 8),
                Claims = Field(ref r, mask, 9),
            };
            parts[index] = new(
                part,
                Field(ref r, mask, 10),
                Field(ref r, mask, Topic),
                Field(ref r, mask, 12),
                Field(ref r, mask, 13)
            );
        }
        return parts;

        static string? Field(ref ByteReader r, ulong mask, int bit) => (mask >> bit & 1) != 0 ? r.Text() : null;
    }

    static void WriteTotals(HistoryTotals t, ByteWriter w)
    {
        w.Bool(t.Known);
        w.Signed(t.FirstSeen);
        w.Signed(t.LastSeen);
        w.Signed(t.Events);
        w.Signed(t.Orders);
        w.Signed(t.Revenue);
        w.Signed(t.Cancellations);
        w.Signed(t.Cancelled);
        w.Signed(t.LastOrder);
    }

    static void WriteClaims(HistoryTotals t, ByteWriter w)
    {
        w.Signed(t.ClaimedOrders);
        w.Signed(t.ClaimedRevenue);
    }

    /// <summary>Entries of older versions end before what is claimed.</summary>
    static HistoryTotals ReadClaims(HistoryTotals totals, ref ByteReader r) =>
        r.AtEnd ? totals : totals with { ClaimedOrders = r.Int(), ClaimedRevenue = r.Signed() };

    static HistoryTotals ReadRefunded(HistoryTotals totals, ref ByteReader r) =>
        r.AtEnd ? totals : totals with { Refunded = r.Signed() };

    static Unmerged ReadUnmerged(long time, ref ByteReader r)
    {
        var (source, names, by) = (r.Signed(), r.Longs(), r.Text() ?? "");
        var (stays, leaves) = (ReadTotals(ref r), ReadTotals(ref r));
        (stays, leaves) = (ReadClaims(stays, ref r), ReadClaims(leaves, ref r));
        return new Unmerged
        {
            Time = time,
            Source = source,
            Names = names,
            By = by,
            Stays = ReadRefunded(stays, ref r),
            Leaves = ReadRefunded(leaves, ref r),
        };
    }

    static HistoryTotals ReadTotals(ref ByteReader r) =>
        new(r.Bool(), r.Signed(), r.Signed(), r.Int(), r.Int(), r.Signed(), r.Int(), r.Signed(), r.Signed());
}
