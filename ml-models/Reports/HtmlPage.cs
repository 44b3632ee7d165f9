using System.Net;
using System.Text;

namespace Personalization.Models.Reports;

/// <summary>One HTML file that needs nothing else: styles and drawings are in it, and no script.</summary>
public sealed class HtmlPage
{
    const string Style = """
        body{font:15px/1.5 system-ui,sans-serif;color:#1d2433;max-width:1060px;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin-top:2rem;border-bottom:1px solid #d9dee8}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.25rem .7rem;border-bottom:1px solid #e6e9f0}
        th{text-align:left;font-weight:600}td.n,th.n{text-align:right}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem}
        dt{color:#5b667c}dd{margin:0}.charts{display:flex;flex-wrap:wrap;gap:1rem}svg{background:#fff}p.note{color:#5b667c}
        """;

    readonly StringBuilder _body = new();
    readonly string _title;

    public HtmlPage(string title)
    {
        _title = title;
        _body.Append($"<h1>{Escape(title)}</h1>\n");
    }

    public HtmlPage Heading(string text) => Add($"<h2>{Escape(text)}</h2>");

    public HtmlPage Note(string text) => Add($"<p class=\"note\">{Escape(text)}</p>");

    /// <summary>Names and what they stand for.</summary>
    public HtmlPage Facts(params IEnumerable<(string Name, string Value)> facts) =>
        Add($"<dl>{string.Concat(facts.Select(fact => $"<dt>{Escape(fact.Name)}</dt><dd>{Escape(fact.Value)}</dd>"))}</dl>");

    /// <summary>The first column is text, the others are numbers unless <paramref name="text"/> says otherwise.</summary>
    public HtmlPage Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows, int text = 1)
    {
        string Row(IReadOnlyList<string> cells, string tag) =>
            string.Concat(cells.Select((cell, i) => $"<{tag}{(i < text ? "" : " class=\"n\"")}>{Escape(cell)}</{tag}>"));
        return Add(
            $"<table><tr>{Row(head, "th")}</tr>{string.Concat(rows.Select(row => $"<tr>{Row(row, "td")}</tr>\n"))}</table>"
        );
    }

    /// <summary>Drawings of <see cref="SvgChart"/>, side by side where there is room.</summary>
    public HtmlPage Charts(params IEnumerable<string> drawings) => Add($"<div class=\"charts\">{string.Concat(drawings)}</div>");

    public void Save(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        File.WriteAllText(path, ToString());
    }

    public override string ToString() =>
        $"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{Escape(_title)}</title>\n"
        + $"<style>{Style}</style></head><body>\n{_body}</body></html>\n";

    internal static string Escape(string text) => WebUtility.HtmlEncode(text);

    HtmlPage Add(string html)
    {
        _body.Append(html).Append('\n');
        return this;
    }
}
