using System.Globalization;
using System.IO.Compression;
using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Histories;
using Personalization.Models.Population;
using Personalization.Models.Training;
using Personalization.Support;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Personalization.Tests.Models;

public class PopulationModelTests(ITestOutputHelper output)
{
    const string Transactions = "cdnow-sample.txt.gz",
        Records = "cdnow-sample-rfm.csv.gz";

    sealed record Published(
        BuyingRecord Record,
        double Spend,
        int Holdout,
        double Expected,
        double Active,
        double NoPurchase,
        double Value
    );

    [NeedsDataFact(Records)]
    public void R25_BG_NBD_on_the_CDNOW_sample_is_the_published_one()
    {
        var sample = Sample();
        var fit = BuyingFit.Fit(sample.Select(row => row.Record));
        var (p, errors) = (fit.Parameters, fit.StandardErrors);
        output.WriteLine(
            $"r {p[0]:0.0000} alpha {p[1]:0.000} a {p[2]:0.000} b {p[3]:0.000} LL {fit.LogLikelihood:0.00}; "
                + $"standard errors {errors[0]:0.0000} {errors[1]:0.000} {errors[2]:0.000} {errors[3]:0.000}"
        );
        p[0].ShouldBe(0.243, 0.0005);
        p[1].ShouldBe(4.414, 0.002);
        p[2].ShouldBe(0.793, 0.001);
        p[3].ShouldBe(2.426, 0.003);
        fit.LogLikelihood.ShouldBe(-9582.4, 0.05);
        // Standard errors as published with the model's software for these data.
        errors[0].ShouldBe(0.0126, 0.001);
        errors[1].ShouldBe(0.378, 0.03);
        errors[2].ShouldBe(0.186, 0.03);
        errors[3].ShouldBe(0.705, 0.1);

        var model = BuyingFit.Model(p);
        double[] expected = [.. sample.Select(row => model.Expected(row.Record, 39))];
        expected.Sum().ShouldBe(1653, 1);
        Mean(i => Math.Abs(expected[i] - sample[i].Holdout)).ShouldBe(0.785, 0.0006);
        Math.Sqrt(Mean(i => Math.Pow(expected[i] - sample[i].Holdout, 2))).ShouldBe(1.608, 0.0006);
        Correlation(expected, [.. sample.Select(row => (double)row.Holdout)]).ShouldBe(0.626, 0.0006);
        for (int i = 0; i < sample.Count; i++)
        {
            expected[i].ShouldBe(sample[i].Expected, 0.003 * (1 + sample[i].Expected));
            model.Active(sample[i].Record).ShouldBe(sample[i].Active, 0.001);
            model.NoPurchase(sample[i].Record, 39).ShouldBe(sample[i].NoPurchase, 0.001);
        }

        double Mean(Func<int, double> of) => Enumerable.Range(0, sample.Count).Average(of);
    }

    [NeedsDataFact(Records)]
    public void R25_gamma_gamma_on_the_CDNOW_sample_is_the_published_one()
    {
        var sample = Sample();
        var repeaters = sample.Where(row => row.Record.Repeats > 0).ToList();
        repeaters.Count.ShouldBe(946);
        var fit = SpendFit.Fit(repeaters.Select(row => new SpendRecord(row.Record.Repeats, row.Spend)));
        var model = SpendFit.Model(fit.Parameters);
        output.WriteLine($"p {model.P:0.000} q {model.Q:0.000} gamma {model.Gamma:0.00}");
        model.P.ShouldBe(6.25, 0.01);
        model.Q.ShouldBe(3.74, 0.01);
        model.Gamma.ShouldBe(15.45, 0.05);
        fit.StandardErrors.ShouldAllBe(error => error > 0);
        foreach (var row in sample)
            model.Expected(row.Record.Repeats, row.Spend).ShouldBe(row.Value, 0.01 * row.Value);
    }

