using Personalization.Events;
using Personalization.Recommendations;

namespace Personalization.Codec;

/// <summary>
/// The fields of <see cref="Tracked"/>: kind, a bit per field that is present, then those fields in the order of their bits.
/// What can identify a person is not among them: see <see cref="EventCodec"/>.
/// Amounts and quantities beyond <see cref="Bounds"/>, which older versions took in, are read as left out.
/// </summary>
static class TrackedCodec
{
    [Flags]
    enum Field : ulong
    {
        Message = 1,
        Name = 1 << 1,
        LinkedName = 1 << 2,
        Received = 1 << 3,
        Marks = 1 << 4,
        Visit = 1 << 5,
        Lines = 1 << 6,
        Reference = 1 << 7,
        Label = 1 << 8,
        Amount = 1 << 9,
        Currency = 1 << 10,
        BaseAmount = 1 << 11,
        Rating = 1 << 12,
        Source = 1 << 13,
        Counted = 1 << 14,
        ClaimCounted = 1 << 15,

        /// <summary>No field of its own: the reference is in the sealed part.</summary>
        HasReference = 1 << 16,

        /// <summary>As well for the topic of a subscription.</summary>
        HasTopic = 1 << 17,
        Crowd = 1 << 20,
        Attributions = 1 << 26,

        /// <summary>No field of its own.</summary>
        Machine = 1 << 27,

        /// <summary>No field of its own.</summary>
        RunningTotal = 1 << 28,
        CancelCounted = 1 << 24,
        RefundCounted = 1 << 25,
    }

    public static void Write(Tracked t, ByteWriter w)
    {
        w.Byte((byte)t.Kind);
        var fields = Present(t);
        w.Unsigned((ulong)fields);
        if (fields.HasFlag(Field.Message))
            w.Fixed64(t.Message);
        if (fields.HasFlag(Field.Name))
            w.Signed(t.Name);
        if (fields.HasFlag(Field.LinkedName))
            w.Signed(t.LinkedName);
        if (fields.HasFlag(Field.Received))
            w.Signed(t.Received - t.Time);
        if (fields.HasFlag(Field.Marks))
            w.Byte((byte)t.Marks);
        if (fields.HasFlag(Field.Visit))
            w.Signed(t.Visit);
        if (fields.HasFlag(Field.Lines))
            WriteLines(t.Lines, w);
        if (fields.HasFlag(Field.Amount))
            w.Signed(t.Amount);
        if (fields.HasFlag(Field.Currency))
            w.Unsigned(t.Currency.Code);
        if (fields.HasFlag(Field.BaseAmount))
            w.Signed(t.BaseAmount!.Value);
        if (fields.HasFlag(Field.Rating))
            w.Single(t.Rating);
        if (fields.HasFlag(Field.Counted))
            w.Signed(t.Counted);
        if (t.Source is { } source)
            WriteSource(source, w, isSealed: false);
        if (fields.HasFlag(Field.ClaimCounted))
            w.Signed(t.ClaimCounted);
        if (fields.HasFlag(Field.Crowd))
            w.Byte(t.Crowd);
        if (fields.HasFlag(Field.Attributions))
            WriteAttributions(t, w);
        if (fields.HasFlag(Field.CancelCounted))
            w.Signed(t.CancelCounted);
        if (fields.HasFlag(Field.RefundCounted))
            w.Signed(t.RefundCounted);
    }

    public static Tracked Read(long time, ref ByteReader r)
    {
        var kind = (EventKind)r.Byte();
        var fields = (Field)r.Unsigned();
        return new Tracked
        {
            Time = time,
            Kind = kind,
            Message = fields.HasFlag(Field.Message) ? r.Fixed64() : 0,
            Name = fields.HasFlag(Field.Name) ? r.Signed() : 0,
            LinkedName = fields.HasFlag(Field.LinkedName) ? r.Signed() : 0,
            Received = fields.HasFlag(Field.Received) ? r.Signed() + time : time,
            Marks = fields.HasFlag(Field.Marks) ? (EventMarks)r.Byte() : 0,
            Visit = fields.HasFlag(Field.Visit) ? r.Int() : 0,
            Lines = fields.HasFlag(Field.Lines) ? ReadLines(ref r) : [],
            // Earlier versions wrote reference and label here.
            Reference = fields.HasFlag(Field.Reference) ? r.Text() : null,
            ReferenceIsSealed = fields.HasFlag(Field.HasReference),
            Label = fields.HasFlag(Field.Label) ? r.Text() : null,
            LabelIsSealed = fields.HasFlag(Field.HasTopic),
            Amount = fields.HasFlag(Field.Amount) ? Bounds.Amount(r.Signed()) : 0,
            Currency = fields.HasFlag(Field.Currency) ? new Currency((ushort)r.Unsigned()) : default,
            BaseAmount = fields.HasFlag(Field.BaseAmount) && r.Signed() is var amount && Bounds.IsAmount(amount) ? amount : null,
            Rating = fields.HasFlag(Field.Rating) ? r.Single() : 0,
            Counted = fields.HasFlag(Field.Counted) ? Bounds.Difference(r.Signed()) : 0,
            Source = fields.HasFlag(Field.Source) ? ReadSource(ref r) : null,
            ClaimCounted = fields.HasFlag(Field.ClaimCounted) ? Bounds.Difference(r.Signed()) : 0,
            Crowd = fields.HasFlag(Field.Crowd) ? r.Byte() : (byte)0,
            Attributions = fields.HasFlag(Field.Attributions) ? ReadAttributions(time, ref r) : [],
            IsMachine = fields.HasFlag(Field.Machine),
            IsRunningTotal = fields.HasFlag(Field.RunningTotal),
            CancelCounted = fields.HasFlag(Field.CancelCounted) ? Bounds.Difference(r.Signed()) : 0,
            RefundCounted = fields.HasFlag(Field.RefundCounted) ? Bounds.Difference(r.Signed()) : 0,
        };
    }

