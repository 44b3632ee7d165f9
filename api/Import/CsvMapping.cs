namespace Personalization.Import;

public sealed class CsvMapping
{
    public static IReadOnlyList<string> Targets { get; } = [];
    public static CsvMapping Parse(
        string? map, string? eventNames, string? timeFormat, string? delimiter, bool decimalComma, bool noHeader) =>
        throw new NotImplementedException();
}
