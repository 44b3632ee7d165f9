using MimeKit;
using Personalization.Outreach;
using Personalization.Storage.Files;

namespace Personalization.Mail;

/// <summary>
/// Puts each message into a folder as <c>MESSAGE.eml</c>, for a mail server that collects there, or to be looked at: the
/// default, by which nothing reaches a customer. A file appears whole or not at all, and one that is there is never written
/// again.
/// </summary>
public sealed class PickupTransport(string folder, TimeProvider clock) : IMailTransport
{
    static readonly FormatOptions DosLines = new() { NewLineFormat = NewLineFormat.Dos };

    public ValueTask<DeliveryResult> SendAsync(EmailMessage message, CancellationToken cancel = default)
    {
        if (MimeMessages.ProblemOf(message) is { } problem)
            return new(DeliveryResult.Refused(problem));
        var file = FileOf(message.Message);
        try
        {
            if (!File.Exists(file))
                Write(message, file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (!File.Exists(file))
                return new(DeliveryResult.TryLater($"The pickup folder cannot be written ({error.GetType().Name})."));
        }
        return new(DeliveryResult.Sent);
    }

    public ValueTask<bool> HasTakenAsync(Guid message, CancellationToken cancel = default) => new(File.Exists(FileOf(message)));

    /// <summary>Deletes the files of messages, also those that a broken attempt left; returns how many there were.</summary>
    public static int Delete(string folder, IReadOnlyList<Guid> messages)
    {
        var files = messages
            .SelectMany(message => new[] { $"{message:N}.eml", $".{message:N}" })
            .Select(name => Path.Combine(folder, name))
            .Where(File.Exists)
            .ToList();
        files.ForEach(File.Delete);
        return files.Count;
    }

    string FileOf(Guid message) => Path.Combine(Path.GetFullPath(folder), $"{message:N}.eml");

    /// <summary>What a broken attempt leaves behind is written over by the next one.</summary>
    void Write(EmailMessage message, string file)
    {
        PrivateFiles.MakeDirectory(folder);
        var writing = Path.Combine(Path.GetFullPath(folder), $".{message.Message:N}");
        using (var mime = MimeMessages.Create(message, clock.GetUtcNow()))
        using (var stream = PrivateFiles.Open(writing, FileMode.Create))
        {
            mime.WriteTo(DosLines, stream);
            stream.Flush(flushToDisk: true);
        }
        File.Move(writing, file, overwrite: false);
    }
}
