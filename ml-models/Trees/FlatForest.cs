using Microsoft.ML.Trainers.FastTree;
using Personalization.Churn;
using Personalization.Models.Training;

namespace Personalization.Models.Trees;

/// <summary>ML.NET's regression trees as the flat forest that grains score.</summary>
static class FlatForest
{
    /// <param name="grown">On <see cref="TreeRows"/>.</param>
    /// <param name="train">
    /// Rows it learned from: how many pass a node is what SHAP weighs by. Null: the forest only scores.
    /// </param>
    public static Forest Of(GrownTrees grown, Snapshots? train = null)
    {
        var (ensemble, nodes, roots) = (grown.Ensemble, new List<ForestNode>(), new List<int>());
        for (int i = 0; i < ensemble.Trees.Count; i++)
        {
            var tree = ensemble.Trees[i];
            roots.Add(nodes.Count);
            Add(nodes, tree, tree.NumberOfNodes == 0 ? ~0 : 0, grown.Scale * ensemble.TreeWeights[i]);
        }
        double bias = grown.Offset + grown.Scale * ensemble.Bias;
        return new([.. nodes], Cover(nodes, roots, train), [.. roots], bias, ChurnFeatures.Count);
    }

    // A child below 0 is the leaf of its complement.
    static int Add(List<ForestNode> nodes, RegressionTree tree, int child, double scale)
    {
        int index = nodes.Count;
        if (child < 0)
        {
            nodes.Add(new((float)(scale * tree.LeafValues[~child]), 0, 0, -1, false));
            return index;
        }
        if (tree.CategoricalSplitFlags[child])
            throw new InvalidOperationException("A tree with a categorical split cannot be scored by a flat forest.");
        nodes.Add(default);
        float threshold = tree.NumericalSplitThresholds[child];
        int left = Add(nodes, tree, tree.LeftChild[child], scale),
            right = Add(nodes, tree, tree.RightChild[child], scale);
        // In ML.NET a row goes left up to and including the threshold, here below it.
        nodes[index] = new(
            float.BitIncrement(threshold),
            left,
            right,
            (short)tree.NumericalSplitFeatureIndexes[child],
            TreeRows.Missing <= threshold
        );
        return index;
    }

    static float[] Cover(List<ForestNode> nodes, List<int> roots, Snapshots? train)
    {
        var cover = new float[nodes.Count];
        for (int row = 0; row < train?.Count; row++)
            foreach (int root in roots)
            {
                int index = root;
                for (cover[index]++; nodes[index] is { IsLeaf: false } node; cover[index]++)
                    index = Forest.GoesLeft(node, train.Value(row, (ChurnFeature)node.Feature)) ? node.Left : node.Right;
            }
        // A node that no row passes must still weigh something.
        for (int i = 0; i < cover.Length; i++)
            cover[i] = Math.Max(cover[i], 1e-6f);
        return cover;
    }
}
