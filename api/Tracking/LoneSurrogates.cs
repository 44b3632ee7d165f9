using System.Buffers.Text;

namespace Personalization.Tracking;

/// <summary>
/// Clients that cut a text in the middle of an emoji send half of it as an escape (<c>\ud83d</c>), which is JSON but no text.
/// An order is not to be lost for it: the half becomes U+FFFD, the character for what could not be read.
/// </summary>
static class LoneSurrogates
{
    const int EscapeLength = 6;

    /// <summary>The body itself where it holds none, otherwise a copy of the same length.</summary>
    public static ReadOnlySpan<byte> Mend(ReadOnlySpan<byte> body)
    {
        byte[]? mended = null;
        for (var at = Next(body, 0); at >= 0; at = Next(body, at))
        {
            var unit = UnitAt(body, at);
            if (unit is null)
                at += 2;
            else if (!char.IsSurrogate(unit.Value))
                at += EscapeLength;
            else if (char.IsHighSurrogate(unit.Value) && UnitAt(body, at + EscapeLength) is { } low && char.IsLowSurrogate(low))
                at += 2 * EscapeLength;
            else
            {
                mended ??= body.ToArray();
                "\\ufffd"u8.CopyTo(mended.AsSpan(at));
                at += EscapeLength;
            }
        }
        return mended ?? body;
    }

    /// <summary>Where the next escape begins, or -1.</summary>
    static int Next(ReadOnlySpan<byte> body, int from)
    {
        if (from >= body.Length)
            return -1;
        var found = body[from..].IndexOf((byte)'\\');
        return found < 0 ? -1 : from + found;
    }

    /// <summary>The UTF-16 unit of a <c>\uXXXX</c> escape at this place, or null.</summary>
    static char? UnitAt(ReadOnlySpan<byte> body, int at)
    {
        if (at + EscapeLength > body.Length || body[at] != '\\' || body[at + 1] != 'u')
            return null;
        var digits = body.Slice(at + 2, 4);
        return Utf8Parser.TryParse(digits, out ushort unit, out var read, 'x') && read == digits.Length ? (char)unit : null;
    }
}
