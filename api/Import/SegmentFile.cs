namespace Personalization.Import;

public static class SegmentFile
{
    public static IEnumerable<ImportedFact> Read(Stream content, ImportNotes notes, CallParser calls) => throw new NotImplementedException();
}
