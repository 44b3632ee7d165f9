using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Trees;

namespace Personalization.Models.Training;

/// <summary>What a method learns from.</summary>
/// <param name="Train">Rows and how they ended.</param>
/// <param name="Present">
/// Customers as they stand when the model is used: population models are fitted to them. Labels are not looked at.
/// </param>
/// <param name="HorizonDays">Of the labels.</param>
/// <param name="Version">What the model is to be called.</param>
/// <param name="Settings">Of trees; its seed draws the folds.</param>
public sealed record ChurnTask(Snapshots Train, Snapshots Present, int HorizonDays, string Version, BoostingSettings Settings);

/// <summary>A model just trained, not yet judged on later data.</summary>
/// <param name="Method">What trained it.</param>
/// <param name="Model">Ready to serve.</param>
/// <param name="Trees">Trees in its forest.</param>
/// <param name="HeldOutScores">Per row of the training rows, the score by a model that did not see its customer.</param>
/// <param name="HeldOut">The same as risks, calibrated.</param>
/// <param name="CrossValidatedLogLoss">Of <paramref name="HeldOut"/>.</param>
/// <param name="Seconds">Processor time of the fit, cross-validation included.</param>
public sealed record TrainedChurn(
    string Method,
    ChurnModel Model,
    int Trees,
    double[] HeldOutScores,
    double[] HeldOut,
    double CrossValidatedLogLoss,
    double Seconds
)
{
    /// <summary>What ML.NET trained of it, as its own tools open it, a zip file: of a blend the trees; null: nothing.</summary>
    public byte[]? Zip { get; init; }

    /// <summary>From what a method found to a model that serves: calibration, warning threshold, the shop's averages.</summary>
    /// <param name="method">Its name.</param>
    /// <param name="task">What it learned from.</param>
    /// <param name="forest">Trees, or the constant part of the score.</param>
    /// <param name="terms">The rest of the score; null: none.</param>
    /// <param name="heldOutScores">One per training row, on the scale of the score.</param>
    /// <param name="started">Processor time before the fit.</param>
    public static TrainedChurn Of(
        string method,
        ChurnTask task,
        Forest forest,
        RiskTerms? terms,
        double[] heldOutScores,
        TimeSpan started
    )
    {
        var (calibration, heldOut) = Calibrating.Choose(
            heldOutScores,
            task.Train.Labels,
            task.Train.Customers,
            task.Settings.Seed + 1
        );
        return Of(method, task, forest, terms, heldOutScores, heldOut, calibration, started);
    }

    /// <summary>The same where the calibration is known.</summary>
    public static TrainedChurn Of(
        string method,
        ChurnTask task,
        Forest forest,
        RiskTerms? terms,
        double[] heldOutScores,
        double[] heldOut,
        Calibration calibration,
        TimeSpan started
    )
    {
        var train = task.Train;
        // Customers whom it is too late to keep are not warned of: they do not influence the threshold.
        int[] keepable = [.. Enumerable.Range(0, train.Count).Where(i => !ChurnModel.IsLost(train.Row(i), task.HorizonDays))];
        float threshold = WarningThreshold.Choose(
            [.. keepable.Select(i => calibration.Probability(heldOutScores[i]))],
            [.. keepable.Select(i => train.Labels[i])]
        );
        var model = new ChurnModel(
            task.Version,
            task.HorizonDays,
            threshold,
            forest,
            calibration,
            PopulationFit.Fit(train, task.HorizonDays),
            terms
        );
        double loss = 0;
        for (int i = 0; i < train.Count; i++)
            loss += PairedLoss.Loss(heldOut[i], train.Labels[i]) / train.Count;
        return new(
            method,
            model,
            forest.Trees,
            heldOutScores,
            heldOut,
            loss,
            (Environment.CpuUsage.TotalTime - started).TotalSeconds
        );
    }
}
