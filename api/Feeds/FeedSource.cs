using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Personalization.Feeds;

/// <summary>A feed as it was fetched: a file of its bytes, null where it has not changed.</summary>
public sealed record FetchedFeed(FileStream? File, string? ETag, DateTimeOffset? LastModified);

/// <summary>Fetches feeds over HTTP, with bounds to what their servers can do to this one.</summary>
public sealed class FeedSource : IDisposable
{
    const int MaxRedirects = 5;

    /// <summary>Bytes of a feed, unpacked.</summary>
    const long MaxBytes = 512L * 1024 * 1024;

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    readonly bool _allowPrivate;
    readonly HttpClient _http;

    /// <param name="allowPrivate">Whether addresses may be private.</param>
    public FeedSource(bool allowPrivate)
    {
        _allowPrivate = allowPrivate;
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.All,
                UseProxy = false,
                UseCookies = false,
                ConnectTimeout = TimeSpan.FromSeconds(10),
                ConnectCallback = ConnectAsync,
            }
        )
        {
            Timeout = Patience,
        };
    }

    /// <exception cref="HttpRequestException">It cannot be had; the message says why, and names no credentials.</exception>
    public async Task<FetchedFeed> FetchAsync(string url, string? etag, DateTimeOffset? modified, CancellationToken cancel)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        wait.CancelAfter(Patience);
        var (address, credentials) = (new Uri(url), CredentialsOf(new Uri(url)));
        for (var hops = 0; ; hops++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, WithoutUser(address));
            request.Headers.UserAgent.ParseAdd("Personalization");
            request.Headers.Authorization = credentials;
            if (etag is not null)
                request.Headers.TryAddWithoutValidation("If-None-Match", etag);
            request.Headers.IfModifiedSince = modified;
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, wait.Token);
            if (answer.StatusCode == HttpStatusCode.NotModified)
                return new(null, etag, modified);
            if (answer.Headers.Location is { } location && (int)answer.StatusCode is >= 300 and < 400)
            {
                var next = new Uri(address, location);
                if (hops == MaxRedirects)
                    throw new HttpRequestException($"It redirects more than {MaxRedirects} times.");
                if (next.Scheme != "https" && (next.Scheme != "http" || address.Scheme == "https"))
                    throw new HttpRequestException("It redirects to an address that is not https.");
                if (next.Authority != address.Authority)
                    credentials = null;
                address = next;
                continue;
            }
            if (!answer.IsSuccessStatusCode)
                throw new HttpRequestException($"Its server answered {(int)answer.StatusCode}.");
            var file = await SaveAsync(await answer.Content.ReadAsStreamAsync(wait.Token), wait.Token);
            return new(file, answer.Headers.ETag?.ToString(), answer.Content.Headers.LastModified);
        }
    }

    static Uri WithoutUser(Uri address) =>
        new UriBuilder(address)
        {
            UserName = "",
            Password = "",
            Fragment = "",
        }.Uri;

    static AuthenticationHeaderValue? CredentialsOf(Uri address) =>
        address.UserInfo.Length == 0
            ? null
            : new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo))));

    /// <summary>A file that is gone when it is closed; unpacked, where it came as one that is packed.</summary>
    static async Task<FileStream> SaveAsync(Stream content, CancellationToken cancel)
    {
        var file = Temporary();
        try
        {
            await CopyAsync(content, file, cancel);
            file.Position = 0;
            if (file.ReadByte() != 0x1f || file.ReadByte() != 0x8b)
            {
                file.Position = 0;
                return file;
            }
            file.Position = 0;
            var unpacked = Temporary();
            await using (file)
            await using (var zip = new GZipStream(file, CompressionMode.Decompress))
                await CopyAsync(zip, unpacked, cancel);
            unpacked.Position = 0;
            return unpacked;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    static FileStream Temporary() =>
        new(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.None,
            64 * 1024,
            FileOptions.DeleteOnClose | FileOptions.Asynchronous
        );

    static async Task CopyAsync(Stream from, FileStream to, CancellationToken cancel)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await from.ReadAsync(buffer, cancel)) > 0; )
        {
            if (to.Length + read > MaxBytes)
                throw new HttpRequestException($"It is larger than {MaxBytes / 1024 / 1024} MB.");
            await to.WriteAsync(buffer.AsMemory(0, read), cancel);
        }
    }

    /// <summary>Connects to an address that was looked at: a name could lead elsewhere when it is asked for again.</summary>
    async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancel);
        if (!_allowPrivate && !Array.TrueForAll(addresses, PublicAddresses.IsPublic))
            throw new HttpRequestException(
                "Its host has a private address; Catalogue:AllowPrivateFeeds allows feeds of the shop's own network."
            );
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _http.Dispose();
}
