namespace Personalization.Import;

public static class TaobaoFile
{
    public static IEnumerable<ImportedFact> Read(Stream content, ImportNotes notes) => throw new NotImplementedException();
}
