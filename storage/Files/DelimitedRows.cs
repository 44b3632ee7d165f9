using System.Text;
using System.Text.Unicode;

namespace Personalization.Storage.Files;

/// <summary>
/// Splits delimited UTF-8 text into rows and fields without making strings (RFC 4180: fields in quotes may hold
/// delimiters, line ends and doubled quotes; a quote inside an unquoted field is a character like any other). Blank
/// lines are skipped. Line ends are LF or CRLF.
/// </summary>
public sealed class DelimitedRows
{
    /// <summary>
    /// A quoted field longer than this is taken for a quote that was never closed: the damage ends with its line.
    /// </summary>
    const int MaxRow = 1 << 20;

    readonly Stream _stream;
    readonly bool _quotes;
    byte _delimiter;
    byte[] _buffer = new byte[1 << 17];
    int _rowStart,
        _rowEnd,
        _filled;
    bool _ended;
    long _linesPassed;
    int _rowLines;
    (int Start, int Length, bool Escaped)[] _fields = new (int, int, bool)[16];

    /// <param name="quotes">False where a quote is a character like any other.</param>
    public DelimitedRows(Stream stream, byte delimiter = (byte)',', bool quotes = true)
    {
        _quotes = quotes;
        _stream = stream;
        _delimiter = delimiter;
        Fill();
        if (_buffer.AsSpan(0, _filled).StartsWith(Encoding.UTF8.Preamble))
            _rowEnd = Encoding.UTF8.Preamble.Length;
    }

    /// <summary>
    /// Takes for the delimiter what occurs most often in the first line (at most the first 128 KB of it) outside of quotes: comma,
    /// tab, semicolon or bar.
    /// </summary>
    public DelimitedRows DetectDelimiter()
    {
        var text = _buffer.AsSpan(0, _filled);
        var delimiters = ",\t;|"u8;
        Span<int> counts = stackalloc int[delimiters.Length];
        var isQuoted = false;
        foreach (var one in text)
        {
            if (one == '"')
                isQuoted = !isQuoted;
            if (one == '\n' && !isQuoted)
                break;
            if (!isQuoted && delimiters.IndexOf(one) is >= 0 and var which)
                counts[which]++;
        }
        for (var i = 1; i < counts.Length; i++)
            if (counts[i] > counts[delimiters.IndexOf(_delimiter)])
                _delimiter = delimiters[i];
        return this;
    }

    /// <summary>The line on which the current row begins, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>How many fields the current row has.</summary>
    public int Count { get; private set; }

    /// <summary>What is wrong with the current row's quotes, or null. Its fields are then not to be relied upon.</summary>
    public string? Damage { get; private set; }

    /// <summary>The current row as it stands in the file, without its line end. Valid until the next row.</summary>
    public ReadOnlySpan<byte> Row => _buffer.AsSpan(_rowStart, RowLength);

    int RowLength { get; set; }

    /// <summary>A field's bytes, without quotes. Valid until the next row.</summary>
    public ReadOnlySpan<byte> this[int field]
    {
        get
        {
            var (start, length, escaped) = _fields[field];
            var bytes = _buffer.AsSpan(start, length);
            return escaped ? Unescape(bytes) : bytes;
        }
    }

    /// <summary>A field's text, without quotes.</summary>
    public string Text(int field) => Encoding.UTF8.GetString(this[field]);

    /// <summary>All fields of the current row.</summary>
    public string[] Texts() => [.. Enumerable.Range(0, Count).Select(Text)];

    /// <summary>Moves to the next row; false at the end of the text.</summary>
    public bool Next()
    {
        while (true)
        {
            _linesPassed += _rowLines;
            _rowLines = 0;
            _rowStart = _rowEnd;
            Line = _linesPassed + 1;
            if (!ReadRow())
                return false;
            if (Count == 1 && _fields[0].Length == 0 && Damage is null)
                continue;
            if (!Utf8.IsValid(Row))
                Damage ??= "bytes that are no UTF-8; if all of the file is in another character set, name it with --charset";
            return true;
        }
    }

    bool ReadRow()
    {
        while (!TrySplit(_quotes))
        {
            if (!_ended && (!_quotes || _filled - _rowStart < MaxRow))
            {
                Fill();
                continue;
            }
            if (_rowStart == _filled)
                return false;
            while (!TrySplit(heedQuotes: false))
                Fill();
            Damage = "a quote is opened and not closed";
            return true;
        }
        return _rowEnd > _rowStart;
    }

    /// <summary>Splits one row from <see cref="_rowStart"/>; false when its end is not in the buffer.</summary>
    bool TrySplit(bool heedQuotes)
    {
        var text = _buffer.AsSpan(0, _filled);
        var at = _rowStart;
        Count = 0;
        Damage = null;
        _rowLines = 0;
        while (true)
        {
            var start = at;
            var length = -1;
            var escaped = false;
            if (heedQuotes && at < text.Length && text[at] == '"')
            {
                var close = ClosingQuote(text, at + 1, out escaped);
                if (close < 0)
                    return false;
                start = at + 1;
                length = close - start;
                _rowLines += text.Slice(start, length).Count((byte)'\n');
                at = close + 1;
            }

            var rest = text[at..].IndexOfAny(_delimiter, (byte)'\n');
            if (rest < 0 && !_ended)
                return false;
            var end = rest < 0 ? text.Length : at + rest;
            var last = rest < 0 || text[end] == '\n';
            var textEnd = last && end > at && text[end - 1] == '\r' ? end - 1 : end;
            if (length < 0)
                length = textEnd - start;
            else if (textEnd > at)
                Damage = "text follows a closing quote";
            Add(start, length, escaped);
            at = rest < 0 ? end : end + 1;
            if (!last)
                continue;
            _rowEnd = at;
            RowLength = textEnd - _rowStart;
            if (rest >= 0)
                _rowLines++;
            return true;
        }
    }

    /// <summary>Where the quote closes; -1 when it is not in the buffer, or could be the first half of a doubled one.</summary>
    int ClosingQuote(ReadOnlySpan<byte> text, int from, out bool escaped)
    {
        escaped = false;
        while (true)
        {
            var quote = text[from..].IndexOf((byte)'"');
            if (quote < 0)
                return -1;
            from += quote;
            if (from + 1 == text.Length)
                return _ended ? from : -1;
            if (text[from + 1] != '"')
                return from;
            escaped = true;
            from += 2;
        }
    }

    void Add(int start, int length, bool escaped)
    {
        if (Count == _fields.Length)
            Array.Resize(ref _fields, Count * 2);
        _fields[Count++] = (start, length, escaped);
    }

    /// <summary>Reads on behind what is there; the current row moves to the buffer's beginning.</summary>
    void Fill()
    {
        if (_rowStart > 0)
        {
            _buffer.AsSpan(_rowStart, _filled - _rowStart).CopyTo(_buffer);
            _filled -= _rowStart;
            _rowStart = 0;
        }
        if (_filled == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = _stream.Read(_buffer, _filled, _buffer.Length - _filled);
        _filled += read;
        _ended = read == 0;
    }

    static byte[] Unescape(ReadOnlySpan<byte> bytes)
    {
        var plain = new byte[bytes.Length];
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            plain[length++] = bytes[i];
            if (bytes[i] == '"')
                i++;
        }
        return plain[..length];
    }
}
