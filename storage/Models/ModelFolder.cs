using System.IO.Compression;
using System.Text.Json;
using Personalization.Models;
using Personalization.Storage.Files;

namespace Personalization.Storage.Models;

/// <summary>A line of the log of promotions.</summary>
/// <param name="At">When.</param>
/// <param name="By">Who.</param>
/// <param name="Action">"promote" or "rollback".</param>
/// <param name="Version">In use from then on.</param>
/// <param name="Previous">In use before; null: none.</param>
/// <param name="Reason">Why, in words.</param>
public sealed record Promotion(DateTimeOffset At, string By, string Action, string Version, string? Previous, string Reason);

/// <summary>
/// Models of one kind on disk, under DATA/models/KIND: a folder per version (model.bin, its card model.json and, where ML.NET
/// trained it, model.zip), the file "current" with the version in use, and "promotions.jsonl", to which lines are only ever
/// appended. A serving process asks <see cref="CurrentVersion"/> now and then (it reads some twenty bytes) and loads when it has
/// changed: no restart.
/// </summary>
/// <param name="data">The server's data directory.</param>
/// <param name="kind">Name of the kind's folder.</param>
/// <param name="noun">What one is called: "churn model".</param>
public abstract class ModelFolder<TModel>(string data, string kind, string noun)
    where TModel : class, IStoredModel<TModel>
{
    const string ModelFile = "model.bin",
        CardFile = "model.json";

    static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Name of the kind's folder.</summary>
    public string Kind => kind;

    /// <summary>What one is called.</summary>
    public string Noun => noun;

    protected string Root { get; } = Path.Combine(data, "models", kind);

    string CurrentFile => Path.Combine(Root, "current");

    string LogFile => Path.Combine(Root, "promotions.jsonl");

    /// <summary>The version in use; null when none is.</summary>
    public string? CurrentVersion()
    {
        try
        {
            string version = File.ReadAllText(CurrentFile).Trim();
            return version.Length > 0 ? version : null;
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// The model in use. Null when there is none, or when it cannot be read: <paramref name="problem"/> then says why, and
    /// the caller goes on with the model it has.
    /// </summary>
    public TModel? TryCurrent(out string? problem)
    {
        problem = null;
        try
        {
            return CurrentVersion() is { } version ? Load(version) : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            problem = unreadable.Message;
            return null;
        }
    }

    /// <exception cref="InvalidDataException">No such version, or its file cannot be used.</exception>
    public TModel Load(string version)
    {
        string path = Path.Combine(Folder(version), ModelFile);
        if (!File.Exists(path))
            throw new InvalidDataException($"There is no {noun} \"{version}\".");
        using var file = File.OpenRead(path);
        return TModel.Load(file);
    }

    /// <summary>A version's card: where it comes from and how good it was. Null when it has none.</summary>
    public TCard? Card<TCard>(string version)
        where TCard : class
    {
        string path = Path.Combine(Folder(version), CardFile);
        return File.Exists(path) ? JsonSerializer.Deserialize<TCard>(File.ReadAllText(path), _json) : null;
    }

    /// <summary>All versions, oldest first.</summary>
    public IReadOnlyList<string> Versions() =>
        Directory.Exists(Root)
            ?
            [
                .. Directory
                    .GetDirectories(Root)
                    .Select(folder => Path.GetFileName(folder)!)
                    .Where(name => !name.StartsWith('.'))
                    .Order(StringComparer.Ordinal),
            ]
            : [];

    /// <summary>Every promotion and rollback, oldest first.</summary>
    public IReadOnlyList<Promotion> Promotions() =>
        File.Exists(LogFile)
            ?
            [
                .. File.ReadLines(LogFile)
                    .Where(line => line.Length > 0)
                    .Select(line => JsonSerializer.Deserialize<Promotion>(line, JsonSerializerOptions.Web)!),
            ]
            : [];

    /// <summary>A version name for a model trained at that time, not used so far.</summary>
    public string NewVersion(DateTimeOffset at)
    {
        string stem = at.UtcDateTime.ToString("yyyyMMdd-HHmmss", System.Globalization.CultureInfo.InvariantCulture);
        string version = stem;
        for (int i = 2; Directory.Exists(Folder(version)); i++)
            version = $"{stem}-{i}";
        return version;
    }

    /// <summary>Stores a model. It appears whole or not at all, and is not in use before it is promoted.</summary>
    /// <param name="model">As it is served.</param>
    /// <param name="card">What is known of it, written as JSON.</param>
    /// <param name="zip">Its trees as ML.NET's own tools open them (model.zip); null when it has none.</param>
    public void Register(TModel model, object card, byte[]? zip = null) => Store(model.Version, draft =>
        {
            using (var file = File.Create(Path.Combine(draft, ModelFile)))
            {
                model.Save(file);
                file.Flush(flushToDisk: true);
            }
            File.WriteAllText(Path.Combine(draft, CardFile), JsonSerializer.Serialize(card, _json));
            if (zip is not null)
                File.WriteAllBytes(Path.Combine(draft, "model.zip"), zip);
        });

    void Store(string version, Action<string> write)
    {
        string folder = Folder(version),
            draft = Path.Combine(Root, "." + version);
        if (Directory.Exists(folder))
            throw new InvalidOperationException($"The {noun} \"{version}\" is registered already.");
        // Left behind by a process that was stopped while it wrote.
        if (Directory.Exists(draft))
            Directory.Delete(draft, recursive: true);
        PrivateFiles.MakeDirectory(draft);
        write(draft);
        Directory.Move(draft, folder);
    }

    /// <summary>Puts a version in use.</summary>
    /// <exception cref="InvalidDataException">No such version, or it cannot be loaded: what is in use stays.</exception>
    /// <exception cref="InvalidOperationException">It is in use already.</exception>
    public Promotion Promote(string version, string by, string reason, DateTimeOffset at)
    {
        string? current = CurrentVersion();
        return version == current
            ? throw new InvalidOperationException($"The {noun} \"{version}\" is in use already.")
            : Use(new(at, by, "promote", version, current, reason));
    }

    /// <summary>Puts the version back in use that the present one replaced.</summary>
    /// <exception cref="InvalidOperationException">Nothing was in use before the present one.</exception>
    public Promotion Rollback(string by, string reason, DateTimeOffset at)
    {
        string current = CurrentVersion() ?? throw new InvalidOperationException($"No {noun} is in use.");
        var promotion = Promotions().LastOrDefault(entry => entry.Action == "promote" && entry.Version == current);
        string previous = promotion?.Previous
            ?? throw new InvalidOperationException($"No {noun} was in use before \"{current}\".");
        return Use(new(at, by, "rollback", previous, current, reason));
    }

    /// <summary>Whether a version is here.</summary>
    internal bool Has(string version) => File.Exists(Path.Combine(Folder(version), ModelFile));

    /// <summary>A version's files as one zip archive: model.bin, model.json and model.zip. Reports stay where they were made.</summary>
    internal byte[] Pack(string version)
    {
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
            foreach (string file in Directory.GetFiles(Folder(version), "model.*"))
                archive.CreateEntryFromFile(file, Path.GetFileName(file));
        return packed.ToArray();
    }

    /// <summary>Takes over a version that was registered elsewhere.</summary>
    /// <exception cref="InvalidDataException">It cannot be used here.</exception>
    internal void Adopt(string version, byte[] packed) => Store(version, draft =>
        {
            ZipFile.ExtractToDirectory(new MemoryStream(packed), draft);
            using var file = File.OpenRead(Path.Combine(draft, ModelFile));
            TModel.Load(file);
        });

    /// <summary>Puts a version in use as an entry of the log says.</summary>
    internal Promotion Use(Promotion entry)
    {
        Load(entry.Version);
        // The log first: a crash between the two leaves one line too many, never an unexplained change.
        File.AppendAllText(LogFile, JsonSerializer.Serialize(entry, JsonSerializerOptions.Web) + "\n");
        string draft = CurrentFile + ".new";
        File.WriteAllText(draft, entry.Version + "\n");
        File.Move(draft, CurrentFile, overwrite: true);
        return entry;
    }

    /// <exception cref="InvalidDataException">It is no version's name.</exception>
    protected string Folder(string version)
    {
        bool plain = version.Length > 0 && version.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
        if (!plain || version.StartsWith('.'))
            throw new InvalidDataException("A model's version consists of letters, digits, '-', '_' and '.'.");
        return Path.Combine(Root, version);
    }
}
