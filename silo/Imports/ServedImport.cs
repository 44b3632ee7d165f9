using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Extensions;
using Personalization.Commands;
using Personalization.Import;
using Personalization.Storage.Files;

namespace Personalization.Imports;

/// <summary>The command <c>import</c> where the data directory is served: sends the files to the server and follows the job.</summary>
public sealed class ServedImport(ServingAt at, TextWriter output, bool interactive, TimeProvider clock) : IDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    readonly HttpClient _http = new()
    {
        BaseAddress = new Uri(at.Url),
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", at.Key) },
    };

    public void Dispose() => _http.Dispose();

    /// <summary>Whether the server answers: a file may be left of one that was killed.</summary>
    public async Task<bool> IsThereAsync(CancellationToken cancel)
    {
        try
        {
            return (await _http.GetAsync("/v1/imports?limit=1", cancel)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>The exit code.</summary>
    public async Task<int> RunAsync(ImportOptions options, IReadOnlyList<string> files, CancellationToken cancel)
    {
        var job = await SendAsync(options, files, cancel);
        Task<ImportJob> Follow(ImportProgress progress) => FollowAsync(job, progress, cancel);
        job = interactive
            ? await ImportProgress.OnTerminalAsync(output, 100, Follow)
            : await ImportProgress.InLinesAsync(output, 100, clock, Follow);
        foreach (var line in job.Notes)
            await output.WriteLineAsync(line);
        return job.State switch
        {
            ImportState.Done => 0,
            ImportState.Cancelled => throw new ImportException("The import was cancelled."),
            _ when job.Imported is null => throw new ImportException(job.Error!),
            _ => 1,
        };
    }

    async Task<ImportJob> SendAsync(ImportOptions options, IReadOnlyList<string> files, CancellationToken cancel)
    {
        using var form = new MultipartFormDataContent();
        foreach (var file in files)
            form.Add(new StreamContent(File.OpenRead(file)), "file", Path.GetFileName(file));
        using var answer = await _http.PostAsync("/v1/imports" + Query(options), form, cancel);
        if (answer.IsSuccessStatusCode)
            return (await answer.Content.ReadFromJsonAsync(ImportJson.Default.ImportJob, cancel))!;
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancel));
        throw new ImportException(problem.RootElement.GetProperty("detail").GetString()!);
    }

    static QueryString Query(ImportOptions options)
    {
        var query = new QueryBuilder();
        Add("format", options.Format);
        Add("map", options.Map);
        Add("eventNames", options.EventNames);
        Add("timeFormat", options.TimeFormat);
        Add("delimiter", options.Delimiter);
        Add("decimalComma", options.DecimalComma == true ? "true" : null);
        Add("noHeader", options.NoHeader == true ? "true" : null);
        Add("charset", options.Charset);
        Add("dates", options.Dates);
        Add("timeZone", options.TimeZone);
        return query.ToQueryString();

        void Add(string name, string? value)
        {
            if (value is not null)
                query.Add(name, value);
        }
    }

    async Task<ImportJob> FollowAsync(ImportJob job, ImportProgress progress, CancellationToken cancel)
    {
        var read = 0;
        try
        {
            while (!job.IsOver)
            {
                await Task.Delay(Pause, cancel);
                job = (await _http.GetFromJsonAsync($"/v1/imports/{job.Id}", ImportJson.Default.ImportJob, cancel))!;
                var reading = Math.Min(100, job.Percent * 2);
                progress.Read(reading - read);
                read = reading;
                if (job.Percent > 50)
                    progress.Written((job.Percent - 50) * 2, 100);
            }
            return job;
        }
        catch (OperationCanceledException)
        {
            await _http.DeleteAsync(string.Create(CultureInfo.InvariantCulture, $"/v1/imports/{job.Id}"), CancellationToken.None);
            throw;
        }
    }
}