    [NeedsDataFact(Records, Transactions)]
    public void The_CDNOW_records_are_those_the_history_gives()
    {
        var sample = Sample();
        int cutoff = (int)new DateTimeOffset(1997, 10, 1, 0, 0, 0, default).ToUnixTimeSeconds();
        var snapshots = Snapshots.Stack(TransactionFile.Read(SharedData.Path(Transactions), "cdnow"), [cutoff], 30);
        // The published time runs to the last day of the calibration, a snapshot to the midnight after it.
        var own = Enumerable
            .Range(0, snapshots.Count)
            .Select(i => BuyingRecord.Of(snapshots.Row(i)))
            .Select(record => (record.Repeats, Math.Round(record.LastWeek * 7), Math.Round(record.Weeks * 7) - 1))
            .Order();
        own.ShouldBe(
            sample
                .Select(row => row.Record)
                .Select(record => (record.Repeats, Math.Round(record.LastWeek * 7), Math.Round(record.Weeks * 7)))
                .Order()
        );
    }

    [Fact]
    public void R25_value_and_next_purchase_of_a_customer_follow_from_his_own_record()
    {
        var (buying, spending) = (new BgNbd(0.243, 4.414, 0.793, 2.426), new GammaGamma(6.25, 3.74, 15.45));
        const int now = 10_400 * ChurnHistory.Day;
        CustomerForecast Of(params int[] days) =>
            CustomerForecast
                .Of(
                    buying,
                    spending,
                    new(
                        [.. days.Select(day => new Purchase(day * ChurnHistory.Day, 400_000, 1, 1))],
                        [],
                        [],
                        days[0] * ChurnHistory.Day
                    ),
                    now,
                    182
                )!
                .Value;
        var (regular, silent) = (Of(10_280, 10_310, 10_340, 10_370), Of(10_100, 10_130, 10_160, 10_190));
        // Spends 40 where the shop's mean is 35.2: a little is drawn back.
        (regular.Value / regular.Purchases).ShouldBe(spending.Expected(4, 40), 1e-9);
        (regular.Value / regular.Purchases).ShouldBeInRange(36, 40);
        regular.Value.ShouldBeGreaterThan(2 * silent.Value);
        regular.NoPurchase.ShouldBeLessThan(silent.NoPurchase);
        regular.Next!.Value.ShouldBeInRange(regular.Earliest!.Value, regular.Latest!.Value);
        regular.Earliest.Value.ShouldBeGreaterThan(now);
        // What has not happened yet is not seen.
        CustomerForecast.Of(buying, spending, new([new(now, 400_000, 1, 1)], [], [], now), now, 182).ShouldBeNull();
    }

