using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Storage.Models;
using Personalization.Tests.Churn;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Models;

public sealed class ModelRegistryTests : IDisposable
{
    static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    readonly string _data = Directory.CreateTempSubdirectory().FullName;

    ModelRegistry Registry => new(_data);

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public void R72_without_a_promoted_model_there_is_none()
    {
        new ModelRegistry(_data).TryCurrent(out string? problem).ShouldBeNull();
        problem.ShouldBeNull();
        Register("a");
        new ModelRegistry(_data).TryCurrent(out _).ShouldBeNull();
        Registry.Versions().ShouldBe(["a"]);
    }

    [Fact]
    public void R72_promoting_and_rolling_back_change_what_is_in_use_and_are_logged()
    {
        foreach (string version in (string[])["a", "b", "c"])
        {
            Register(version);
            Registry.Promote(version, "ana", "better", At);
        }
        Registry.CurrentVersion().ShouldBe("c");
        new ModelRegistry(_data).TryCurrent(out _)!.Version.ShouldBe("c");

        Registry.Rollback("rui", "complaints", At);
        Registry.CurrentVersion().ShouldBe("b");
        Registry.Rollback("rui", "more complaints", At);
        Registry.CurrentVersion().ShouldBe("a");
        Should.Throw<InvalidOperationException>(() => Registry.Rollback("rui", "", At)).Message.ShouldContain("\"a\"");
        Registry
            .Promotions()
            .Select(entry => $"{entry.By} {entry.Action} {entry.Previous}>{entry.Version}")
            .ShouldBe(["ana promote >a", "ana promote a>b", "ana promote b>c", "rui rollback c>b", "rui rollback b>a"]);
    }

    [Fact]
    public void R72_one_bit_of_a_models_file_is_noticed_and_the_version_before_is_known()
    {
        Register("a");
        Register("b");
        Registry.Promote("a", "ana", "first", At);
        Registry.Promote("b", "ana", "better", At);
        string path = Path.Combine(_data, "models", "churn", "b", "model.bin");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);

        Registry.TryCurrent(out string? problem).ShouldBeNull();
        problem.ShouldNotBeNull().ShouldContain("checksum");
        Registry.PreviousVersion().ShouldBe("a");
    }

    [Fact]
    public void R72_what_cannot_be_loaded_is_not_put_in_use()
    {
        Register("a");
        Register("broken");
        Registry.Promote("a", "ana", "first", At);
        File.WriteAllBytes(Path.Combine(_data, "models", "churn", "broken", "model.bin"), [1, 2, 3]);
        Should.Throw<InvalidDataException>(() => Registry.Promote("broken", "ana", "", At));
        Should.Throw<InvalidDataException>(() => Registry.Promote("nowhere", "ana", "", At));
        Should.Throw<InvalidDataException>(() => Registry.Promote("../a", "ana", "", At));
        Registry.CurrentVersion().ShouldBe("a");
        Registry.Promotions().Count.ShouldBe(1);
    }

    [Fact]
    public void R72_a_model_in_use_that_was_damaged_is_reported_and_not_served()
    {
        Register("a");
        Registry.Promote("a", "ana", "first", At);
        File.WriteAllBytes(Path.Combine(_data, "models", "churn", "a", "model.bin"), [1, 2, 3]);
        new ModelRegistry(_data).TryCurrent(out string? problem).ShouldBeNull();
        problem.ShouldNotBeNull();
    }

    [Theory]
    // Few customers: a little worse is noise, much worse is not. Many: a little worse is worse.
    [InlineData(300, 0.02, true)]
    [InlineData(300, 3.0, false)]
    [InlineData(20_000, 0.02, true)]
    [InlineData(20_000, 0.3, false)]
    public void R72_a_model_that_is_worse_beyond_noise_is_not_promoted(int customers, double noise, bool promoted)
    {
        var random = new Random(5);
        double[] truth = [.. Enumerable.Range(0, customers).Select(_ => random.NextDouble())];
        bool[] churned = [.. truth.Select(risk => random.NextDouble() < risk)];
        double[] worse = [.. truth.Select(risk => Math.Clamp(risk + noise * (random.NextDouble() - 0.5), 0.01, 0.99))];
        var contest = Contest.Of(worse, truth, churned);
        var (promote, reason) = PromotionGate.Decide(contest.Challenger, inUse: true, contest);
        promote.ShouldBe(promoted, reason);
        reason.ShouldContain("AUC");
        PromotionGate.Decide(contest.Challenger, inUse: true, null).Promote.ShouldBeFalse();
        PromotionGate.Decide(contest.Challenger, inUse: true, contest, sameHorizon: false).Promote.ShouldBeFalse();
    }

    void Register(string version)
    {
        var model = new ChurnModel(version, 90, 0.5f, SampleForest.Random(1), Calibration.None, new(60, 25, 2));
        Registry.Register(model, new { By = "ana" });
    }
}
