using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Personalization.Outreach;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Outreach;

/// <summary>R44, complaints 28 and 29: nobody is written to at night, on their own clock, on any day of the year.</summary>
public class QuietHoursTests
{
    static long At(string utc) =>
        DateTimeOffset.Parse(utc, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds();

    static TimeZoneInfo Zone(string name) => TimeZoneInfo.FindSystemTimeZoneById(name);

    [Theory]
    // An ordinary night.
    [InlineData("Europe/Lisbon", "21:00", "08:00", "2026-01-10T22:30Z", "2026-01-11T08:00Z")]
    [InlineData("Europe/Lisbon", "21:00", "08:00", "2026-01-10T20:59:59.999Z", "2026-01-10T20:59:59.999Z")]
    [InlineData("Europe/Lisbon", "21:00", "08:00", "2026-01-10T21:00Z", "2026-01-11T08:00Z")]
    [InlineData("Europe/Lisbon", "21:00", "08:00", "2026-01-11T08:00Z", "2026-01-11T08:00Z")]
    // The clock goes forward (29 March 2026, 01:00 UTC): the night is an hour shorter. It goes back (25 October): longer.
    [InlineData("Europe/Lisbon", "21:00", "08:00", "2026-03-28T22:00Z", "2026-03-29T07:00Z")]
    [InlineData("Europe/Lisbon", "21:00", "08:00", "2026-10-24T20:30Z", "2026-10-25T08:00Z")]
    [InlineData("America/New_York", "21:00", "08:00", "2026-03-08T02:30Z", "2026-03-08T12:00Z")]
    [InlineData("America/New_York", "21:00", "08:00", "2026-11-01T02:30Z", "2026-11-01T13:00Z")]
    // Half an hour, on the other half of the year.
    [InlineData("Australia/Lord_Howe", "21:00", "08:00", "2026-04-04T12:00Z", "2026-04-04T21:30Z")]
    [InlineData("Australia/Lord_Howe", "21:00", "08:00", "2026-10-03T12:00Z", "2026-10-03T21:00Z")]
    // The end is skipped: quiet until 02:30, and the clock goes from 02:00 to 03:00.
    [InlineData("America/New_York", "00:00", "02:30", "2026-03-08T06:00Z", "2026-03-08T07:00Z")]
    // The end comes twice: 01:30 is reached, passed, and the clock goes back to 01:00, quiet again.
    [InlineData("America/New_York", "00:00", "01:30", "2026-11-01T05:00Z", "2026-11-01T05:30Z")]
    [InlineData("America/New_York", "00:00", "01:30", "2026-11-01T06:10Z", "2026-11-01T06:30Z")]
    // By day.
    [InlineData("Europe/Lisbon", "12:00", "14:00", "2026-01-10T13:00Z", "2026-01-10T14:00Z")]
    // No hour is quiet.
    [InlineData("Europe/Lisbon", "08:00", "08:00", "2026-01-10T03:00Z", "2026-01-10T03:00Z")]
    public void The_next_allowed_instant_is_right_on_the_customers_clock(
        string zone,
        string from,
        string until,
        string at,
        string expected
    )
    {
        var quiet = new QuietHours(
            TimeOnly.Parse(from, CultureInfo.InvariantCulture),
            TimeOnly.Parse(until, CultureInfo.InvariantCulture)
        );
        quiet.NextAllowed(At(at), Zone(zone)).ShouldBe(At(expected));
    }

    [Fact]
    public void An_unknown_zone_falls_back_to_the_shops()
    {
        var shop = Zone("Europe/Lisbon");
        QuietHours.ZoneOf("Mars/Olympus", shop).ShouldBe(shop);
        QuietHours.ZoneOf(null, shop).ShouldBe(shop);
        QuietHours.ZoneOf("", shop).ShouldBe(shop);
        QuietHours.ZoneOf("Asia/Tokyo", shop).Id.ShouldBe("Asia/Tokyo");
    }

    [Fact]
    public void The_next_allowed_instant_is_never_quiet_and_is_the_earliest_that_is_not() =>
        Prop.ForAll(Cases.ToArbitrary(), asked =>
            {
                var (quiet, zone, at) = asked;
                var next = quiet.NextAllowed(at, zone);
                next.ShouldBeGreaterThanOrEqualTo(at);
                quiet.Contain(next, zone).ShouldBeFalse();
                if (next == at)
                    return;
                for (var before = at; before < next; before += 60_000)
                    quiet.Contain(before, zone).ShouldBeTrue();
                quiet.Contain(next - 1, zone).ShouldBeTrue();
            })
            .QuickCheckThrowOnFailure();

    static readonly Gen<(QuietHours, TimeZoneInfo, long)> Cases =
        from @from in Gen.Choose(0, 24 * 60 - 1)
        from until in Gen.Choose(0, 24 * 60 - 1)
        from zone in Gen.Elements(
            "Europe/Lisbon",
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
            "Africa/Casablanca",
            "Pacific/Apia"
        )
        from change in Gen.Elements(
            "2026-03-29T01:00Z",
            "2026-10-25T01:00Z",
            "2026-03-08T07:00Z",
            "2026-11-01T06:00Z",
            "2026-04-04T15:00Z",
            "2026-10-03T15:30Z"
        )
        from minutes in Gen.Choose(-30 * 60, 30 * 60)
        select (new QuietHours(Minute(@from), Minute(until)), Zone(zone), At(change) + minutes * 60_000L);

    static TimeOnly Minute(int minute) => new(minute / 60, minute % 60);
}
