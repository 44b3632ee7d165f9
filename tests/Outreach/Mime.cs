using System.Text;
using System.Text.RegularExpressions;

namespace Personalization.Tests.Outreach;

/// <summary>
/// Reads a mail back: headers unfolded (RFC 5322) and decoded (RFC 2047), parts of a multipart body decoded (RFC 2045).
/// </summary>
sealed partial record Mime(IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string this[string header] => Decode(Headers[header]);

    public static Mime Parse(string raw)
    {
        var end = raw.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in Folding().Replace(raw[..end], " ").Split("\r\n"))
        {
            var colon = line.IndexOf(':');
            headers.Add(line[..colon], line[(colon + 1)..].Trim());
        }
        return new(headers, raw[(end + 4)..]);
    }

    public IReadOnlyList<Mime> Parts()
    {
        var boundary = "--" + Boundary().Match(Headers["Content-Type"]).Groups[1].Value;
        return [.. Body.Split(boundary)[1..^1].Select(part => Parse(part.TrimStart('\r', '\n')))];
    }

    public string Content() =>
        Headers["Content-Transfer-Encoding"].ToLowerInvariant() switch
        {
            "quoted-printable" => Quoted(Body.Replace("=\r\n", "")),
            "base64" => Encoding.UTF8.GetString(Convert.FromBase64String(Body.Trim())),
            _ => Body,
        };

    static string Decode(string value) =>
        EncodedWord()
            .Replace(EncodedGap().Replace(value, "$1"), word =>
                word.Groups[1].Value is "B" or "b"
                    ? Encoding.UTF8.GetString(Convert.FromBase64String(word.Groups[2].Value))
                    : Quoted(word.Groups[2].Value.Replace('_', ' '))
            );

    static string Quoted(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '=')
                bytes.Add((byte)text[i]);
            else
            {
                bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
                i += 2;
            }
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    [GeneratedRegex("\r\n[ \t]+")]
    private static partial Regex Folding();

    [GeneratedRegex("boundary=\"?([^\";]+)")]
    private static partial Regex Boundary();

    [GeneratedRegex(@"=\?utf-8\?([BbQq])\?([^?]*)\?=", RegexOptions.IgnoreCase)]
    private static partial Regex EncodedWord();

    [GeneratedRegex(@"(\?=)\s+(?==\?)")]
    private static partial Regex EncodedGap();
}
