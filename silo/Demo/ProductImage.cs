namespace Personalization.Demo;

/// <summary>Draws a picture for a product that does not exist.</summary>
public static class ProductImage
{
    /// <summary>An SVG of 320 by 320: a figure in the category's colour, with the product's first word.</summary>
    public static string Draw(string title, int hue, Chance chance)
    {
        var word = title.Split(' ')[0];
        var second = (hue + 20 + chance.Below(40)) % 360;
        var figure = chance.Below(3) switch
        {
            0 => $"<circle cx='160' cy='140' r='{70 + chance.Below(30)}'/>",
            1 => $"<rect x='80' y='60' width='160' height='160' rx='{chance.Below(60)}'/>",
            _ => $"<path d='M160 {40 + chance.Below(30)} L260 220 L60 220 Z' stroke-linejoin='round'/>",
        };
        return "<svg xmlns='http://www.w3.org/2000/svg' width='320' height='320' viewBox='0 0 320 320'>"
            + $"<rect width='320' height='320' fill='hsl({hue},45%,92%)'/>"
            + $"<g fill='hsl({second},50%,60%)' stroke='hsl({hue},55%,40%)' stroke-width='6'>{figure}</g>"
            + "<text x='160' y='285' font-family='sans-serif' font-size='30' text-anchor='middle' "
            + $"fill='hsl({hue},60%,25%)'>{word}</text></svg>";
    }
}
