using System.Security.Claims;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Problems;

namespace Personalization.Keys;

/// <summary>What a visitor's token opens: one customer, as long as the token's name stands for it.</summary>
public sealed class Visitors(IdentityResolver identity, INames names)
{
    public static readonly Problem NotYours = Problem.Forbidden(
        "The visitor's token is no longer for this visitor.",
        "Ask for a new token: after a sign-in, with the secret key or the write key and the user's token (docs/trust.md)."
    );

    /// <summary>The visitor whose token the caller has, where it still is theirs.</summary>
    public async ValueTask<VisitorPass?> OfAsync(ClaimsPrincipal caller, CancellationToken cancel) =>
        ApiKeyAuthentication.VisitorOf(caller) is { } pass && await IsStillAsync(pass, cancel) ? pass : null;

    async ValueTask<bool> IsStillAsync(VisitorPass pass, CancellationToken cancel) =>
        await identity.FindProvedAsync(pass.UserId, pass.AnonymousId, cancel) == pass.Customer
        && (
            !pass.OnlyAnonymous
            || await names.NamesOfAsync([pass.Customer], cancel) is var all
                && all.Any(name => name.Value == pass.AnonymousId)
                && all.All(name => name.Kind == NameKind.Anonymous)
        );
}
