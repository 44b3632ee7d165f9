using System.Globalization;
using System.IO.Compression;
using Personalization.Catalogue;
using Personalization.Recommendations;
using Personalization.Support;
using Shouldly;
using Xunit.Abstractions;

namespace Personalization.Tests.Recommendations;

/// <summary>Next-item prediction on real visits: the index is built from the training file and frozen, and every fourth prefix of
/// the test file is asked for its next product.</summary>
public class RetailRocketTests(ITestOutputHelper output)
{
    const string TrainFile = "retailrocket-train.tsv.gz",
        TestFile = "retailrocket-test.txt.gz";

    [NeedsDataFact(TrainFile, TestFile)]
    public void The_next_product_is_found_as_often_as_the_field_finds_it()
    {
        var catalogue = new ProductCatalogue();
        var index = new ItemIndex(new(), catalogue);
        var now = Train(SharedData.Path(TrainFile), index, catalogue);
        var (hits, reciprocal, asked) = (0, 0.0, 0);
        var into = new Recommendation[20];
        var line = 0;
        foreach (var text in Lines(SharedData.Path(TestFile)))
        {
            if (line++ % 4 != 0)
                continue;
            var items = text.Split(' ');
            var touches = items[..^1].Select((x, i) => new Touch(Number(x, catalogue), now + i, Signal.View, 1)).ToArray();
            var request = new RecommendationRequest { Count = 20, Now = now + touches.Length };
            var count = Recommender.Recommend(request, new() { Touches = touches, Visit = 1 }, index, catalogue, into).Count;
            asked++;
            if (!catalogue.TryNumber(items[^1], out var next))
                continue;
            var rank = Array.FindIndex(into, 0, count, x => x.Product == next);
            if (rank < 0)
                continue;
            hits++;
            reciprocal += 1.0 / (rank + 1);
        }
        output.WriteLine($"HR@20 {(double)hits / asked:0.000}, MRR@20 {reciprocal / asked:0.000} over {asked} prefixes");
        ((double)hits / asked).ShouldBeGreaterThan(0.5);
        (reciprocal / asked).ShouldBeGreaterThan(0.26);
    }

    static int Train(string path, ItemIndex index, ProductCatalogue catalogue)
    {
        var now = 0;
        foreach (var line in Lines(path).Skip(1))
        {
            var fields = line.Split('\t');
            now = (int)double.Parse(fields[2], CultureInfo.InvariantCulture);
            index.Record(ulong.Parse(fields[0], CultureInfo.InvariantCulture), Number(fields[1], catalogue), Signal.View, now);
        }
        return now;
    }

    static int Number(string id, ProductCatalogue catalogue)
    {
        if (catalogue.TryNumber(id, out var number))
            return number;
        number = catalogue.Count;
        catalogue.Apply(new Product { Number = number, Id = id });
        return number;
    }

    static IEnumerable<string> Lines(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
