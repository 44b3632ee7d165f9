using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Codec;

/// <summary>Messages, letters and what a customer wants of them. Numbers by the rule of <see cref="CallCodec"/>.</summary>
static class OutreachCodec
{
    public static void Write(MessageQueued queued, FieldWriter w)
    {
        w.Number(1, queued.Time);
        w.Guid(2, queued.Message);
        w.Text(3, queued.Programme);
        w.Text(4, queued.Occasion);
        w.Text(5, queued.Channel);
        w.Number(6, queued.NotBefore);
    }

    public static MessageQueued ReadQueued(ReadOnlySpan<byte> bytes)
    {
        long time = 0,
            notBefore = 0;
        Guid message = default;
        string programme = "",
            occasion = "",
            channel = "";
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    time = r.Long();
                    break;
                case 2:
                    message = r.Guid();
                    break;
                case 3:
                    programme = r.Text();
                    break;
                case 4:
                    occasion = r.Text();
                    break;
                case 5:
                    channel = r.Text();
                    break;
                case 6:
                    notBefore = r.Long();
                    break;
            }
        }
        return new MessageQueued
        {
            Time = time,
            Message = message,
            Programme = programme,
            Occasion = occasion,
            Channel = channel,
            NotBefore = notBefore,
        };
    }

    public static void Write(MessageWithheld withheld, FieldWriter w)
    {
        w.Number(1, withheld.Time);
        w.Guid(2, withheld.Message);
        w.Text(3, withheld.Programme);
        w.Text(4, withheld.Occasion);
        w.Number(5, (long)withheld.Why);
    }

    public static MessageWithheld ReadWithheld(ReadOnlySpan<byte> bytes)
    {
        var time = 0L;
        Guid message = default;
        string programme = "",
            occasion = "";
        Withheld why = 0;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    time = r.Long();
                    break;
                case 2:
                    message = r.Guid();
                    break;
                case 3:
                    programme = r.Text();
                    break;
                case 4:
                    occasion = r.Text();
                    break;
                case 5:
                    why = (Withheld)r.Member(byte.MaxValue);
                    break;
            }
        }
        return new MessageWithheld
        {
            Time = time,
            Message = message,
            Programme = programme,
            Occasion = occasion,
            Why = why,
        };
    }

    public static void Write(ConsentChanged change, FieldWriter w)
    {
        w.Number(1, change.Time);
        w.Text(2, change.Channel);
        w.Text(3, change.Topic);
        w.Flag(4, change.Granted);
        w.Text(5, change.Origin);
        w.Number(6, change.Customer);
    }

    public static ConsentChanged ReadConsent(ReadOnlySpan<byte> bytes)
    {
        long time = 0,
            customer = 0;
        string channel = "",
            topic = "",
            origin = "";
        var granted = false;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    time = r.Long();
                    break;
                case 2:
                    channel = r.Text();
                    break;
                case 3:
                    topic = r.Text();
                    break;
                case 4:
                    granted = r.Flag();
                    break;
                case 5:
                    origin = r.Text();
                    break;
                case 6:
                    customer = r.Long();
                    break;
            }
        }
        return new ConsentChanged
        {
            Time = time,
            Channel = channel,
            Topic = topic,
            Granted = granted,
            Origin = origin,
            Customer = customer,
        };
    }

    public static void Write(NeverShow change, FieldWriter w)
    {
        w.Number(1, change.Time);
        w.Number(2, change.Product);
        w.Flag(3, change.Hidden);
    }

    public static NeverShow ReadNeverShow(ReadOnlySpan<byte> bytes)
    {
        var time = 0L;
        var product = 0;
        var hidden = false;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    time = r.Long();
                    break;
                case 2:
                    product = r.Int();
                    break;
                case 3:
                    hidden = r.Flag();
                    break;
            }
        }
        return new NeverShow
        {
            Time = time,
            Product = product,
            Hidden = hidden,
        };
    }

    public static void Write(LetterDraft letter, FieldWriter w)
    {
        w.Guid(1, letter.Message);
        w.Text(2, letter.Programme);
        w.Text(3, letter.Topic);
        w.Text(4, letter.Address);
        w.TextOrNull(5, letter.FirstName);
        w.TextOrNull(6, letter.Locale);
        w.Messages(7, letter.Cart, PartCodec.Write);
        w.Messages(8, letter.Recommendations, RecommendationCodec.Write);
        w.Texts(9, letter.Reasons);
    }

    public static LetterDraft ReadLetter(ReadOnlySpan<byte> bytes)
    {
        Guid message = default;
        string programme = "",
            topic = "",
            address = "";
        string? firstName = null,
            locale = null;
        CartLine[] cart = [];
        Recommendation[] recommendations = [];
        string[] reasons = [];
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    message = r.Guid();
                    break;
                case 2:
                    programme = r.Text();
                    break;
                case 3:
                    topic = r.Text();
                    break;
                case 4:
                    address = r.Text();
                    break;
                case 5:
                    firstName = r.Text();
                    break;
                case 6:
                    locale = r.Text();
                    break;
                case 7:
                    cart = r.Messages(PartCodec.ReadCartLine);
                    break;
                case 8:
                    recommendations = r.Messages(RecommendationCodec.Read);
                    break;
                case 9:
                    reasons = r.Texts();
                    break;
            }
        }
        return new LetterDraft(message, programme, topic, address, firstName, locale, cart, recommendations, reasons);
    }

    public static void Write(DryRun run, FieldWriter w)
    {
        var why = new byte[run.Withheld.Count];
        for (var i = 0; i < why.Length; i++)
            why[i] = (byte)run.Withheld[i];
        w.Number(1, run.Customer);
        w.Flag(2, run.Applies);
        w.Bytes(3, why);
        w.Number(4, run.NotBefore);
        w.MessageOrNull(5, run.Letter, Write);
    }

    public static DryRun ReadDryRun(ReadOnlySpan<byte> bytes)
    {
        long customer = 0,
            notBefore = 0;
        var applies = false;
        ReadOnlySpan<byte> why = [];
        LetterDraft? letter = null;
        var r = new FieldReader(bytes);
        while (r.Next())
        {
            switch (r.Field)
            {
                case 1:
                    customer = r.Long();
                    break;
                case 2:
                    applies = r.Flag();
                    break;
                case 3:
                    why = r.Bytes();
                    break;
                case 4:
                    notBefore = r.Long();
                    break;
                case 5:
                    letter = r.Message(ReadLetter);
                    break;
            }
        }
        var withheld = new Withheld[why.Length];
        for (var i = 0; i < withheld.Length; i++)
            withheld[i] = (Withheld)why[i];
        return new DryRun(customer, applies, withheld, notBefore, letter);
    }
}
