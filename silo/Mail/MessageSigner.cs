using MimeKit;
using MimeKit.Cryptography;

namespace Personalization.Mail;

/// <summary>
/// Signs messages (RFC 6376, relaxed/relaxed). The headers of one-click unsubscription must be among the signed (RFC 8058, 4).
/// </summary>
sealed class MessageSigner : DkimSigner
{
    static readonly string[] Signed =
    [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "Content-Type",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
    ];

    readonly TimeProvider _clock;

    public MessageSigner(DkimKey key, DkimSettings settings, TimeProvider clock)
        : base(key.Key, settings.Domain, settings.Selector, key.Algorithm)
    {
        _clock = clock;
        HeaderCanonicalizationAlgorithm = BodyCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed;
    }

    /// <summary>From here on not a byte of the message may change.</summary>
    public void Sign(MimeMessage message) => Sign(message, Signed);

    protected override long GetTimestamp() => _clock.GetUtcNow().ToUnixTimeSeconds();
}
