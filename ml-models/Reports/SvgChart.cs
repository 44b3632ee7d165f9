using System.Globalization;
using System.Text;

namespace Personalization.Models.Reports;

/// <summary>A line of a chart.</summary>
public sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Charts as SVG text.</summary>
public static class SvgChart
{
    const double Left = 46,
        Top = 30,
        Side = 260;

    static readonly string[] Colours = ["#2458b3", "#c2571a", "#3a8f4d", "#8c4bb0", "#a8892c", "#64748b"];

    /// <summary>Lines over the unit square, with a dashed one for comparison.</summary>
    /// <param name="title">Above the chart.</param>
    /// <param name="across">Of the horizontal axis.</param>
    /// <param name="up">Of the vertical axis.</param>
    /// <param name="series">0 to 1 on both axes.</param>
    /// <param name="reference">The ends of the dashed line.</param>
    public static string Lines(
        string title,
        string across,
        string up,
        IReadOnlyList<Series> series,
        ((double X, double Y) From, (double X, double Y) To) reference
    )
    {
        double height = Top + Side + 44 + 16 * series.Count;
        var svg = new StringBuilder(
            Invariant(
                $"<svg width=\"330\" height=\"{height:0}\" role=\"img\" font-size=\"11\" font-family=\"system-ui,sans-serif\" fill=\"#1d2433\">"
            )
        );
        svg.Append(
            Invariant(
                $"<title>{HtmlPage.Escape(title)}</title><text x=\"{Left}\" y=\"18\" font-size=\"13\">{HtmlPage.Escape(title)}</text>"
            )
        );
        for (int tick = 0; tick <= 5; tick++)
        {
            double share = tick / 5.0;
            svg.Append(
                Invariant(
                    $"<path d=\"M{X(0):0.0} {Y(share):0.0}H{X(1):0.0}M{X(share):0.0} {Y(0):0.0}V{Y(1):0.0}\" stroke=\"#e6e9f0\"/>"
                )
            );
            svg.Append(Invariant($"<text x=\"{X(0) - 6:0.0}\" y=\"{Y(share) + 4:0.0}\" text-anchor=\"end\">{share:0.0}</text>"));
            svg.Append(Invariant($"<text x=\"{X(share):0.0}\" y=\"{Y(0) + 15:0.0}\" text-anchor=\"middle\">{share:0.0}</text>"));
        }
        svg.Append(
            Invariant($"<text x=\"{X(0.5):0.0}\" y=\"{Y(0) + 30:0.0}\" text-anchor=\"middle\">{HtmlPage.Escape(across)}</text>")
        );
        svg.Append(
            Invariant(
                $"<text transform=\"translate(11 {Y(0.5):0.0}) rotate(-90)\" text-anchor=\"middle\">{HtmlPage.Escape(up)}</text>"
            )
        );
        svg.Append(
            Invariant(
                $"<path d=\"{Way([reference.From, reference.To])}\" stroke=\"#94a3b8\" stroke-dasharray=\"4 4\" fill=\"none\"/>"
            )
        );
        for (int i = 0; i < series.Count; i++)
        {
            string colour = Colours[i % Colours.Length];
            double below = Y(0) + 46 + 16 * i;
            svg.Append(
                Invariant($"<path d=\"{Way(series[i].Points)}\" stroke=\"{colour}\" stroke-width=\"1.6\" fill=\"none\"/>")
            );
            svg.Append(Invariant($"<path d=\"M{Left} {below - 4:0.0}h18\" stroke=\"{colour}\" stroke-width=\"3\"/>"));
            svg.Append(Invariant($"<text x=\"{Left + 24}\" y=\"{below:0.0}\">{HtmlPage.Escape(series[i].Name)}</text>"));
        }
        return svg.Append("</svg>").ToString();
    }

    /// <summary>Bars, the longest first as given; lengths above 0.</summary>
    public static string Bars(string title, IReadOnlyList<(string Name, double Value)> bars)
    {
        double most = bars.Count == 0 ? 1 : Math.Max(bars.Max(bar => bar.Value), 1e-12);
        var svg = new StringBuilder(
            Invariant(
                $"<svg width=\"660\" height=\"{40 + 18 * bars.Count}\" role=\"img\" font-size=\"11\" font-family=\"system-ui,sans-serif\" fill=\"#1d2433\">"
            )
        );
        svg.Append(
            Invariant(
                $"<title>{HtmlPage.Escape(title)}</title><text x=\"0\" y=\"18\" font-size=\"13\">{HtmlPage.Escape(title)}</text>"
            )
        );
        for (int i = 0; i < bars.Count; i++)
        {
            double y = 30 + 18 * i,
                width = 380 * bars[i].Value / most;
            svg.Append(Invariant($"<text x=\"180\" y=\"{y + 11:0}\" text-anchor=\"end\">{HtmlPage.Escape(bars[i].Name)}</text>"));
            svg.Append(Invariant($"<rect x=\"188\" y=\"{y:0}\" width=\"{width:0.0}\" height=\"13\" fill=\"{Colours[0]}\"/>"));
            svg.Append(Invariant($"<text x=\"{194 + width:0.0}\" y=\"{y + 11:0}\">{bars[i].Value:0.000}</text>"));
        }
        return svg.Append("</svg>").ToString();
    }

    static double X(double share) => Left + Side * share;

    static double Y(double share) => Top + Side * (1 - share);

    static string Way(IEnumerable<(double X, double Y)> points) =>
        "M" + string.Join("L", points.Select(point => Invariant($"{X(point.X):0.0} {Y(point.Y):0.0}")));

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
