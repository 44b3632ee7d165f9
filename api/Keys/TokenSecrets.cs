using System.Security.Cryptography;
using Personalization.Codec;
using Personalization.Journal;

namespace Personalization.Keys;

/// <summary>One of the secrets that tokens are signed with. Times are Unix milliseconds.</summary>
/// <param name="Id">Counted from 1.</param>
/// <param name="Bytes">At least 32.</param>
/// <param name="SignsFrom">Where servers share a database, each of them knows of it by then.</param>
/// <param name="ReplacedAt">When it signed for the last time.</param>
/// <param name="Until">When it no longer verifies anything.</param>
/// <param name="WasInClear">
/// An earlier version kept it unwrapped: what it signs may be of anybody who has an old copy of the database.
/// </param>
public sealed record TokenSecret(
    int Id,
    ReadOnlyMemory<byte> Bytes,
    long SignsFrom,
    long ReplacedAt = long.MaxValue,
    long Until = long.MaxValue,
    bool WasInClear = false
);

/// <summary>
/// What the shop's tokens are signed with (visitor tokens, unsubscribe addresses, ids of recommendations): the newest secret
/// signs, older ones verify for a time. They are kept wrapped by the master key, so that a copy of the database forges nothing.
/// </summary>
public sealed class TokenSecrets
{
    const string Setting = "secret.tokens",
        SettingInClear = "secret.signing";
    const byte Version = 1;
    const int Size = 32,
        MaxKept = 8;

    /// <summary>Addresses in messages work so long after their secret was replaced, unless a rotation says otherwise.</summary>
    public const int DefaultKeepDays = 365;

    /// <summary>Other servers may take so long to hear of a new secret: two looks of <see cref="TokenSecretsRefresh"/>.</summary>
    static readonly TimeSpan Spread = 2 * TokenSecretsRefresh.Every + TimeSpan.FromSeconds(20);

    readonly ISettings? _settings;
    readonly TimeProvider _time;
    readonly bool _isShared;
    readonly SemaphoreSlim _rotating = new(1);
    volatile TokenSecret[] _all;

    TokenSecrets(ISettings? settings, TimeProvider time, bool isShared, TokenSecret[] all) =>
        (_settings, _time, _isShared, _all) = (settings, time, isShared, all);

    /// <summary>One secret that never changes.</summary>
    public static implicit operator TokenSecrets(byte[] secret) => new(null, TimeProvider.System, false, [new(1, secret, 0)]);

    /// <summary>Newest first; another array after every change.</summary>
    public TokenSecret[] All => _all;

    public long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Reads them; makes the first. One that an earlier version left in the clear is wrapped and replaced at once.
    /// </summary>
    /// <exception cref="StoreUnavailableException">They cannot be read.</exception>
    public static async Task<TokenSecrets> OpenAsync(
        ISettings settings,
        TimeProvider time,
        bool isShared,
        CancellationToken cancel = default
    )
    {
        var secrets = new TokenSecrets(settings, time, isShared, []);
        var clear = await settings.ReadSettingAsync(SettingInClear, cancel);
        secrets._all = Read(await settings.ReadOrAddSecretAsync(Setting, Write(secrets.First(clear)), cancel));
        // Another server may have written what stands: the clear one goes only where that holds it.
        if (clear is not null && Array.Exists(secrets._all, one => one.Bytes.Span.SequenceEqual(clear)))
            await settings.SaveSettingAsync(SettingInClear, null, cancel);
        return secrets;
    }

    TokenSecret[] First(byte[]? clear)
    {
        var first = new TokenSecret(1, RandomNumberGenerator.GetBytes(Size), 0);
        return clear is null
            ? [first]
            : [first with { Id = 2 }, new(1, clear, 0, Now, KeptUntil(DefaultKeepDays), WasInClear: true)];
    }

    /// <summary>Takes over what another server has changed.</summary>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        if (await _settings!.ReadSecretAsync(Setting, cancel) is { } kept)
            _all = Read(kept);
    }

    /// <summary>
    /// Makes a new secret, which signs from now on (where servers share a database, when each of them has heard of it).
    /// </summary>
    /// <param name="keepDays">How long the present ones still verify; 0: no longer, for secrets that became known.</param>
    /// <param name="cancel">Nothing has changed then.</param>
    public async Task<TokenSecret> RotateAsync(int keepDays, CancellationToken cancel)
    {
        await _rotating.WaitAsync(cancel);
        try
        {
            await RefreshAsync(cancel);
            var signsFrom = Now + (_isShared && keepDays > 0 ? (long)Spread.TotalMilliseconds : 0);
            var made = new TokenSecret(_all[0].Id + 1, RandomNumberGenerator.GetBytes(Size), signsFrom);
            var until = KeptUntil(keepDays);
            var older = _all.Where(one => one.Until > Now && keepDays > 0)
                .Take(MaxKept - 1)
                .Select(one => one with { ReplacedAt = Math.Min(one.ReplacedAt, signsFrom), Until = Math.Min(one.Until, until) });
            await _settings!.SaveSecretAsync(Setting, Write([made, .. older]), cancel);
            await RefreshAsync(cancel);
            return made;
        }
        finally
        {
            _rotating.Release();
        }
    }

    long KeptUntil(int days) => Now + (long)TimeSpan.FromDays(days).TotalMilliseconds;

    static byte[] Write(TokenSecret[] secrets)
    {
        using var w = new ByteWriter();
        w.Byte(Version);
        w.Unsigned((ulong)secrets.Length);
        foreach (var one in secrets)
        {
            w.Signed(one.Id);
            w.Bytes(one.Bytes.Span);
            w.Signed(one.SignsFrom);
            w.Signed(one.ReplacedAt);
            w.Signed(one.Until);
            w.Bool(one.WasInClear);
        }
        return w.ToArray();
    }

    static TokenSecret[] Read(byte[] kept)
    {
        var r = new ByteReader(kept);
        if (r.Byte() != Version)
            throw new StoreUnavailableException("The secrets of tokens were written by a newer version of this program.");
        return r.Array(
            static (ref ByteReader r) =>
                new TokenSecret(r.Int(), r.Bytes().ToArray(), r.Signed(), r.Signed(), r.Signed(), r.Bool())
        );
    }
}

/// <summary>Where servers share a database: hears of the secrets that another one made.</summary>
public sealed partial class TokenSecretsRefresh(TokenSecrets secrets, ILogger<TokenSecretsRefresh> log) : BackgroundService
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                try
                {
                    await secrets.RefreshAsync(stop);
                }
                catch (StoreUnavailableException unavailable)
                {
                    Unavailable(log, unavailable.Message);
                }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The secrets of tokens cannot be read now: {Reason}")]
    static partial void Unavailable(ILogger log, string reason);
}