    [NeedsDataFact(Transactions)]
    public void R25_purchases_and_spend_of_a_whole_shop_are_predicted()
    {
        var customers = TransactionFile.Read(SharedData.Path(Transactions), "cdnow");
        int cutoff = (int)new DateTimeOffset(1997, 10, 1, 0, 0, 0, default).ToUnixTimeSeconds();
        var known = ValueComparison.Known(customers, cutoff);
        var rows = Snapshots.Stack(known, [cutoff], 273);
        var fitted = FittedValue.Of(rows, "v", modified: false);
        var value = ValueComparison.Of(fitted.Model, known, cutoff, 273);
        output.WriteLine($"{value}");
        value.Actual.ShouldBe(1882);
        value.ActualSpend.ShouldBe(70_976.39, 0.01);
        // A snapshot's time runs to midnight, a day longer than the published one, and small shops' priors have a say.
        value.Expected.ShouldBe(1653, 30);
        var (expected, low, high) = fitted.Expected(rows, 273);
        expected.ShouldBe(value.Expected, 1);
        expected.ShouldBeInRange(low, high);
        value.MeanAbsoluteError.ShouldBe(0.785, 0.01);
        value.ExpectedSpend.ShouldBe(value.ActualSpend, 0.2 * value.ActualSpend);
        Should
            .Throw<InvalidOperationException>(() => FittedValue.Of(rows.Take([.. Enumerable.Range(0, 10)]), "v", false))
            .Message.ShouldContain("Not enough data yet");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fits_find_the_parameters_a_population_was_drawn_from(bool modified)
    {
        var truth = new BgNbd(0.8, 5, 0.9, 2.5, modified);
        var random = new Random(4);
        var fit = BuyingFit.Fit(Enumerable.Range(0, 6000).Select(_ => Draw(truth, random, 52).Record), modified);
        double[] true4 = [truth.R, truth.Alpha, truth.A, truth.B];
        for (int i = 0; i < 4; i++)
            Math.Abs(fit.Parameters[i] - true4[i]).ShouldBeLessThan(3 * fit.StandardErrors[i]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Closed_forms_agree_with_customers_drawn_at_random(bool modified)
    {
        var model = new BgNbd(1.2, 4, 0.7, 2, modified);
        var random = new Random(9);
        double expected = 0,
            bought = 0,
            silent = 0,
            wereSilent = 0;
        const int people = 40_000;
        for (int i = 0; i < people; i++)
        {
            var (record, later) = Draw(model, random, 30, 20);
            expected += model.Expected(record, 20);
            silent += model.NoPurchase(record, 20);
            bought += later;
            wereSilent += later == 0 ? 1 : 0;
        }
        expected.ShouldBe(bought, 0.03 * bought);
        silent.ShouldBe(wereSilent, 0.01 * people);
    }

    [Fact]
    public void Expectations_have_no_pole_at_one_and_no_overflow_for_frequent_buyers()
    {
        var buyer = new BuyingRecord(3, 20, 30);
        double Near(double a) => new BgNbd(0.5, 5, a, 2).Expected(buyer, 26);
        Near(1).ShouldBe((Near(0.99) + Near(1.01)) / 2, 1e-4);
        new BgNbd(0.5, 5, 0.5, 0.5).Expected(new(0, 0, 10), 26).ShouldBeInRange(0.1, 3);
        new BgNbd(0.5, 0.1, 0.01, 50).Expected(new(900, 100, 100), 500).ShouldBeInRange(1000, 4500);
        new BgNbd(0.5, 5, 1e-5, 1e4).Expected(buyer, 26).ShouldBe(3.5 / 35 * 26, 0.01);
    }

    [Fact]
    public void The_next_purchase_of_an_active_customer_comes_within_its_quantiles()
    {
        var model = new BgNbd(0.5, 5, 0.8, 2.5);
        var buyer = new BuyingRecord(6, 28, 30);
        double low = model.NextPurchase(buyer, 0.1),
            middle = model.NextPurchase(buyer, 0.5),
            high = model.NextPurchase(buyer, 0.9);
        low.ShouldBeLessThan(middle);
        middle.ShouldBeLessThan(high);
        // P(purchase within the median | active) is one half.
        (1 - (model.NoPurchase(buyer, middle) - (1 - model.Active(buyer))) / model.Active(buyer)).ShouldBe(0.5, 1e-9);
        // Whoever buys more often comes back sooner, and when is known better.
        var seldom = buyer with { Repeats = 1 };
        (model.NextPurchase(seldom, 0.9) / model.NextPurchase(seldom, 0.1)).ShouldBeGreaterThan(high / low);
    }

    [Fact]
    public void Intervals_of_a_shop_with_fifty_orders_are_wide_and_hold_the_truth()
    {
        var random = new Random(11);
        int held = 0,
            shops = 0;
        double widest = 0;
        for (int shop = 0; shop < 60; shop++)
        {
            var truth = new BgNbd(Between(0.2, 1.5), Between(3, 12), Between(0.3, 1.5), Between(1, 5));
            var records = new List<BuyingRecord>();
            for (int orders = 0; orders < 50; orders += 1 + records[^1].Repeats)
                records.Add(Draw(truth, random, 10 + 30 * random.NextDouble()).Record);
            if (BuyingFit.Obstacle(records) is not null)
                continue;
            shops++;
            var fit = BuyingFit.Fit(records, priors: BuyingFit.Pooled);
            var (_, low, high) = fit.Interval(Total);
            held += Total([truth.R, truth.Alpha, truth.A, truth.B]) is var right && right >= low && right <= high ? 1 : 0;
            widest = Math.Max(widest, high / low);
            low.ShouldBeGreaterThan(0);
            (high / low).ShouldBeGreaterThan(1.3);

            double Total(double[] parameters) => records.Sum(record => BuyingFit.Model(parameters).Expected(record, 26));
        }
        output.WriteLine($"{held} of {shops} intervals of 90 % hold the truth; the widest spans a factor of {widest:0.0}");
        shops.ShouldBeGreaterThan(30);
        held.ShouldBeGreaterThanOrEqualTo((int)(0.8 * shops));

        double Between(double low, double high) => low + (high - low) * random.NextDouble();
    }

    [Fact]
    public void Where_nearly_nobody_came_back_there_is_not_enough_data_yet()
    {
        BuyingFit.Obstacle([.. Enumerable.Repeat(new BuyingRecord(0, 0, 10), 300)])!.ShouldContain("Not enough data yet");
        BuyingFit.Obstacle([.. Enumerable.Repeat(new BuyingRecord(1, 5, 10), 30)]).ShouldBeNull();
    }

    [NeedsDataFact(Records)]
    public void Priors_give_way_to_a_thousand_customers()
    {
        var sample = Sample();
        var records = sample.Select(row => row.Record).ToList();
        var (free, drawn) = (BuyingFit.Fit(records), BuyingFit.Fit(records, priors: BuyingFit.Pooled));
        for (int i = 0; i < 4; i++)
            Math.Abs(drawn.Parameters[i] - free.Parameters[i]).ShouldBeLessThan(0.5 * free.StandardErrors[i]);
    }

    // A customer who buys and leaves as the model says: the record after some weeks, and purchases in the weeks after them.
    static (BuyingRecord Record, int Later) Draw(BgNbd model, Random random, double weeks, double more = 0)
    {
        double rate = Gamma(model.R, random) / model.Alpha;
        double leave = Gamma(model.A, random),
            leaving = leave / (leave + Gamma(model.B, random));
        int repeats = 0,
            later = 0;
        double last = 0;
        bool active = !model.Modified || random.NextDouble() >= leaving;
        for (double time = 0; active; )
        {
            time -= Math.Log(1 - random.NextDouble()) / rate;
            if (time > weeks + more)
                break;
            if (time <= weeks)
                (repeats, last) = (repeats + 1, time);
            else
                later++;
            active = random.NextDouble() >= leaving;
        }
        return (new(repeats, last, weeks), later);
    }

    // Marsaglia, Tsang: A simple method for generating gamma variables (2000).
    static double Gamma(double shape, Random random)
    {
        if (shape < 1)
            return Gamma(shape + 1, random) * Math.Pow(1 - random.NextDouble(), 1 / shape);
        double d = shape - 1 / 3.0,
            c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            double v = Math.Pow(1 + c * normal, 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < 0.5 * normal * normal + d - d * v + d * Math.Log(v))
                return d * v;
        }
    }

    static double Correlation(double[] a, double[] b)
    {
        double ma = a.Average(),
            mb = b.Average();
        return a.Zip(b, (x, y) => (x - ma) * (y - mb)).Sum()
            / Math.Sqrt(a.Sum(x => (x - ma) * (x - ma)) * b.Sum(y => (y - mb) * (y - mb)));
    }

    static List<Published> Sample()
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(SharedData.Path(Records)), CompressionMode.Decompress));
        reader.ReadLine();
        var rows = new List<Published>();
        while (reader.ReadLine() is { } line)
        {
            // id,master_id,x,t_x,T,m_x,holdout,holdout_spend,bg_exp39,bg_palive,bg_pnone39,gg_exp_value
            double[] f =
            [
                .. line.Split(',').Select(field => field.Length == 0 ? 0 : double.Parse(field, CultureInfo.InvariantCulture)),
            ];
            rows.Add(new(new((int)f[2], f[3], f[4]), f[5], (int)f[6], f[8], f[9], f[10], f[11]));
        }
        return rows;
    }
}
