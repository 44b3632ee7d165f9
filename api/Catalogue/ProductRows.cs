using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Personalization.Ingestion;
using Personalization.Problems;
using Personalization.Storage.Files;
using Personalization.Tracking;

namespace Personalization.Catalogue;

/// <summary>The rows of a product feed, NDJSON, a JSON array or CSV: those that can be used, and what is wrong with the others.</summary>
public sealed class ProductRows
{
    public List<(string Id, ProductPatch Patch)> Good { get; } = [];
    public List<ItemProblem> Bad { get; } = [];

    /// <summary>Set where the whole cannot be read.</summary>
    public Problem? Problem { get; private set; }

    public static ProductRows Read(ReadOnlyMemory<byte> body, string? contentType)
    {
        var rows = new ProductRows();
        if (body.Span.StartsWith("\uFEFF"u8))
            body = body[3..];
        if (contentType?.StartsWith("text/csv", StringComparison.OrdinalIgnoreCase) == true)
            rows.ReadCsv(body);
        else if (FirstCharacter(body.Span) == '[')
            rows.ReadArray(body);
        else
            rows.ReadLines(body.Span);
        return rows;
    }

    static char FirstCharacter(ReadOnlySpan<byte> body)
    {
        foreach (var b in body)
            if (!char.IsWhiteSpace((char)b))
                return (char)b;
        return ' ';
    }

    void ReadArray(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span))
        {
            Problem = Problem.BadBody("The body is not UTF-8.", "Send it as UTF-8.");
            return;
        }
        try
        {
            using var document = JsonDocument.Parse(LoneSurrogates.Mend(body.Span).ToArray());
            var index = 0;
            foreach (var one in document.RootElement.EnumerateArray())
                Take(index++, one);
        }
        catch (JsonException)
        {
            Problem = Problem.BadBody(
                "The body is not a JSON array.",
                "Send an array of products, or one product a line (NDJSON)."
            );
        }
    }

    void ReadLines(ReadOnlySpan<byte> body)
    {
        var index = 0;
        foreach (var range in body.Split((byte)'\n'))
        {
            var line = body[range].Trim(" \r\t"u8);
            if (line.IsEmpty)
                continue;
            if (Utf8.IsValid(line))
                ReadLine(index, line);
            else
                Bad.Add(new ItemProblem(index, null, "The line is not UTF-8.", "Send the feed as UTF-8."));
            index++;
        }
    }

    void ReadLine(int index, ReadOnlySpan<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(LoneSurrogates.Mend(line).ToArray());
            Take(index, document.RootElement);
        }
        catch (JsonException)
        {
            Bad.Add(new ItemProblem(index, null, "The line is not JSON.", "Send one JSON object a line."));
        }
    }

    /// <summary>The header names the fields; a column <c>attributes.color</c> fills an attribute. An empty cell is not said.</summary>
    void ReadCsv(ReadOnlyMemory<byte> body)
    {
        var rows = new DelimitedRows(new MemoryStream(body.ToArray()));
        if (!rows.Next())
        {
            Problem = Problem.BadBody("The file has no header.", "Begin with a line such as id,title,category,price,stock.");
            return;
        }
        string[] names = [.. rows.Texts().Select(name => name.Trim())];
        for (var index = 0; rows.Next(); index++)
        {
            if (rows.Damage is { } damage)
            {
                Bad.Add(new ItemProblem(index, null, damage, "Send one row a line, quoted as RFC 4180 says."));
                continue;
            }
            using var document = JsonDocument.Parse(RowAsJson(rows, names));
            Take(index, document.RootElement);
        }
    }

    static ReadOnlyMemory<byte> RowAsJson(DelimitedRows row, string[] names)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            var attributes = new List<(string Name, string Value)>();
            json.WriteStartObject();
            for (var i = 0; i < Math.Min(row.Count, names.Length); i++)
            {
                if (row[i].IsEmpty)
                    continue;
                var value = row.Text(i);
                if (names[i].StartsWith("attributes.", StringComparison.Ordinal))
                    attributes.Add((names[i]["attributes.".Length..], value));
                else if (names[i] == "hidden")
                    json.WriteBoolean("hidden", value is "1" or "true" or "TRUE" or "yes");
                else
                    json.WriteString(names[i], value);
            }
            if (attributes.Count > 0)
            {
                json.WriteStartObject("attributes");
                foreach (var (name, value) in attributes)
                    json.WriteString(name, value);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    /// <summary>The field with an address that no page may hold, or null.</summary>
    internal static string? BadAddress(ProductPatch patch) =>
        patch.Url is { } url && !WebAddresses.IsGood(url) ? "url"
        : patch.ImageUrl is { } image && !WebAddresses.IsGoodImage(image) ? "image"
        : null;

    void Take(int index, JsonElement row)
    {
        if (ProductJson.TryPatch(row, out var id, out var patch) is { } fault)
            Bad.Add(new ItemProblem(index, fault.Field, $"{fault.Field} {fault.What}.", fault.Remedy));
        else if (BadAddress(patch) is { } field)
            Bad.Add(new ItemProblem(index, field, $"{field} is not an address of the web.", "Send one of https:// or http://."));
        else
            Good.Add((id, HtmlText.Decode(patch)));
    }
}
