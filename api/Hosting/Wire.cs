using System.Globalization;
using Personalization.Catalogue;
using Personalization.Identity;

namespace Personalization.Hosting;

/// <summary>How values of the inside stand on the wire.</summary>
public static class Wire
{
    /// <summary>Ten-thousandths as a decimal without trailing zeros.</summary>
    public static decimal Money(long amount) => amount / 10_000m / 1.0000000000000000m;

    /// <summary>Unix milliseconds as a time: 0 is never, and what lies beyond every date is the last.</summary>
    public static DateTimeOffset? Time(long time) =>
        time == 0
            ? null
            : DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(time, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    public static string Number(long customer) => customer.ToString(CultureInfo.InvariantCulture);

    /// <summary>The name a customer is called by: a user id where there is one, a proved one first.</summary>
    public static string? NameOf(IEnumerable<BoundName> names) =>
        names
            .OrderBy(name =>
                name.Kind switch
                {
                    NameKind.User => 0,
                    NameKind.Claimed => 1,
                    _ => 2,
                }
            )
            .FirstOrDefault()
            ?.Value;

    /// <summary>User ids, the proved ones first.</summary>
    public static string[] UserIdsOf(IEnumerable<BoundName> names) =>
        [.. NamesOf(names, NameKind.User).Concat(NamesOf(names, NameKind.Claimed)).Distinct()];

    public static string[] NamesOf(IEnumerable<BoundName> names, NameKind kind) =>
        [.. names.Where(name => name.Kind == kind).Select(name => name.Value)];

    /// <summary>The ids of these products, without those that the catalogue no longer knows.</summary>
    public static string[] IdsOf(IEnumerable<int> products, ProductCatalogue catalogue) =>
        [.. products.Select(product => catalogue[product]?.Id).OfType<string>()];
}