    static Field Present(Tracked t)
    {
        return If(t.Message != 0, Field.Message)
            | If(t.Name != 0, Field.Name)
            | If(t.LinkedName != 0, Field.LinkedName)
            | If(t.Received != t.Time, Field.Received)
            | If(t.Marks != 0, Field.Marks)
            | If(t.Visit != 0, Field.Visit)
            | If(t.Lines.Length != 0, Field.Lines)
            | If(t.HasReference, Field.HasReference)
            | If(t.HasTopic, Field.HasTopic)
            | If(t.Amount != 0, Field.Amount)
            | If(!t.Currency.IsBase, Field.Currency)
            | If(t.BaseAmount is not null, Field.BaseAmount)
            | If(t.Rating != 0, Field.Rating)
            | If(t.Counted != 0, Field.Counted)
            | If(t.ClaimCounted != 0, Field.ClaimCounted)
            | If(t.Source is not null, Field.Source)
            | If(t.Crowd != 0, Field.Crowd)
            | If(t.Attributions.Length != 0, Field.Attributions)
            | If(t.IsMachine, Field.Machine)
            | If(t.IsRunningTotal, Field.RunningTotal)
            | If(t.CancelCounted != 0, Field.CancelCounted)
            | If(t.RefundCounted != 0, Field.RefundCounted);

        static Field If(bool present, Field field) => present ? field : 0;
    }

    static void WriteAttributions(Tracked t, ByteWriter w)
    {
        w.Unsigned((ulong)t.Attributions.Length);
        foreach (var answer in t.Attributions)
            WriteAttribution(answer, t.Time, w);
    }

    static Attribution[] ReadAttributions(long time, ref ByteReader r)
    {
        var answers = new Attribution[r.Count()];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = ReadAttribution(time, ref r);
        return answers;
    }

    /// <param name="answer">Written.</param>
    /// <param name="time">The time of what is attributed: an answer lies a little before it.</param>
    /// <param name="w">Written to.</param>
    public static void WriteAttribution(in Attribution answer, long time, ByteWriter w)
    {
        w.Signed(answer.Product);
        w.Byte((byte)answer.By);
        w.Byte((byte)answer.Placement);
        w.Unsigned(answer.Source);
        w.Signed(time - answer.ShownAt);
    }

    public static Attribution ReadAttribution(long time, ref ByteReader r) =>
        new(r.Int(), (AttributedBy)r.Byte(), (Placement)r.Byte(), (uint)r.Unsigned(), time - r.Signed());

    public static void WriteLines(ReadOnlySpan<OrderLine> lines, ByteWriter w)
    {
        w.Unsigned((ulong)lines.Length);
        foreach (var line in lines)
        {
            w.Signed(line.Product);
            w.Signed(line.Quantity);
            w.Signed(line.Price);
        }
    }

    public static OrderLine[] ReadLines(ref ByteReader reader) =>
        reader.Array(static (ref ByteReader r) => new OrderLine(r.Int(), Bounds.Quantity(r.Int()), Bounds.Price(r.Signed())));

    /// <param name="source">Where a visit came from.</param>
    /// <param name="w">Written to.</param>
    /// <param name="isSealed">
    /// What is written will be: term and content, in which anybody may write anything, are left out otherwise.
    /// </param>
    public static void WriteSource(VisitSource source, ByteWriter w, bool isSealed)
    {
        w.Text(source.Source);
        w.Text(source.Medium);
        w.Text(source.Campaign);
        w.Text(isSealed ? source.Term : null);
        w.Text(isSealed ? source.Content : null);
        w.Text(source.ReferrerHost);
    }

    public static VisitSource ReadSource(ref ByteReader r) => new(r.Text(), r.Text(), r.Text(), r.Text(), r.Text(), r.Text());
}
