using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>
/// NDJSON of tracking calls (Segment's HTTP API): each line a call with its <c>type</c>, or a batch of calls. Reading
/// the calls is the parser's that also reads them from HTTP.
/// </summary>
public static class SegmentFile
{
    /// <param name="calls">Sets a fact's key from its message id where it has one, else leaves it 0.</param>
    public static IEnumerable<ImportedFact> Read(Stream content, ImportNotes notes, CallParser calls)
    {
        // A line end inside JSON text is escaped and JSON has no 0x1F outside of text: a line is a row of one field.
        var rows = new DelimitedRows(content, delimiter: 0x1F, quotes: false);
        var facts = new List<ImportedFact>();
        var problems = new List<string>();
        while (rows.Next())
        {
            notes.Row();
            facts.Clear();
            problems.Clear();
            calls(rows.Row.ToArray(), facts, problems);
            foreach (var problem in problems)
                notes.Reject(rows.Line, problem);
            for (var i = 0; i < facts.Count; i++)
            {
                var fact = facts[i];
                fact.SourceLine = rows.Line;
                // Calls of one batch are different facts, also where they say the same.
                fact.KeyFromSender = fact.Key != 0;
                if (!fact.KeyFromSender)
                    fact.Key = FactKey.Numbered(FactKey.OfRow(ImportFormats.Segment, rows.Row), i + 1);
                yield return fact;
            }
        }
    }
}
