namespace Personalization.Catalogue;

/// <summary>Addresses that a page or a message may hold: of http and https, or without a scheme; a picture may also be in its address.</summary>
public static class WebAddresses
{
    public static bool IsGood(string address) => SchemeOf(address) is null or "http" or "https";

    public static bool IsGoodImage(string address) =>
        IsGood(address) || address.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase);

    /// <summary>The patch without addresses that a browser would run, as older versions kept them.</summary>
    public static ProductPatch WithoutBad(ProductPatch patch) =>
        patch with
        {
            Url = patch.Url is { } url && IsGood(url) ? url : null,
            ImageUrl = patch.ImageUrl is { } image && IsGoodImage(image) ? image : null,
        };

    /// <summary>What stands before the first colon, as a browser reads it: it skips control characters.</summary>
    static string? SchemeOf(string address)
    {
        var text = string.Concat(address.Where(c => c > ' '));
        var colon = text.IndexOf(':');
        var end = text.AsSpan().IndexOfAny('/', '?', '#');
        return colon < 0 || (end >= 0 && end < colon) ? null : text[..colon].ToLowerInvariant();
    }
}
