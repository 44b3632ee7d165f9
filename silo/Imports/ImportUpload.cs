using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Personalization.Problems;
using Personalization.Storage.Files;

namespace Personalization.Imports;

/// <summary>The files of a request, written to disk as they arrive: its body, or the parts of a form.</summary>
public sealed class ImportUpload(string folder, long maxBytes)
{
    readonly byte[] _buffer = new byte[1 << 16];
    long _bytes;

    /// <summary>The files' names.</summary>
    public List<string> Names { get; } = [];

    /// <summary>What is wrong with it, or null.</summary>
    public async Task<Problem?> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || type.MediaType != "multipart/form-data")
            return await SaveAsync("upload", request.Body, cancel) ?? Empty();
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (string.IsNullOrEmpty(boundary))
            return Problem.BadBody("The form has no boundary.", "Send multipart/form-data with its boundary.");
        try
        {
            var parts = new MultipartReader(boundary, request.Body);
            while (await parts.ReadNextSectionAsync(cancel) is { } part)
                if (
                    part.GetContentDispositionHeader() is { } header
                    && header.IsFileDisposition()
                    && await SaveAsync(Path.GetFileName(header.FileName.Value) ?? "upload", part.Body, cancel) is { } problem
                )
                    return problem;
        }
        catch (IOException)
        {
            return Problem.BadBody("The form ends too early.", "Send it again.");
        }
        return Empty();
    }

    Problem? Empty() => _bytes == 0 ? Problem.BadBody("There is no file in the body.", "Send a file.") : null;

    async Task<Problem?> SaveAsync(string name, Stream content, CancellationToken cancel)
    {
        var plain = string.Concat(name.Where(one => char.IsLetterOrDigit(one) || one is '.' or '-' or '_'));
        plain = plain.TrimStart('.') is { Length: > 0 } given ? given[^Math.Min(given.Length, 100)..] : "upload";
        Names.Add(plain);
        var path = Path.Combine(folder, $"{Names.Count:d3}-{plain}");
        await using var file = PrivateFiles.Open(path, FileMode.CreateNew);
        while (await content.ReadAsync(_buffer, cancel) is > 0 and var length)
        {
            _bytes += length;
            if (_bytes > maxBytes)
                return Problem.TooLarge(
                    $"The files are larger than {maxBytes} bytes.",
                    "Send them packed or in parts, or raise Imports:MaxBytes."
                );
            await file.WriteAsync(_buffer.AsMemory(0, length), cancel);
        }
        return null;
    }
}
