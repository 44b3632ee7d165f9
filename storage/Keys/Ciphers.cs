using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Personalization.Storage.Keys;

/// <summary>
/// AES-GCM set up for the keys used last: to set one up costs three times what sealing a turn does, and a visitor
/// does several things in a row. A key has one place, which the next key for the same place takes over.
/// </summary>
static class Ciphers
{
    public const int TagSize = 16;
    const int Places = 4096;

    sealed class Place
    {
        public byte[]? Key;
        public AesGcm? Cipher;
    }

    static readonly Place[] places = [.. Enumerable.Range(0, Places).Select(_ => new Place())];

    public static void Encrypt(
        byte[] key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> clear,
        Span<byte> sealedText,
        Span<byte> tag,
        ReadOnlySpan<byte> about
    )
    {
        var place = PlaceOf(key);
        lock (place)
            Of(place, key).Encrypt(nonce, clear, sealedText, tag, about);
    }

    /// <exception cref="CryptographicException">Damaged, or sealed with another key or about something else.</exception>
    public static void Decrypt(
        byte[] key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> sealedText,
        ReadOnlySpan<byte> tag,
        Span<byte> clear,
        ReadOnlySpan<byte> about
    )
    {
        var place = PlaceOf(key);
        lock (place)
            Of(place, key).Decrypt(nonce, sealedText, tag, clear, about);
    }

    /// <summary>A destroyed key is not kept.</summary>
    public static void Forget(byte[] key)
    {
        var place = PlaceOf(key);
        lock (place)
        {
            if (!ReferenceEquals(place.Key, key))
                return;
            place.Cipher!.Dispose();
            (place.Key, place.Cipher) = (null, null);
        }
    }

    static Place PlaceOf(byte[] key) => places[(uint)RuntimeHelpers.GetHashCode(key) % Places];

    static AesGcm Of(Place place, byte[] key)
    {
        if (ReferenceEquals(place.Key, key))
            return place.Cipher!;
        place.Cipher?.Dispose();
        (place.Key, place.Cipher) = (key, new AesGcm(key, TagSize));
        return place.Cipher;
    }
}
