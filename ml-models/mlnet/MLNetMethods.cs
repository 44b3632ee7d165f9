using System.Runtime.InteropServices;
using Microsoft.ML.Trainers.LightGbm;

namespace Personalization.Models.MLNet;

/// <summary>ML.NET's trainers as ways to foretell churn.</summary>
public static class MLNetMethods
{
    public const string FastTree = "ML.NET FastTree",
        LightGbm = "ML.NET LightGBM",
        Logistic = "ML.NET L-BFGS";

    public static IReadOnlyList<ChurnMethod> All { get; } =
    [
        new(Logistic, ChurnTraining.Obstacle, (task, _) => MLNetLogistic.Fit(Logistic, task)),
        new(FastTree, ChurnTraining.Obstacle, (task, progress) => MLNetTrees.FastTree(FastTree, task, progress)),
        new(
            LightGbm,
            train =>
                LightGbmIsThere() ? ChurnTraining.Obstacle(train) : "LightGBM's native library is not there for this machine.",
            (task, progress) => MLNetTrees.LightGbm(LightGbm, task, progress)
        ),
    ];

    // LightGBM is native code that its package carries for some processors only.
    internal static bool LightGbmIsThere()
    {
        if (!NativeLibrary.TryLoad("lib_lightgbm", typeof(LightGbmBinaryTrainer).Assembly, null, out nint library))
            return false;
        NativeLibrary.Free(library);
        return true;
    }
}
