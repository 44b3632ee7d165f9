using System.Text.Json;
using Personalization.Identity;
using Personalization.Shop;
using Personalization.Tracking;

namespace Personalization.Import;

/// <summary>Reads a line of NDJSON with the parser that also reads requests, so that an import takes what the API takes.</summary>
public sealed class ImportedCalls(ShopClock time)
{
    public void Read(ReadOnlyMemory<byte> line, ICollection<ImportedFact> facts, ICollection<string> problems)
    {
        var now = time.Now;
        var parsed = TrackingParser.Batch(AsBatch(line.Span), now);
        if (parsed.Problem is { } whole)
        {
            problems.Add(whole.Field is null ? whole.Detail : $"{whole.Field}: {whole.Detail}");
            return;
        }
        foreach (var error in parsed.Errors)
            problems.Add(error.Field is null ? error.Message : $"{error.Field}: {error.Message}");
        foreach (var call in parsed.Calls)
            if (call.SentAt is null && call.Warnings?.Any(one => one.Kind == Fault.NotTime.LeftOutAs) == true)
                problems.Add("timestamp: it cannot be read, and today is not when it happened.");
            else
                facts.Add(FactOf(call, now));
    }

    /// <summary>A line is a batch already, or one call of a batch of its own.</summary>
    static ReadOnlySpan<byte> AsBatch(ReadOnlySpan<byte> line)
    {
        if (HasBatch(line))
            return line;
        byte[] batch = [.. "{\"batch\":["u8, .. line, .. "]}"u8];
        return batch;
    }

    static bool HasBatch(ReadOnlySpan<byte> line)
    {
        try
        {
            for (var reader = new Utf8JsonReader(line); reader.Read(); )
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    if (reader.ValueTextEquals("batch"))
                        return true;
                    reader.Skip();
                }
        }
        catch (JsonException)
        {
            // What is wrong with it is said by the parser.
        }
        return false;
    }

    /// <summary>
    /// History keeps its own times: the sender's clock is corrected by the moment of receipt, and that of then is not this one.
    /// </summary>
    static long OwnTime(IncomingCall call, long now) =>
        call.SentAt is not { } sent || sent > now ? call.Time
        : call.OriginalTimestamp is not { } original ? sent
        : call.Time == now - (sent - original) ? original
        : call.Time;

    static ImportedFact FactOf(IncomingCall call, long now) =>
        new()
        {
            NameKind = call.UserId is null ? NameKind.Anonymous : NameKind.User,
            Name = call.UserId ?? call.AnonymousId!,
            AnonymousName = call.UserId is null ? null : call.AnonymousId ?? call.PreviousId,
            Kind = call.Kind,
            Time = OwnTime(call, now),
            Lines = Array.ConvertAll(call.Lines, line => new ImportedLine(
                line.ProductId,
                line.Quantity,
                line.Price,
                line.Fields?.Name,
                line.Fields?.Category,
                line.Fields?.Brand
            )),
            Reference = call.Reference,
            Label = call.Label,
            Amount = call.Amount ?? 0,
            IsRunningTotal = call.IsRunningTotal,
            Currency = call.Currency,
            Rating = call.Rating,
            Source = call.Source,
            Personal = call.Personal,
            Key = call.Message == 0 ? 0 : new UInt128(0x7365676d656e74, call.Message),
        };
}
