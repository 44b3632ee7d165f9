using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Personalization.Commands;
using Personalization.Import;
using Personalization.Platforms;
using Personalization.Shop;
using Personalization.Storage.Files;

namespace Personalization.Imports;

/// <summary>
/// Imports that were sent to this server, one at a time, through the customers' own turns, so that whoever is in memory is
/// current. A job and its files lie in <c>imports/ID</c> of the data directory: one that a stop broke off begins again with the
/// next start, which changes nothing of what is in already. Files go when the job is over, jobs after 30 days.
/// </summary>
public sealed partial class ImportService(
    string data,
    JournalImport target,
    PlatformSettings platforms,
    ShopClock clock,
    ILogger<ImportService> log
) : BackgroundService
{
    static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    readonly ConcurrentDictionary<Guid, ImportJob> _jobs = new();
    readonly ConcurrentDictionary<Guid, CancellationTokenSource> _running = new();
    readonly ConcurrentDictionary<Guid, bool> _cancelled = [];
    readonly Channel<(Guid Id, ImportOptions Options)> _queue = Channel.CreateUnbounded<(Guid, ImportOptions)>();

    string Folder(Guid id) => Path.Combine(data, "imports", id.ToString("n"));

    static string FilesIn(string folder) => Path.Combine(folder, "files");

    static string JobIn(string folder) => Path.Combine(folder, "job.json");

    /// <summary>Those there are, newest first.</summary>
    public IEnumerable<ImportJob> All => _jobs.Values.OrderByDescending(job => job.Id);

    public ImportJob? Find(Guid id) => _jobs.GetValueOrDefault(id);

    /// <summary>A place for the files of a new import.</summary>
    public (Guid Id, string Folder) Begin()
    {
        // Sorted by the time they were made.
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var files = FilesIn(Folder(id));
        PrivateFiles.MakeDirectory(files);
        return (id, files);
    }

    /// <summary>Nothing came of it.</summary>
    public void Drop(Guid id) => Directory.Delete(Folder(id), recursive: true);

    /// <summary>Queues an import whose files are in place.</summary>
    public ImportJob Queue(Guid id, ImportOptions options, IReadOnlyList<string> names)
    {
        var job = new ImportJob(
            id,
            ImportState.Queued,
            options.Format!,
            names,
            clock.GetUtcNow(),
            null,
            0,
            null,
            null,
            null,
            null,
            [],
            null
        );
        Keep(job, options);
        _queue.Writer.TryWrite((id, options));
        return job;
    }

    /// <summary>Stops one that is not over, forgets one that is. False where there is none.</summary>
    public bool Delete(Guid id)
    {
        if (!_jobs.TryGetValue(id, out var job))
            return false;
        if (!job.IsOver)
        {
            _cancelled.TryAdd(id, true);
            if (_running.TryGetValue(id, out var running))
                running.Cancel();
            return true;
        }
        _jobs.TryRemove(id, out _);
        Drop(id);
        return true;
    }

    /// <summary>The lists of rejected rows, one a file.</summary>
    public IEnumerable<string> Rejects(Guid id) =>
        Path.Combine(Folder(id), "rejects") is var folder && Directory.Exists(folder) ? Directory.GetFiles(folder).Order() : [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        Resume();
        await foreach (var (id, options) in _queue.Reader.ReadAllAsync(stoppingToken))
            try
            {
                if (Find(id) is { } job)
                    await RunAsync(job, options, stoppingToken);
            }
            catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
            {
                // Its folder cannot be written: the server goes on without it.
                Broken(log, id, broken);
                if (Find(id) is { } lost)
                    _jobs[id] = Over(lost, ImportState.Failed) with
                    {
                        Error = "Its folder could not be written; the log says why.",
                    };
            }
    }

    /// <summary>What was queued or under way when the server stopped; what is too old goes.</summary>
    void Resume()
    {
        var folder = Path.Combine(data, "imports");
        if (!Directory.Exists(folder))
            return;
        foreach (var one in Directory.GetDirectories(folder).Order())
        {
            var kept = KeptIn(one);
            if (kept is null || kept.Job.CreatedAt < clock.GetUtcNow() - Kept)
                Directory.Delete(one, recursive: true);
            else
            {
                _jobs.TryAdd(kept.Job.Id, kept.Job);
                if (!kept.Job.IsOver)
                    _queue.Writer.TryWrite((kept.Job.Id, kept.Options));
            }
        }
    }

    /// <summary>Null where it was never whole.</summary>
    static KeptImport? KeptIn(string folder)
    {
        try
        {
            return File.Exists(JobIn(folder))
                ? JsonSerializer.Deserialize(File.ReadAllBytes(JobIn(folder)), ImportJson.Default.KeptImport)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    async Task RunAsync(ImportJob job, ImportOptions options, CancellationToken stopping)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _running[job.Id] = cancel;
        if (_cancelled.ContainsKey(job.Id))
            await cancel.CancelAsync();
        job = Keep(job with { State = ImportState.Running }, options);
        var said = new StringWriter();
        try
        {
            var folder = Folder(job.Id);
            var request = options.In(folder, [.. Directory.GetFiles(FilesIn(folder)).Order()], platforms);
            var importer = new Importer(target, said, interactive: false, clock);
            var progress = Progress(job.Id, request.Files.Sum(file => new FileInfo(file).Length));
            var summary = await Task.Run(
                () => importer.RunAsync(request, new ImportedCalls(clock).Read, cancel.Token, progress),
                cancel.Token
            );
            job = Over(job, summary.HasFailed ? ImportState.Failed : ImportState.Done) with
            {
                Rows = summary.Rows,
                Imported = summary.Imported,
                Rejected = summary.Rejected,
                Duplicates = summary.Duplicates,
                Percent = 100,
                Error = summary.HasFailed ? "No row could be used; the rejects say why." : null,
            };
        }
        catch (OperationCanceledException)
        {
            if (stopping.IsCancellationRequested)
                return;
            job = Over(job, ImportState.Cancelled);
        }
        catch (ImportException wrong)
        {
            job = Over(job, ImportState.Failed) with { Error = WithoutPlace(job.Id, wrong.Message) };
        }
        catch (Exception broken)
        {
            Broken(log, job.Id, broken);
            job = Over(job, ImportState.Failed) with { Error = "It broke off; the server's log says why. Send the files again." };
        }
        finally
        {
            _running.TryRemove(job.Id, out _);
            _cancelled.TryRemove(job.Id, out _);
        }
        var lines = said.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Keep(job with { Notes = [.. lines.Select(line => WithoutPlace(job.Id, line))] }, options);
        Directory.Delete(FilesIn(Folder(job.Id)), recursive: true);
    }

    ImportJob Over(ImportJob job, ImportState state) =>
        job with
        {
            State = state,
            FinishedAt = clock.GetUtcNow(),
            Percent = Find(job.Id)?.Percent ?? job.Percent,
        };

    ImportProgress Progress(Guid id, long bytes)
    {
        long read = 0;
        return new(
            more => At((int)((read += more) * 50 / Math.Max(1, bytes))),
            (events, total) => At(50 + (int)(events * 50 / Math.Max(1, total)))
        );

        void At(int percent)
        {
            if (_jobs.TryGetValue(id, out var job) && job.Percent != percent)
                _jobs.TryUpdate(id, job with { Percent = Math.Min(99, percent) }, job);
        }
    }

    /// <summary>Where files lie on this machine is nobody's business.</summary>
    string WithoutPlace(Guid id, string text) =>
        text.Replace(FilesIn(Folder(id)) + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);

    ImportJob Keep(ImportJob job, ImportOptions options)
    {
        _jobs[job.Id] = job;
        var path = JobIn(Folder(job.Id));
        using (var file = PrivateFiles.Open(path + ".new", FileMode.Create))
            JsonSerializer.Serialize(file, new KeptImport(job, options), ImportJson.Default.KeptImport);
        File.Move(path + ".new", path, overwrite: true);
        return job;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Import {Id} broke off.")]
    static partial void Broken(ILogger log, Guid id, Exception why);
}
