namespace Personalization.Import;

public static class RetailRocketFile
{
    public static IEnumerable<ImportedFact> Read(Stream content, ImportNotes notes) => throw new NotImplementedException();
}
