using System.Text.Json.Nodes;

namespace Personalization.Tracking;

/// <summary>
/// A tracking call in the address of an image: each parameter is a field, a dot leads into an object
/// (<c>?event=Product+Viewed&amp;anonymousId=v-1&amp;properties.product_id=p-55</c>).
/// </summary>
static class PixelCall
{
    const int MaxDepth = 8;

    /// <summary>A transparent GIF of one pixel.</summary>
    public static readonly byte[] Image = Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");

    /// <summary>The call as the JSON that a client would have posted.</summary>
    public static byte[] BodyOf(IQueryCollection query)
    {
        var call = new JsonObject();
        foreach (var (path, values) in query)
            Set(call, path.Split('.', MaxDepth), values.ToString());
        return System.Text.Encoding.UTF8.GetBytes(call.ToJsonString());
    }

    static void Set(JsonObject into, string[] path, string value)
    {
        foreach (var name in path[..^1])
        {
            if (into[name] is not JsonObject inner)
                into[name] = inner = [];
            into = inner;
        }
        into[path[^1]] = value;
    }
}
