using System.Security.Cryptography;
using Personalization.Journal;
using Personalization.Storage.Files;

namespace Personalization.Storage.Keys;

/// <summary>
/// The key that wraps the customers' keys. It lives in a file outside the data directory, so that a copy of the data
/// alone reveals no personal values, and it is what must be kept apart from backups.
/// </summary>
sealed class MasterKey
{
    const int Size = 32;
    static readonly byte[] Known = "Personalization master key"u8.ToArray();
    readonly byte[] _key;

    MasterKey(string path, byte[] key) => (Path, _key) = (path, key);

    public string Path { get; }

    /// <summary>Reads the key file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="mayCreate">Whether to make one when there is none: only for a store that holds no keys yet.</param>
    /// <exception cref="StoreUnavailableException">There is none, or it is damaged.</exception>
    public static MasterKey Open(string path, bool mayCreate)
    {
        try
        {
            if (!File.Exists(path))
            {
                if (!mayCreate)
                    throw new StoreUnavailableException(
                        $"The master key file {path} is missing. Without it what identifies people in this data cannot be read: "
                            + "put the file back, or name its path in Store:MasterKeyFile."
                    );
                Create(path);
            }
            var text = File.ReadAllText(path).Trim();
            var key = new byte[Size];
            return Convert.TryFromBase64String(text, key, out var length) && length == Size
                ? new MasterKey(path, key)
                : throw new StoreUnavailableException(
                    $"The master key file {path} is damaged: it must hold {Size} bytes in base64."
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new StoreUnavailableException($"The master key file {path} cannot be read or made.", e);
        }
    }

    /// <summary>Of several processes that start together, one makes the file and the others find it.</summary>
    static void Create(string path)
    {
        if (System.IO.Path.GetDirectoryName(path) is { Length: > 0 } directory)
            PrivateFiles.MakeDirectory(directory);
        var draft = $"{path}.{Guid.NewGuid():N}";
        using (var file = PrivateFiles.Open(draft, FileMode.CreateNew))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(Size)) + "\n"));
            file.Flush(flushToDisk: true);
        }
        try
        {
            File.Move(draft, path);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }

    public byte[] Wrap(long customer, ReadOnlySpan<byte> customerKey) =>
        Sealing.Seal(_key, Purpose.CustomerKey, customer, 0, customerKey);

    public byte[] Unwrap(long customer, ReadOnlySpan<byte> wrapped) =>
        Sealing.Unseal(_key, Purpose.CustomerKey, customer, 0, wrapped);

    /// <summary>Bound to the setting's name: put under another it does not open.</summary>
    public byte[] WrapSetting(string name, ReadOnlySpan<byte> value) => Sealing.Seal(_key, Purpose.Setting, name, value);

    public byte[] UnwrapSetting(string name, ReadOnlySpan<byte> wrapped) => Sealing.Unseal(_key, Purpose.Setting, name, wrapped);

    /// <summary>A known text, sealed, to be kept beside the keys.</summary>
    public byte[] MakeCheck() => Sealing.Seal(_key, Purpose.MasterCheck, 0, 0, Known);

    /// <exception cref="StoreUnavailableException">The keys were wrapped by another master key.</exception>
    public void Verify(ReadOnlySpan<byte> check)
    {
        try
        {
            if (Sealing.Unseal(_key, Purpose.MasterCheck, 0, 0, check).AsSpan().SequenceEqual(Known))
                return;
        }
        catch (InvalidDataException)
        {
            // The same answer as for another text.
        }
        throw new StoreUnavailableException(
            $"The master key in {Path} is not the one this data was sealed with. Put the right file in its place, or name its path in Store:MasterKeyFile."
        );
    }
}
