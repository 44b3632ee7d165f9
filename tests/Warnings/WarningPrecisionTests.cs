using Personalization.Events;
using Personalization.Journal;
using Personalization.Warnings;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Warnings;

public class WarningPrecisionTests
{
    const long Day = 86_400_000,
        Now = 20_000 * Day;

    [Fact]
    public void R33_a_warning_is_right_when_no_purchase_followed_and_nobody_stepped_in()
    {
        WarningRow[] rows =
        [
            Raised(100, 0, 0, 0.9f), // open beyond the horizon: right
            Raised(10, 0, 0), // open: not yet decided
            Raised(100, WarningOutcome.Resolved, 95, 0.5f), // bought after five days: wrong
            Raised(200, WarningOutcome.Resolved, 50, 0.7f), // bought, but long after: right
            Raised(300, WarningOutcome.Expired, 10, 0.9f),
            Raised(40, WarningOutcome.BoughtElsewhere, 30, 0.9f),
            Raised(40, WarningOutcome.Wrong, 30, 0.3f),
            Raised(40, WarningOutcome.Contacted, 30),
            Raised(40, WarningOutcome.WonBack, 30),
            Raised(10, 0, 0) with
            {
                Model = "younger",
            },
        ];
        var models = WarningPrecision.Of(rows, 90, Now);
        models[0].ShouldBe(new WarningPrecision("v1", 9, 4, 2, 2, 1, models[0].Precision, models[0].MeanRisk));
        models[0].Precision!.Value.ShouldBe(4 / 6.0, 1e-9);
        models[0].MeanRisk.ShouldBe((0.9 + 0.5 + 0.7 + 0.9 + 0.9 + 0.3) / 6, 1e-6);
        models[1].Precision.ShouldBeNull();
    }

    static WarningRow Raised(int daysAgo, WarningOutcome outcome, int closedDaysAgo, float risk = 0.6f) =>
        new(
            Guid.NewGuid(),
            1,
            (byte)WarningPolicy.Churn,
            risk,
            10_000,
            "",
            "v1",
            Now - daysAgo * Day,
            (byte)outcome,
            outcome == 0 ? 0 : Now - closedDaysAgo * Day
        );
}
