using System.Text;
using Personalization.Events;
using Personalization.Identity;

namespace Personalization.Import;

/// <summary>A run of facts in a temporary file that does not outlive the process, however it ends.</summary>
public sealed class FactRun : IDisposable
{
    readonly FileStream file;
    readonly int count;

    FactRun(FileStream file, int count) => (this.file, this.count) = (file, count);

    public static FactRun Write(ImportedFact[] facts, string folder)
    {
        Directory.CreateDirectory(folder);
        var file = Create(Path.Combine(folder, $"import-{Guid.NewGuid():n}.tmp"));
        using (var writer = new BinaryWriter(file, Encoding.UTF8, leaveOpen: true))
            foreach (var fact in facts)
                Write(writer, fact);
        file.Position = 0;
        return new FactRun(file, facts.Length);
    }

    /// <summary>
    /// Windows deletes the file with its last handle; elsewhere it loses its name at once and its room with the handle.
    /// </summary>
    static FileStream Create(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            BufferSize = 1 << 16,
        };
        if (OperatingSystem.IsWindows())
            options.Options = FileOptions.DeleteOnClose;
        else
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        return file;
    }

    /// <summary>The facts, once.</summary>
    public IEnumerable<ImportedFact> Read()
    {
        using var reader = new BinaryReader(file, Encoding.UTF8, leaveOpen: true);
        for (var i = 0; i < count; i++)
            yield return Read(reader);
    }

    public void Dispose() => file.Dispose();

    static void Write(BinaryWriter to, ImportedFact fact)
    {
        to.Write((byte)fact.NameKind);
        to.Write(fact.Name);
        WriteText(to, fact.AnonymousName);
        to.Write((byte)fact.Kind);
        to.Write(fact.Time);
        to.Write7BitEncodedInt(fact.Lines.Length);
        foreach (var line in fact.Lines)
            Write(to, line);
        WriteText(to, fact.Reference);
        WriteText(to, fact.Label);
        to.Write(fact.Amount);
        to.Write(fact.Currency.Code);
        to.Write(fact.Rating);
        WriteTexts(to, fact.Source is { } s ? [s.Source, s.Medium, s.Campaign, s.Term, s.Content, s.ReferrerHost] : null);
        WriteTexts(
            to,
            fact.Personal is { } p
                ? [p.Url, p.Title, p.Referrer, p.Query, p.Text, p.Traits, p.Properties, p.TimeZone, p.Locale]
                : null
        );
        to.Write((ulong)(fact.Key >> 64));
        to.Write((ulong)fact.Key);
        to.Write(fact.KeyFromSender);
        to.Write(fact.File);
        to.Write(fact.SourceLine);
    }

    static ImportedFact Read(BinaryReader from) =>
        new()
        {
            // In the order of Write: initializers are evaluated as they stand.
            NameKind = (NameKind)from.ReadByte(),
            Name = from.ReadString(),
            AnonymousName = ReadText(from),
            Kind = (EventKind)from.ReadByte(),
            Time = from.ReadInt64(),
            Lines = ReadLines(from),
            Reference = ReadText(from),
            Label = ReadText(from),
            Amount = from.ReadInt64(),
            Currency = new Currency(from.ReadUInt16()),
            Rating = from.ReadSingle(),
            Source = ReadTexts(from) is { } s ? new VisitSource(s[0], s[1], s[2], s[3], s[4], s[5]) : null,
            Personal = ReadTexts(from) is { } p ? Personal(p) : null,
            Key = new UInt128(from.ReadUInt64(), from.ReadUInt64()),
            KeyFromSender = from.ReadBoolean(),
            File = from.ReadInt32(),
            SourceLine = from.ReadInt64(),
        };

    static PersonalPart Personal(string?[] texts) =>
        new()
        {
            Url = texts[0],
            Title = texts[1],
            Referrer = texts[2],
            Query = texts[3],
            Text = texts[4],
            Traits = texts[5],
            Properties = texts[6],
            TimeZone = texts[7],
            Locale = texts[8],
        };

    static void Write(BinaryWriter to, ImportedLine line)
    {
        to.Write(line.Product);
        to.Write(line.Quantity);
        to.Write(line.Price);
        WriteText(to, line.Title);
        WriteText(to, line.Category);
        WriteText(to, line.Brand);
    }

    static ImportedLine[] ReadLines(BinaryReader from)
    {
        var count = from.Read7BitEncodedInt();
        var lines = count == 0 ? [] : new ImportedLine[count];
        foreach (ref var line in lines.AsSpan())
            line = new ImportedLine(
                from.ReadString(),
                from.ReadInt32(),
                from.ReadInt64(),
                ReadText(from),
                ReadText(from),
                ReadText(from)
            );
        return lines;
    }

    static void WriteTexts(BinaryWriter to, string?[]? texts)
    {
        to.Write7BitEncodedInt(texts?.Length ?? 0);
        foreach (var text in texts ?? [])
            WriteText(to, text);
    }

    static string?[]? ReadTexts(BinaryReader from)
    {
        var count = from.Read7BitEncodedInt();
        if (count == 0)
            return null;
        var texts = new string?[count];
        for (var i = 0; i < count; i++)
            texts[i] = ReadText(from);
        return texts;
    }

    static void WriteText(BinaryWriter to, string? text)
    {
        to.Write(text is not null);
        if (text is not null)
            to.Write(text);
    }

    static string? ReadText(BinaryReader from) => from.ReadBoolean() ? from.ReadString() : null;
}
