namespace Personalization.Churn;

/// <summary>
/// A forest's trees filled up to one depth, so that scoring takes the same steps for every row: no branch to mispredict, and
/// the processor walks several trees at once.
/// </summary>
internal sealed class CompleteTrees
{
    /// <summary>Deeper trees would be mostly padding.</summary>
    public const int MostDepth = 5;

    private readonly record struct Test(float Threshold, short Feature, bool MissingRight);

    private readonly int _depth;
    private readonly Test[] _tests;
    private readonly float[] _leaves;

    public CompleteTrees(ForestNode[] nodes, int[] roots, int depth)
    {
        _depth = depth;
        _tests = new Test[roots.Length * ((1 << depth) - 1)];
        _leaves = new float[roots.Length << depth];
        for (int tree = 0; tree < roots.Length; tree++)
            Fill(nodes, roots[tree], tree, 0, 0);
    }

    public double Score(ReadOnlySpan<float> row, double bias)
    {
        double score = bias;
        int depth = _depth, inner = (1 << depth) - 1, trees = _leaves.Length >> depth;
        ReadOnlySpan<Test> tests = _tests;
        for (int tree = 0; tree < trees; tree++, tests = tests[inner..])
        {
            int at = 0;
            for (int level = 0; level < depth; level++)
            {
                ref readonly var test = ref tests[at];
                float value = row[test.Feature];
                bool right = (value >= test.Threshold) | (float.IsNaN(value) & test.MissingRight);
                at = 2 * at + 1 + (right ? 1 : 0);
            }
            score += _leaves[(tree << depth) + at - inner];
        }
        return score;
    }

    // Below an early leaf all tests lead to copies of it.
    private void Fill(ForestNode[] nodes, int index, int tree, int level, int at)
    {
        int inner = (1 << _depth) - 1;
        var node = nodes[index];
        if (level == _depth)
        {
            _leaves[(tree << _depth) + at - inner] = node.Threshold;
            return;
        }
        _tests[tree * inner + at] = node.IsLeaf ? default : new(node.Threshold, node.Feature, !node.MissingLeft);
        Fill(nodes, node.IsLeaf ? index : node.Left, tree, level + 1, 2 * at + 1);
        Fill(nodes, node.IsLeaf ? index : node.Right, tree, level + 1, 2 * at + 2);
    }
}
