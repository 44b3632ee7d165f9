using Personalization.Customers;
using Personalization.Events;

namespace Personalization.Codec;

/// <summary>What a customer's view and letters are made of. Numbers by the rule of <see cref="CallCodec"/>.</summary>
static class PartCodec
{
    public static void Write(CartLine line, FieldWriter w)
    {
        w.Number(1, line.Product);
        w.Number(2, line.Quantity);
        w.Number(3, line.Price);
    }

    public static CartLine ReadCartLine(ReadOnlySpan<byte> bytes)
    {
        var line = default(CartLine);
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    line.Product = r.Int();
                    break;
                case 2:
                    line.Quantity = r.Int();
                    break;
                case 3:
                    line.Price = r.Long();
                    break;
            }
        }
        return line;
    }

    public static void Write(DraftOrder draft, FieldWriter w)
    {
        w.TextOrNull(1, draft.Reference);
        w.Messages(2, draft.Lines, Write);
        w.Number(3, draft.Amount);
        w.Number(4, draft.Time);
    }

    public static DraftOrder ReadDraft(ReadOnlySpan<byte> bytes)
    {
        string? reference = null;
        OrderLine[] lines = [];
        long amount = 0,
            time = 0;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    reference = r.Text();
                    break;
                case 2:
                    lines = r.Messages(ReadOrderLine);
                    break;
                case 3:
                    amount = r.Long();
                    break;
                case 4:
                    time = r.Long();
                    break;
            }
        }
        return new DraftOrder(reference, lines, amount, time);
    }

    static void Write(OrderLine line, FieldWriter w) => Write(new CartLine(line.Product, line.Quantity, line.Price), w);

    static OrderLine ReadOrderLine(ReadOnlySpan<byte> bytes) =>
        ReadCartLine(bytes) is var line ? new OrderLine(line.Product, line.Quantity, line.Price) : default;

    /// <summary>Of the traits only their JSON: the fields that stand for some of them are taken out of it again.</summary>
    public static void Write(Profile profile, FieldWriter w)
    {
        w.TextOrNull(1, profile.Traits);
        w.TextOrNull(2, profile.TimeZone);
        w.TextOrNull(3, profile.Locale);
    }

    public static Profile ReadProfile(ReadOnlySpan<byte> bytes)
    {
        string? traits = null,
            zone = null,
            locale = null;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    traits = r.Text();
                    break;
                case 2:
                    zone = r.Text();
                    break;
                case 3:
                    locale = r.Text();
                    break;
            }
        }
        var profile = new Profile();
        try
        {
            if (traits is not null)
                profile.Merge(traits);
        }
        catch (Exception damaged) when (damaged is ArgumentException or InvalidOperationException)
        {
            // A name given twice, half a surrogate pair: JSON that is well formed and yet makes no object or text. What
            // the exception says may quote it, so that it is not passed on.
            throw new InvalidDataException("The traits of a profile make no sense.");
        }
        profile.TimeZone = zone;
        profile.Locale = locale;
        return profile;
    }

    public static void Write(VisitSource source, FieldWriter w)
    {
        w.TextOrNull(1, source.Source);
        w.TextOrNull(2, source.Medium);
        w.TextOrNull(3, source.Campaign);
        w.TextOrNull(4, source.Term);
        w.TextOrNull(5, source.Content);
        w.TextOrNull(6, source.ReferrerHost);
    }

    public static VisitSource ReadSource(ReadOnlySpan<byte> bytes)
    {
        string? source = null,
            medium = null,
            campaign = null,
            term = null,
            content = null,
            host = null;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    source = r.Text();
                    break;
                case 2:
                    medium = r.Text();
                    break;
                case 3:
                    campaign = r.Text();
                    break;
                case 4:
                    term = r.Text();
                    break;
                case 5:
                    content = r.Text();
                    break;
                case 6:
                    host = r.Text();
                    break;
            }
        }
        return new VisitSource(source, medium, campaign, term, content, host);
    }

    public static void Write(OpenWarning warning, FieldWriter w)
    {
        w.Guid(1, warning.Warning);
        w.Number(2, (long)warning.Policy);
        w.Single(3, warning.Risk);
        w.Number(4, warning.MoneyAtRisk);
        w.Texts(5, warning.Reasons);
        w.Text(6, warning.Model);
        w.Number(7, warning.RaisedAt);
    }

    public static OpenWarning ReadWarning(ReadOnlySpan<byte> bytes)
    {
        Guid id = default;
        WarningPolicy policy = 0;
        var risk = 0f;
        long money = 0,
            raised = 0;
        string[] reasons = [];
        var model = "";
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    id = r.Guid();
                    break;
                case 2:
                    policy = (WarningPolicy)r.Member(byte.MaxValue);
                    break;
                case 3:
                    risk = r.Single();
                    break;
                case 4:
                    money = r.Long();
                    break;
                case 5:
                    reasons = r.Texts();
                    break;
                case 6:
                    model = r.Text();
                    break;
                case 7:
                    raised = r.Long();
                    break;
            }
        }
        return new OpenWarning(id, policy, risk, money, reasons, model, raised);
    }

    public static void Write(ConsentView consent, FieldWriter w)
    {
        w.Text(1, consent.Channel);
        w.Text(2, consent.Topic);
        w.Flag(3, consent.Granted);
    }

    public static ConsentView ReadConsent(ReadOnlySpan<byte> bytes)
    {
        string channel = "",
            topic = "";
        var granted = false;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    channel = r.Text();
                    break;
                case 2:
                    topic = r.Text();
                    break;
                case 3:
                    granted = r.Flag();
                    break;
            }
        }
        return new ConsentView(channel, topic, granted);
    }
}
