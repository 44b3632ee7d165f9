using Personalization.Events;
using Personalization.Identity;
using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>
/// Taobao UserBehavior (Tianchi data set 649): user, item, category, behaviour (pv, fav, cart, buy) and Unix seconds,
/// without a header. A purchase is an order of one piece at an unknown price.
/// </summary>
public static class TaobaoFile
{
    const int User = 0,
        Item = 1,
        Category = 2,
        Behaviour = 3,
        Time = 4,
        FieldCount = 5;

    public static IEnumerable<ImportedFact> Read(Stream content, ImportNotes notes)
    {
        var rows = new DelimitedRows(content);
        var texts = new TextPool();
        while (rows.Next())
        {
            notes.Row();
            if (Fact(rows, texts, out var wrong) is { } fact)
                yield return fact;
            else
                notes.Reject(rows.Line, wrong);
        }
    }

    static ImportedFact? Fact(DelimitedRows rows, TextPool texts, out string wrong)
    {
        wrong = "";
        if (rows.Count != FieldCount)
            wrong = $"{rows.Count} fields instead of {FieldCount}";
        else if (rows[User].IsEmpty || rows[Item].IsEmpty)
            wrong = "user or item is empty";
        else if (!FieldValue.TryUnixSeconds(rows[Time], out var time))
            wrong = "the time is not in Unix seconds";
        else if (KindOf(rows[Behaviour]) is not { } kind)
            wrong = "the behaviour is none of pv, fav, cart, buy";
        else
        {
            var key = FactKey.OfRow(ImportFormats.Taobao, rows.Row, time);
            var category = rows[Category].IsEmpty ? null : texts.Get(rows[Category]);
            return new ImportedFact
            {
                NameKind = NameKind.User,
                Name = texts.Get(rows[User]),
                Kind = kind,
                Time = time,
                Lines = [new ImportedLine(texts.Get(rows[Item]), 1, 0, Category: category)],
                Reference = kind == EventKind.OrderCompleted ? FactKey.MadeUpReference(key) : null,
                Key = key,
                SourceLine = rows.Line,
            };
        }
        return null;
    }

    static EventKind? KindOf(ReadOnlySpan<byte> behaviour) =>
        behaviour.SequenceEqual("pv"u8) ? EventKind.ProductViewed
        : behaviour.SequenceEqual("cart"u8) ? EventKind.ProductAdded
        : behaviour.SequenceEqual("fav"u8) ? EventKind.ProductFavourited
        : behaviour.SequenceEqual("buy"u8) ? EventKind.OrderCompleted
        : null;
}
