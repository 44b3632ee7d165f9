namespace Personalization.Import;

public static class OnlineRetailFile
{
    public static IEnumerable<ImportedFact> Read(Stream content, ImportNotes notes) => throw new NotImplementedException();
}
