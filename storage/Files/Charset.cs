using System.Buffers;
using System.Text;

namespace Personalization.Storage.Files;

/// <summary>
/// The character set of a text file: the one that was named, that of its byte order mark, UTF-16 by its zeros, else UTF-8; a
/// file that is none of them is windows-1252 where that can be. Decided over the whole file before any of it is believed.
/// </summary>
public sealed class Charset
{
    /// <summary>Bytes that windows-1252 does not have.</summary>
    const string NotWestern = "\u0081\u008d\u008f\u0090\u009d";

    static readonly Encoding Utf8 = new UTF8Encoding(false, throwOnInvalidBytes: true);

    readonly Encoding _encoding;

    static Charset() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    Charset(Encoding encoding) => _encoding = encoding;

    /// <summary>Its name by IANA, such as utf-8 or windows-1252.</summary>
    public string Name => _encoding.WebName;

    public bool IsUtf8 => _encoding is UTF8Encoding;

    /// <summary>Looks at the file that <paramref name="open"/> opens, unless its charset is named.</summary>
    /// <exception cref="ImportException">The name is not known, or the file is nothing that can be told.</exception>
    public static Charset Of(Func<Stream> open, string? named = null)
    {
        if (named is not null)
            return Named(named);
        using var content = open();
        return Detect(content);
    }

    /// <exception cref="ImportException">There is no such charset here.</exception>
    public static Charset Named(string name)
    {
        try
        {
            return new(Encoding.GetEncoding(name.Trim(), EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback));
        }
        catch (ArgumentException)
        {
            throw new ImportException(
                $"--charset '{name}' is no character set; there are utf-8, utf-16, windows-1252, iso-8859-1, gb18030, shift_jis …"
            );
        }
    }

    /// <summary>
    /// The content as UTF-8. Bytes that are no text of this charset end it with a <see cref="DecoderFallbackException"/>; in UTF-8
    /// they are left for the reader of the rows, which rejects theirs.
    /// </summary>
    public Stream AsUtf8(Stream content) =>
        IsUtf8 ? content : new BufferedStream(Encoding.CreateTranscodingStream(content, _encoding, Utf8), 1 << 16);

    static Charset Detect(Stream content)
    {
        var buffer = new byte[1 << 16];
        var filled = content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (Marked(buffer.AsSpan(0, filled)) is { } marked)
            return marked;
        var counts = new Counts();
        for (var rest = 0; filled > 0; )
        {
            rest = counts.Take(buffer.AsSpan(0, rest + filled), isLast: false);
            filled = content.Read(buffer, rest, buffer.Length - rest);
            if (filled == 0 && rest > 0)
                counts.Take(buffer.AsSpan(0, rest), isLast: true);
        }
        return counts.Decide();
    }

    /// <summary>By its mark, or by the zeros of Latin text in UTF-16.</summary>
    static Charset? Marked(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("\uFEFF"u8))
            return new(Utf8);
        if (start is [0xff, 0xfe, 0, 0, ..])
            return Named("utf-32");
        if (start is [0xff, 0xfe, ..])
            return Named("utf-16");
        if (start is [0xfe, 0xff, ..])
            return Named("utf-16BE");
        var (even, odd) = (0, 0);
        var some = start[..(Math.Min(start.Length, 4096) & ~1)];
        for (var i = 0; i < some.Length; i += 2)
        {
            even += some[i] == 0 ? 1 : 0;
            odd += some[i + 1] == 0 ? 1 : 0;
        }
        var many = some.Length / 4;
        return many > 0 && odd > many && even == 0 ? Named("utf-16")
            : many > 0 && even > many && odd == 0 ? Named("utf-16BE")
            : null;
    }

    /// <summary>What was met beside ASCII.</summary>
    sealed class Counts
    {
        long _characters,
            _broken,
            _high,
            _adjoining;
        bool _isNotWestern;

        /// <summary>Counts what is whole; the beginning of a character that is cut off moves to the front. Its length.</summary>
        public int Take(Span<byte> bytes, bool isLast)
        {
            if (Ascii.IsValid(bytes))
                return 0;
            var at = 0;
            while (at < bytes.Length)
            {
                if (bytes[at] < 0x80)
                {
                    at++;
                    continue;
                }
                var status = Rune.DecodeFromUtf8(bytes[at..], out _, out var length);
                if (status == OperationStatus.NeedMoreData && !isLast)
                    break;
                if (status == OperationStatus.Done)
                    _characters++;
                else
                    _broken++;
                for (var i = at; i < at + length; i++)
                    High(bytes, i);
                at += length;
            }
            bytes[at..].CopyTo(bytes);
            return bytes.Length - at;
        }

        void High(ReadOnlySpan<byte> bytes, int at)
        {
            _high++;
            if ((at > 0 && bytes[at - 1] >= 0x80) || (at + 1 < bytes.Length && bytes[at + 1] >= 0x80))
                _adjoining++;
            _isNotWestern |= NotWestern.Contains((char)bytes[at]);
        }

        /// <summary>
        /// Where most is UTF-8, some of its rows are broken. Western text has its accents apart; where they stand together it is
        /// Cyrillic, Greek or Asian text, of which nobody can tell which.
        /// </summary>
        public Charset Decide()
        {
            if (_broken == 0 || _characters > _broken)
                return new(Utf8);
            if (_isNotWestern || _adjoining * 2 > _high)
                throw new ImportException(
                    "is no UTF-8, and its character set cannot be told; name it with --charset (windows-1251, gb18030, shift_jis …)."
                );
            return Named("windows-1252");
        }
    }
}
