using System.Collections.Concurrent;
using Personalization.Health;
using Personalization.Journal;
using Personalization.Quarantine;

namespace Personalization.Documents;

/// <summary>Who uses the documents of a kind.</summary>
/// <param name="ApplyAsync">
/// Told every version, in their order, also those of before the start. One that throws stays unused, and the one before in use.
/// </param>
public sealed record DocumentReader(string Kind, Func<Document, CancellationToken, ValueTask> ApplyAsync);

/// <summary>
/// Hands documents to their readers: at the start, when one is saved here, and within a second when another server has saved one.
/// </summary>
public sealed partial class DocumentWatcher(
    IDocuments store,
    IEnumerable<DocumentReader> readers,
    StoreWatch watch,
    ILogger<DocumentWatcher> log
) : BackgroundService
{
    const int BatchSize = 200;
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    readonly ILookup<string, DocumentReader> _readers = readers.ToLookup(reader => reader.Kind);
    readonly SemaphoreSlim _one = new(1);
    readonly ConcurrentDictionary<(string Kind, string Id), string> _problems = [];
    long _change;

    /// <summary>Documents whose newest version cannot be used, with the reason.</summary>
    public IReadOnlyList<string> Problems => [.. _problems.Values.Order(StringComparer.Ordinal)];

    /// <inheritdoc cref="IDocuments.SaveDocumentAsync"/>
    /// <remarks>In use here when it returns, and at the other servers within a second.</remarks>
    public async Task<(Document? Present, bool IsSaved)> SaveAsync(DocumentEdit edit, CancellationToken cancel = default)
    {
        var saved = await store.SaveDocumentAsync(edit, cancel);
        await CatchUpAsync(cancel);
        return saved;
    }

    /// <summary>Applies what was saved since the last time, here or elsewhere.</summary>
    public async Task CatchUpAsync(CancellationToken cancel = default)
    {
        await _one.WaitAsync(cancel);
        try
        {
            var refused = new Dictionary<(string, string), (Document Document, string Why)>();
            while (await store.ReadDocumentChangesAsync(_change, BatchSize, cancel) is { Count: > 0 } changes)
                foreach (var document in changes)
                {
                    var key = (document.Kind, document.Id);
                    refused.Remove(key);
                    if (await ProblemOfAsync(document, cancel) is { } why)
                        refused[key] = (document, why);
                    else
                        _problems.TryRemove(key, out _);
                    _change = document.Change;
                }
            foreach (var (key, (document, why)) in refused)
            {
                _problems[key] = $"{document.Kind}: {document.Name} cannot be used, the one before stays in use. {why}";
                Log.Refused(log, document.Kind, document.Name, why);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    async ValueTask<string?> ProblemOfAsync(Document document, CancellationToken cancel)
    {
        try
        {
            foreach (var reader in _readers[document.Kind])
                await reader.ApplyAsync(document, cancel);
            return null;
        }
        catch (Exception why) when (why is not OperationCanceledException && !why.IsOutage())
        {
            return why.Message;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                try
                {
                    await CatchUpAsync(stop);
                }
                catch (StoreUnavailableException unavailable)
                {
                    watch.Report(unavailable);
                }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "{Kind}: {Document} cannot be used, the one before stays in use: {Reason}"
        )]
        public static partial void Refused(ILogger log, string kind, string document, string reason);
    }
}
