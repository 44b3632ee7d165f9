using Microsoft.ML.Trainers.FastTree;
using Personalization.Churn;

namespace Personalization.Models.MLNet;

/// <summary>ML.NET's regression trees as the flat forest that grains score.</summary>
internal static class FlatForest
{
    /// <param name="ensemble">As trained on <see cref="MLNetRows"/>.</param>
    /// <param name="scale">From the ensemble's score to log-odds.</param>
    /// <param name="offset">Log-odds where the ensemble's score is 0.</param>
    /// <param name="train">Rows it learned from: how many pass a node is what SHAP weighs by.</param>
    /// <param name="most">Trees to take, the first of them.</param>
    public static Forest Of(
        TreeEnsemble<RegressionTree> ensemble,
        double scale,
        double offset,
        Snapshots train,
        int most = int.MaxValue
    )
    {
        var (nodes, roots) = (new List<ForestNode>(), new List<int>());
        for (int tree = 0; tree < Math.Min(most, ensemble.Trees.Count); tree++)
        {
            roots.Add(nodes.Count);
            Add(
                nodes,
                ensemble.Trees[tree],
                ensemble.Trees[tree].NumberOfNodes == 0 ? ~0 : 0,
                scale * ensemble.TreeWeights[tree]
            );
        }
        return new([.. nodes], Cover(nodes, roots, train), [.. roots], offset + scale * ensemble.Bias, ChurnFeatures.Count);
    }

    // A child below 0 is the leaf of its complement.
    private static int Add(List<ForestNode> nodes, RegressionTree tree, int child, double scale)
    {
        int index = nodes.Count;
        if (child < 0)
        {
            nodes.Add(new((float)(scale * tree.LeafValues[~child]), 0, 0, -1, false));
            return index;
        }
        if (tree.CategoricalSplitFlags[child])
            throw new InvalidOperationException("A tree with a categorical split is none that grains can score.");
        nodes.Add(default);
        float threshold = tree.NumericalSplitThresholds[child];
        int left = Add(nodes, tree, tree.LeftChild[child], scale),
            right = Add(nodes, tree, tree.RightChild[child], scale);
        // There a row goes left up to and with the threshold, here below it.
        nodes[index] = new(
            float.BitIncrement(threshold),
            left,
            right,
            (short)tree.NumericalSplitFeatureIndexes[child],
            MLNetRows.Missing <= threshold
        );
        return index;
    }

    private static float[] Cover(List<ForestNode> nodes, List<int> roots, Snapshots train)
    {
        var cover = new float[nodes.Count];
        for (int row = 0; row < train.Count; row++)
            foreach (int root in roots)
            {
                int index = root;
                for (cover[index]++; !nodes[index].IsLeaf; cover[index]++)
                {
                    var node = nodes[index];
                    float value = train.Value(row, (ChurnFeature)node.Feature);
                    index = value < node.Threshold || (float.IsNaN(value) && node.MissingLeft) ? node.Left : node.Right;
                }
            }
        for (int i = 0; i < cover.Length; i++)
            cover[i] = Math.Max(cover[i], 1e-6f);
        return cover;
    }
}
