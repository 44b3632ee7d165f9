using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Personalization.Storage.Keys;

/// <summary>What a sealed text is for; part of what is authenticated, so that none passes for another.</summary>
enum Purpose : byte
{
    Personal = 1,
    Snapshot = 2,
    CustomerKey = 3,
    MasterCheck = 4,
    Setting = 5,
    Name = 6,
}

/// <summary>
/// AES-256-GCM (NIST SP 800-38D): format (1 byte), nonce (12), ciphertext, tag (16). Purpose, customer and version
/// are associated data: a sealed text put in another's place does not open.
/// </summary>
static class Sealing
{
    const byte Format = 1;
    const int NonceSize = 12,
        TagSize = Ciphers.TagSize,
        Overhead = 1 + NonceSize + TagSize;

    static readonly int process = BitConverter.ToInt32(RandomNumberGenerator.GetBytes(4));
    static long counter = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8));

    public static byte[] Seal(byte[] key, Purpose purpose, long customer, int version, ReadOnlySpan<byte> clear)
    {
        Span<byte> about = stackalloc byte[13];
        Describe(about, purpose, customer, version);
        return Seal(key, about, clear);
    }

    /// <summary>For what stands under a name instead of a customer's number and version.</summary>
    public static byte[] Seal(byte[] key, Purpose purpose, string name, ReadOnlySpan<byte> clear) =>
        Seal(key, Describe(purpose, name), clear);

    /// <summary>For what stands beside the bytes <paramref name="place"/>, at most 63 of them.</summary>
    public static byte[] Seal(byte[] key, Purpose purpose, ReadOnlySpan<byte> place, ReadOnlySpan<byte> clear)
    {
        Span<byte> about = stackalloc byte[64];
        return Seal(key, Describe(about, purpose, place), clear);
    }

    static byte[] Seal(byte[] key, ReadOnlySpan<byte> about, ReadOnlySpan<byte> clear)
    {
        var sealedText = new byte[clear.Length + Overhead];
        sealedText[0] = Format;
        var nonce = sealedText.AsSpan(1, NonceSize);
        NextNonce(nonce);
        Ciphers.Encrypt(key, nonce, clear, sealedText.AsSpan(1 + NonceSize, clear.Length), sealedText.AsSpan(^TagSize..), about);
        return sealedText;
    }

    /// <summary>
    /// The deterministic construction (section 8.2.1): a field of this process, drawn at its start, and a counter that begins
    /// anywhere. Two nonces are alike only where two processes drew the same 32 bits and their counters meet, for one key.
    /// </summary>
    static void NextNonce(Span<byte> nonce)
    {
        BinaryPrimitives.WriteInt32LittleEndian(nonce, process);
        BinaryPrimitives.WriteInt64LittleEndian(nonce[4..], Interlocked.Increment(ref counter));
    }

    /// <exception cref="InvalidDataException">Damaged, or sealed with another key or for another place.</exception>
    public static byte[] Unseal(byte[] key, Purpose purpose, long customer, int version, ReadOnlySpan<byte> sealedText)
    {
        Span<byte> about = stackalloc byte[13];
        Describe(about, purpose, customer, version);
        return Unseal(key, about, sealedText);
    }

    /// <inheritdoc cref="Unseal(byte[], Purpose, long, int, ReadOnlySpan{byte})"/>
    public static byte[] Unseal(byte[] key, Purpose purpose, string name, ReadOnlySpan<byte> sealedText) =>
        Unseal(key, Describe(purpose, name), sealedText);

    /// <inheritdoc cref="Unseal(byte[], Purpose, long, int, ReadOnlySpan{byte})"/>
    public static byte[] Unseal(byte[] key, Purpose purpose, ReadOnlySpan<byte> place, ReadOnlySpan<byte> sealedText)
    {
        Span<byte> about = stackalloc byte[64];
        return Unseal(key, Describe(about, purpose, place), sealedText);
    }

    static byte[] Unseal(byte[] key, ReadOnlySpan<byte> about, ReadOnlySpan<byte> sealedText)
    {
        if (sealedText.Length < Overhead || sealedText[0] != Format)
            throw new InvalidDataException("A sealed text is damaged.");
        var clear = new byte[sealedText.Length - Overhead];
        try
        {
            Ciphers.Decrypt(
                key,
                sealedText.Slice(1, NonceSize),
                sealedText.Slice(1 + NonceSize, clear.Length),
                sealedText[^TagSize..],
                clear,
                about
            );
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException("A sealed text is damaged, or was sealed with another key.", e);
        }
        return clear;
    }

    static byte[] Describe(Purpose purpose, string name) => [(byte)purpose, .. Encoding.UTF8.GetBytes(name)];

    static ReadOnlySpan<byte> Describe(Span<byte> about, Purpose purpose, ReadOnlySpan<byte> place)
    {
        about[0] = (byte)purpose;
        place.CopyTo(about[1..]);
        return about[..(1 + place.Length)];
    }

    static void Describe(Span<byte> about, Purpose purpose, long customer, int version)
    {
        about[0] = (byte)purpose;
        BinaryPrimitives.WriteInt64LittleEndian(about[1..], customer);
        BinaryPrimitives.WriteInt32LittleEndian(about[9..], version);
    }
}
