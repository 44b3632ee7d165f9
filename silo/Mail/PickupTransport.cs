using System.Net.Mail;
using Personalization.Outreach;

namespace Personalization.Mail;

/// <summary>
/// Puts each letter into a folder as <c>MESSAGE.eml</c>, for a mail server that collects there, or to be looked at: the
/// default, which sends nobody anything. A file appears whole or not at all, and one that is there is never written again.
/// </summary>
public sealed class PickupTransport(string folder) : IMailTransport
{
    public ValueTask<DeliveryResult> SendAsync(EmailMessage letter, CancellationToken cancel = default)
    {
        if (letter.Problem is { } problem)
            return new(DeliveryResult.Refused(problem));
        var file = FileOf(letter.Message);
        if (File.Exists(file))
            return new(DeliveryResult.Sent);
        var writing = Path.Combine(Path.GetFullPath(folder), $".{letter.Message:N}");
        try
        {
            if (Directory.Exists(writing))
                Directory.Delete(writing, recursive: true);
            Directory.CreateDirectory(writing);
            Write(letter, writing);
            File.Move(Directory.GetFiles(writing).Single(), file, overwrite: false);
            return new(DeliveryResult.Sent);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(
                File.Exists(file)
                    ? DeliveryResult.Sent
                    : DeliveryResult.TryLater($"The pickup folder cannot be written ({error.GetType().Name}).")
            );
        }
        finally
        {
            TryRemove(writing);
        }
    }

    public ValueTask<bool> HasTakenAsync(Guid message, CancellationToken cancel = default) => new(File.Exists(FileOf(message)));

    string FileOf(Guid message) => Path.Combine(Path.GetFullPath(folder), $"{message:N}.eml");

    static void Write(EmailMessage letter, string directory)
    {
        using var mail = letter.ToMail();
        using var client = new SmtpClient
        {
            DeliveryMethod = SmtpDeliveryMethod.SpecifiedPickupDirectory,
            PickupDirectoryLocation = directory,
        };
        client.Send(mail);
        foreach (var file in Directory.GetFiles(directory))
        {
            using var written = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(written);
        }
    }

    static void TryRemove(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (IOException) { } // Left behind, it is in nobody's way: the next attempt starts by removing it.
        catch (UnauthorizedAccessException) { }
    }
}
