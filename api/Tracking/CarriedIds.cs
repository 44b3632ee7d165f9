using Personalization.Customers;
using Personalization.Events;
using Personalization.Problems;
using Personalization.Quarantine;
using Personalization.Recommendations;

namespace Personalization.Tracking;

/// <summary>
/// Which answers a call says its products came of. An id counts where this server issued it, within its life, for this customer or
/// for a visitor who was not known yet; others are left out with a warning, and the event is kept.
/// </summary>
public sealed class CarriedIds(RecommendationId ids, IGrainFactory grains)
{
    /// <summary>The query parameter that links to recommended products carry.</summary>
    const string Parameter = "rid";

    /// <summary>Longer than any id.</summary>
    const int MaxId = 100;

    /// <summary>Sets the call's attributions and warnings.</summary>
    /// <param name="call">Its ids are looked at.</param>
    /// <param name="products">The product number of each of its lines.</param>
    /// <param name="customer">Whose call it is.</param>
    /// <param name="now">Unix milliseconds.</param>
    public async ValueTask ReadAsync(IncomingCall call, int[] products, long customer, long now)
    {
        var outcome = Outcomes.Of(call.Kind);
        if (outcome == Outcome.None)
            return;
        var whole = call.RecommendationId is { } sent
            ? await ReadAsync(call, sent, "properties.recommendationId", customer, now)
            : await InAddressAsync(call, customer, now);
        if (outcome == Outcome.Shown || products.Length == 0)
        {
            if (whole is { } shown)
                call.Attributions = [Of(shown, Attribution.WholeEvent)];
            return;
        }
        // A lone product's own id is the event's; of a list many have the same.
        var (last, own) = (call.RecommendationId, whole);
        List<Attribution>? found = null;
        for (var i = 0; i < products.Length; i++)
        {
            var id = call.Lines[i].RecommendationId;
            if (id is not null && id != last)
                (last, own) = (id, await ReadAsync(call, id, $"properties.products[{i}].recommendationId", customer, now));
            if ((id is null ? whole : own) is { } answer)
                (found ??= []).Add(Of(answer, products[i]));
        }
        if (found is not null)
            call.Attributions = [.. found];
    }

    static Attribution Of(IssuedAnswer answer, int product) =>
        new(product, AttributedBy.Id, answer.Placement, answer.Source, answer.At);

    async ValueTask<IssuedAnswer?> ReadAsync(IncomingCall call, string id, string field, long customer, long now)
    {
        if (id.Length > MaxId || ids.Read(id) is not { } answer)
            Warn(call, field, "is not an id of an answer of this server", "Send it as it was answered, or leave it out.");
        else if (IsOver(answer, now))
            Warn(call, field, "is of an answer that is too old", "Send the id of the answer that was shown last.");
        else if (!await IsForAsync(answer, customer))
            Warn(call, field, "is of an answer to somebody else", "Send the id that this visitor was answered with.");
        else
            return answer;
        return null;
    }

    static bool IsOver(in IssuedAnswer answer, long now) => now - answer.At > (long)RecommendationId.Life.TotalMilliseconds;

    async ValueTask<bool> IsForAsync(IssuedAnswer answer, long customer) =>
        answer.Customer == 0 || answer.Customer == customer || await IsNowAsync(answer.Customer, customer);

    /// <summary>Whether a customer has been merged into another since.</summary>
    async ValueTask<bool> IsNowAsync(long before, long customer)
    {
        try
        {
            return (await grains.Customer(before).ReadAsync()).Customer == customer;
        }
        catch (Exception failed) when (!failed.IsOutage())
        {
            // Erased, or set aside: nobody's any more.
            return false;
        }
    }

    /// <summary>
    /// The page that a link to a recommended product leads to has the id in its address. Any page may have a parameter of that
    /// name, so one that cannot be read is no fault.
    /// </summary>
    async ValueTask<IssuedAnswer?> InAddressAsync(IncomingCall call, long customer, long now)
    {
        if (
            call.Personal?.Url is not { } url
            || Find(url) is not { Length: > 0 and <= MaxId } id
            || ids.Read(id) is not { } answer
        )
            return null;
        return !IsOver(answer, now) && await IsForAsync(answer, customer) ? answer : null;
    }

    static string? Find(string url)
    {
        var query = url.AsSpan()[(url.IndexOf('?') + 1)..];
        if (query.Length == url.Length)
            return null;
        if (query.IndexOf('#') is >= 0 and var end)
            query = query[..end];
        foreach (var range in query.Split('&'))
            if (query[range] is var one && one.StartsWith(Parameter + "="))
                return one[(Parameter.Length + 1)..].ToString();
        return null;
    }

    static void Warn(IncomingCall call, string field, string what, string remedy)
    {
        TrackingInstruments.LeftOut("recommendation-id");
        if (call.Warnings is not { Count: >= LeftOut.Max })
            call.Warnings = [.. call.Warnings ?? [], new FieldWarning(field, $"{field} {what} and was left out. {remedy}")];
    }
}
