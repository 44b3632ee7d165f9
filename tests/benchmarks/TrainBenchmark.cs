using System.Diagnostics;
using Personalization.Codec;
using Personalization.Events;

namespace Personalization.Benchmarks;

/// <summary>
/// Training straight from a journal of ten million events, in a process of its own so that its memory is training's alone:
/// 400,000 customers who view, now and then buy, and one day come no more.
/// </summary>
static class TrainBenchmark
{
    const int Events = 10_000_000,
        Customers = 400_000,
        Days = 540,
        Group = 20_000;
    static readonly long Start = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        var data = shop.Scratch;
        MakeJournal(data);
        Figures.Note($"journal of {new FileInfo(Path.Combine(data, "journal.db")).Length / 1_048_576} MB");
        var end = DateTimeOffset.FromUnixTimeMilliseconds(Start).AddDays(Days);
        var started = Stopwatch.GetTimestamp();
        using var training = Process.Start(
            new ProcessStartInfo(
                "dotnet",
                [
                    Path.Combine(AppContext.BaseDirectory, "Personalization.Models.dll"),
                    "train",
                    "churn",
                    "--data",
                    data,
                    "--as-of",
                    $"{end:yyyy-MM-dd}",
                    "--by",
                    "benchmarks",
                ]
            )
            {
                RedirectStandardOutput = true,
            }
        )!;
        var said = training.StandardOutput.ReadToEndAsync();
        long peak = 0;
        while (!training.HasExited)
        {
            training.Refresh();
            try
            {
                peak = Math.Max(peak, training.PeakWorkingSet64);
            }
            catch (InvalidOperationException)
            {
                break;
            }
            await Task.WhenAny(training.WaitForExitAsync(), Task.Delay(200));
        }
        if (training.ExitCode != 0)
            throw new InvalidOperationException(await said);
        figures.Add("train 10M events", Stopwatch.GetElapsedTime(started).TotalSeconds, "s");
        figures.Add("train memory", peak / 1_048_576.0, "MB", target: "at most 2,048");
    }

    static void MakeJournal(string data)
    {
        using var journal = new RawJournal(data);
        var random = new Random(1);
        var gone = new short[Customers];
        for (var i = 0; i < Customers; i++)
            gone[i] = (short)random.Next(30, 2 * Days);
        var versions = new int[Customers];
        var rows = new List<RawJournal.Row>(Group);
        using var body = new ByteWriter();
        using var personal = new ByteWriter();
        var one = new CustomerEvent[1];
        for (var i = 0; i < Events; i++)
        {
            var time = Start + (long)((double)i / Events * Days * 86_400_000);
            var day = (short)((time - Start) / 86_400_000);
            int customer;
            do customer = random.Next(Customers);
            while (gone[customer] < day);
            var buys = random.Next(12) == 0;
            one[0] = new Tracked
            {
                Time = time,
                Received = time,
                Kind = buys ? EventKind.OrderCompleted : EventKind.ProductViewed,
                Lines = [new OrderLine(random.Next(1, 20_000), 1, 100_000)],
                Reference = buys ? $"o{i}" : null,
                Amount = buys ? random.Next(50_000, 900_000) : 0,
                BaseAmount = buys ? 200_000 : null,
                Visit = versions[customer] + 1,
            };
            body.Clear();
            personal.Clear();
            EventCodec.Write(one, body, personal);
            rows.Add(new RawJournal.Row(customer + 1, ++versions[customer], time, body.ToArray(), null, null));
            if (rows.Count < Group && i + 1 < Events)
                continue;
            journal.Write(rows, Group);
            rows.Clear();
        }
    }
}
