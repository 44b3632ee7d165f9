using System.Collections.Frozen;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Primitives;
using Personalization.Problems;

namespace Personalization.Hosting;

/// <summary>
/// A parameter that names whom or what to look up: empty it is refused, as the answer would be about everything.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class NeverEmptyAttribute : Attribute;

/// <summary>
/// An address takes the query parameters that its handler names, each once, and refuses others by the nearest name it knows:
/// a misspelt filter must not answer with everything. An empty value counts as absent.
/// </summary>
public static class QueryParameters
{
    /// <summary>For what clients of others call, who add parameters of their own.</summary>
    sealed class Any;

    /// <summary>Lets whatever is in the query pass.</summary>
    public static TBuilder TakesAnyQuery<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new Any());

    /// <summary>Holds all endpoints of the group to their parameters, but those that take any.</summary>
    public static RouteGroupBuilder TakesOnlyNamedQuery(this RouteGroupBuilder routes)
    {
        ((IEndpointConventionBuilder)routes).Finally(endpoint =>
        {
            if (endpoint.RequestDelegate is not { } run || endpoint.Metadata.OfType<Any>().Any())
                return;
            var known = Named((RouteEndpointBuilder)endpoint);
            endpoint.RequestDelegate = http =>
                !http.Request.QueryString.HasValue ? run(http)
                : Check(http.Request, known) is { } problem ? problem.ExecuteAsync(http)
                : run(http);
        });
        return routes.Refuses(400);
    }

    readonly record struct Taken(bool TakesSeveral, bool NeverEmpty);

    /// <summary>The parameters that the framework binds from the query.</summary>
    static FrozenDictionary<string, Taken> Named(RouteEndpointBuilder endpoint) =>
        endpoint
            .Metadata.OfType<IParameterBindingMetadata>()
            .Where(parameter => IsOfQuery(parameter, endpoint.RoutePattern))
            .DistinctBy(parameter => parameter.Name)
            .ToFrozenDictionary(
                parameter => parameter.Name,
                parameter => new Taken(
                    parameter.ParameterInfo.ParameterType.IsArray,
                    parameter.ParameterInfo.IsDefined(typeof(NeverEmptyAttribute), true)
                ),
                StringComparer.OrdinalIgnoreCase
            );

    static bool IsOfQuery(IParameterBindingMetadata parameter, RoutePattern route)
    {
        var (type, marks) = (parameter.ParameterInfo.ParameterType, parameter.ParameterInfo.GetCustomAttributes(true));
        if (marks.Any(mark => mark is IFromQueryMetadata))
            return true;
        return (type == typeof(string) || type == typeof(string[]) || parameter.HasTryParse)
            && route.GetParameter(parameter.Name) is null
            && !marks.Any(mark => mark is IFromHeaderMetadata or IFromServiceMetadata or IFromFormMetadata);
    }

    /// <summary>The problem of the first parameter that cannot be taken, or null; empty ones are gone then.</summary>
    static Problem? Check(HttpRequest request, FrozenDictionary<string, Taken> known)
    {
        var hasEmpty = false;
        foreach (var (name, values) in request.Query)
        {
            if (!known.TryGetValue(name, out var taken))
                return Unknown(name, known.Keys);
            if (values.Count > 1 && !taken.TakesSeveral)
                return Problem.BadField(name, $"{name} is given more than once.", $"Send {name} once.");
            if (!values.Any(string.IsNullOrEmpty))
                continue;
            if (taken.NeverEmpty)
                return Problem.BadField(name, $"{name} is empty.", $"Leave {name} out, or send a value.");
            hasEmpty = true;
        }
        if (hasEmpty)
            request.Query = new QueryCollection(
                (
                    from parameter in request.Query
                    let values = parameter.Value.Where(value => !string.IsNullOrEmpty(value)).ToArray()
                    where values.Length > 0
                    select (parameter.Key, Values: values)
                ).ToDictionary(one => one.Key, one => new StringValues(one.Values), StringComparer.OrdinalIgnoreCase)
            );
        return null;
    }

    const int MaxShown = 64;

    static Problem Unknown(string name, IEnumerable<string> known)
    {
        var all = known.Order(StringComparer.Ordinal).ToList();
        var shown = name.Length > MaxShown ? name[..MaxShown] + "…" : name;
        var nearest = all.Select(one => (Name: one, Steps: Steps(name, one))).OrderBy(one => one.Steps).FirstOrDefault();
        var hint =
            nearest.Name is { Length: var length } && nearest.Steps <= 1 + length / 3 ? $"Did you mean {nearest.Name}? " : "";
        var list = all.Count > 0 ? $"The parameters of this address are {string.Join(", ", all)}." : "This address takes none.";
        return new Problem(
            "/problems/unknown-parameter",
            "There is no such parameter",
            400,
            $"This address takes no parameter {shown}.",
            hint + list
        )
        {
            Field = shown,
        };
    }

    /// <summary>How many letters must be added, left out or changed to make one of the other (Levenshtein's distance).</summary>
    static int Steps(string sent, string known)
    {
        if (sent.Length > MaxShown)
            return int.MaxValue;
        Span<int> row = stackalloc int[known.Length + 1];
        for (var j = 0; j < row.Length; j++)
            row[j] = j;
        foreach (var letter in sent)
        {
            var before = row[0]++;
            for (var j = 1; j < row.Length; j++)
            {
                var change = before + (char.ToLowerInvariant(letter) == char.ToLowerInvariant(known[j - 1]) ? 0 : 1);
                before = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
