using Personalization.Customers;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Customers;

public sealed class ProfileTests
{
    [Fact]
    public void A_signed_address_replaces_a_claimed_one_and_never_one_that_the_shops_server_told()
    {
        var profile = new Profile { IsProved = false };
        profile.Merge("""{"email":"claimed@x.test"}""", claimed: true);
        profile.Merge("""{"email":"signed@x.test"}""", claimed: false, signed: true);
        (profile.Email, profile.IsEmailTold).ShouldBe(("signed@x.test", false));
        profile.ConfirmEmail();
        profile.Merge("""{"email":"told@x.test"}""", claimed: false);
        (profile.Email, profile.IsEmailTold, profile.IsEmailConfirmed).ShouldBe(("told@x.test", true, false));
        profile.Merge("""{"email":"signed@x.test","plan":"gold"}""", claimed: false, signed: true);
        profile.Merge("""{"email":null}""", claimed: false, signed: true);
        (profile.Email, profile.IsEmailTold).ShouldBe(("told@x.test", true));
        profile.Traits!.ShouldContain("gold");
        profile.Merge("""{"email":null}""", claimed: false);
        profile.Merge("""{"email":"signed@x.test"}""", claimed: false, signed: true);
        (profile.Email, profile.IsEmailTold).ShouldBe(("signed@x.test", false));
    }

    [Theory]
    [InlineData("""{"email":"a@x.test","email":"b@x.test"}""", "b@x.test")]
    [InlineData("""{"email":"b@x.test","note":"\ud83d"}""", "b@x.test")]
    [InlineData("""{"email":"b@x.test","\ud83d":1}""", "b@x.test")]
    [InlineData("""{"email":"b@x.test","deep":{"a":1,"a":2}}""", "b@x.test")]
    [InlineData("""{"email":"\ud83d"}""", "old@x.test")]
    [InlineData("""{"email":null}""", null)]
    [InlineData("[1]", "old@x.test")]
    [InlineData("{\"email\":", "old@x.test")]
    public void Whatever_traits_are_sent_they_are_taken_as_far_as_they_make_sense(string traits, string? email)
    {
        var profile = new Profile();
        profile.Merge("""{"email":"old@x.test"}""", claimed: false);
        profile.Merge(traits, claimed: false);
        profile.Email.ShouldBe(email);
        profile.Merge("""{"plan":"gold"}""", claimed: false);
        profile.Traits!.ShouldContain("gold");
        profile.Email.ShouldBe(email);
    }
}
