using System.Globalization;
using System.IO.Compression;

namespace Personalization.Tests.Models;

/// <summary>A row of the reference splits: a customer at a cutoff, how it ended, and what a reference XGBoost said.</summary>
sealed record ReferenceRow(
    long Customer,
    int Cutoff,
    bool Churned,
    double FutureSpend,
    int PurchaseDays,
    int Span,
    int Tenure,
    double Spend,
    bool Active,
    double BgNbd,
    double XgBoost
);

static class ReferenceSplits
{
    public static List<ReferenceRow> Read(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        string[] header = reader.ReadLine()!.Split(',');
        int silence = Array.IndexOf(header, "bgnbd_pnone"),
            trees = Array.IndexOf(header, "xgb");
        var rows = new List<ReferenceRow>();
        while (reader.ReadLine() is { } line)
        {
            // customer,cutoff,churn,count,spend_future,n,tx_days,T_days,spend,active180,…
            string[] f = line.Split(',');
            rows.Add(
                new(
                    (long)Number(f[0]),
                    Seconds(f[1]),
                    f[2] == "1",
                    Number(f[4]),
                    (int)Number(f[5]),
                    (int)Number(f[6]),
                    (int)Number(f[7]),
                    Number(f[8]),
                    f[9] == "1",
                    Number(f[silence]),
                    Number(f[trees])
                )
            );
        }
        return rows;
    }

    /// <summary>Midnight UTC of a day yyyy-mm-dd, unix seconds.</summary>
    public static int Seconds(string day) =>
        (int)DateTimeOffset.Parse(day, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeSeconds();

    // Predictions stand on the test rows only.
    static double Number(string text) => text.Length == 0 ? double.NaN : double.Parse(text, CultureInfo.InvariantCulture);
}
