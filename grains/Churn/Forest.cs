namespace Personalization.Churn;

/// <summary>A node of a tree; a leaf has <see cref="Feature"/> -1 and its value in <see cref="Threshold"/>.</summary>
/// <param name="Threshold">A row goes left when its value is below; of a leaf: what it adds to the score.</param>
/// <param name="Left">Index of the left child in the forest's nodes.</param>
/// <param name="Right">Index of the right child.</param>
/// <param name="Feature">Column, or -1 of a leaf.</param>
/// <param name="MissingLeft">Where a missing value (NaN) goes, as learned.</param>
public readonly record struct ForestNode(float Threshold, int Left, int Right, short Feature, bool MissingLeft)
{
    public bool IsLeaf => Feature < 0;
}

/// <summary>
/// Gradient boosted trees as one flat array of nodes. They score here, whatever trained them.
/// </summary>
public sealed class Forest
{
    const int Magic = 0x31545246; // "FRT1"

    readonly ForestNode[] _nodes;
    readonly float[] _cover;
    readonly int[] _roots;
    readonly CompleteTrees? _complete;

    /// <param name="nodes">All trees' nodes; children stand after their parent.</param>
    /// <param name="cover">Weight of the training rows that passed each node; SHAP needs it.</param>
    /// <param name="roots">Index of each tree's root.</param>
    /// <param name="bias">Log-odds before the first tree.</param>
    /// <param name="features">How many columns a row has.</param>
    /// <exception cref="InvalidDataException">The arrays do not describe trees.</exception>
    public Forest(ForestNode[] nodes, float[] cover, int[] roots, double bias, int features)
    {
        (_nodes, _cover, _roots, Bias, Features) = (nodes, cover, roots, bias, features);
        Validate();
        Expectation = bias;
        foreach (int root in roots)
        {
            Expectation += Mean(root);
            Depth = Math.Max(Depth, Deepest(root));
        }
        _complete = Depth <= CompleteTrees.MaxDepth ? new(nodes, roots, Depth) : null;
    }

    /// <summary>No trees: every row scores the same.</summary>
    public static Forest Constant(double score, int features) => new([], [], [], score, features);

    public double Bias { get; }

    /// <summary>Columns of a row.</summary>
    public int Features { get; }

    public int Trees => _roots.Length;

    /// <summary>Splits on the longest way from a root to a leaf.</summary>
    public int Depth { get; }

    /// <summary>Mean score over the training rows: what contributions start from.</summary>
    public double Expectation { get; }

    internal ReadOnlySpan<ForestNode> Nodes => _nodes;

    internal ReadOnlySpan<float> Cover => _cover;

    internal ReadOnlySpan<int> Roots => _roots;

    /// <summary>Log-odds of one row.</summary>
    public double Score(ReadOnlySpan<float> row)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(row.Length, Features);
        return _complete?.Score(row[..Features], Bias) ?? Walk(row);
    }

    /// <summary>Log-odds of many rows, <see cref="Features"/> values each: several at once, to the same last bit.</summary>
    /// <param name="rows">Row after row.</param>
    /// <param name="scores">One per row.</param>
    public void Score(ReadOnlySpan<float> rows, Span<double> scores)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rows.Length, scores.Length * Features);
        if (_complete is not null)
            _complete.Score(rows, Features, Bias, scores);
        else
            for (int i = 0; i < scores.Length; i++)
                scores[i] = Walk(rows.Slice(i * Features, Features));
    }

    /// <summary>What one tree adds to a row's score.</summary>
    public float Leaf(int tree, ReadOnlySpan<float> row)
    {
        ref readonly var node = ref _nodes[_roots[tree]];
        while (node.Feature >= 0)
            node = ref _nodes[GoesLeft(node, row[node.Feature]) ? node.Left : node.Right];
        return node.Threshold;
    }

    // The plain way, for trees too deep to be filled up.
    double Walk(ReadOnlySpan<float> row)
    {
        double score = Bias;
        for (int tree = 0; tree < _roots.Length; tree++)
            score += Leaf(tree, row);
        return score;
    }

    internal static bool GoesLeft(in ForestNode node, float value) =>
        value < node.Threshold || (float.IsNaN(value) && node.MissingLeft);

    public void Save(BinaryWriter writer)
    {
        writer.Write(Magic);
        writer.Write(Bias);
        writer.Write(_roots.Length);
        foreach (int root in _roots)
            writer.Write(root);
        writer.Write(_nodes.Length);
        for (int i = 0; i < _nodes.Length; i++)
        {
            writer.Write(_nodes[i].Threshold);
            writer.Write(_nodes[i].Left);
            writer.Write(_nodes[i].Right);
            writer.Write(_nodes[i].Feature);
            writer.Write(_nodes[i].MissingLeft);
            writer.Write(_cover[i]);
        }
    }

    /// <param name="reader">Where <see cref="Save"/> wrote to.</param>
    /// <param name="columns">For each column of the file, the column of a row now.</param>
    /// <param name="features">Columns of a row now.</param>
    /// <exception cref="InvalidDataException">Not a forest, or a damaged one.</exception>
    public static Forest Load(BinaryReader reader, ReadOnlySpan<short> columns, int features)
    {
        if (reader.ReadInt32() != Magic)
            throw new InvalidDataException("This is not a forest of a known format.");
        double bias = reader.ReadDouble();
        var roots = new int[Length(reader)];
        for (int i = 0; i < roots.Length; i++)
            roots[i] = reader.ReadInt32();
        var nodes = new ForestNode[Length(reader)];
        var cover = new float[nodes.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            var (threshold, left, right) = (reader.ReadSingle(), reader.ReadInt32(), reader.ReadInt32());
            short feature = reader.ReadInt16();
            if (feature >= columns.Length)
                throw new InvalidDataException("A tree of this forest splits on a feature that the file does not name.");
            nodes[i] = new(threshold, left, right, feature < 0 ? (short)-1 : columns[feature], reader.ReadBoolean());
            cover[i] = reader.ReadSingle();
        }
        return new(nodes, cover, roots, bias, features);
    }

    static int Length(BinaryReader reader)
    {
        int length = reader.ReadInt32();
        return length is >= 0 and < 10_000_000 ? length : throw new InvalidDataException("This forest's file is damaged.");
    }

    void Validate()
    {
        bool sound = _cover.Length == _nodes.Length;
        foreach (int root in _roots)
            sound &= (uint)root < (uint)_nodes.Length;
        for (int i = 0; i < _nodes.Length && sound; i++)
        {
            var node = _nodes[i];
            // Children after their parent: walking down always ends.
            sound = node.IsLeaf || (node.Feature < Features && Child(node.Left, i) && Child(node.Right, i) && _cover[i] > 0);
        }
        if (!sound)
            throw new InvalidDataException("The arrays of this forest do not describe trees.");
    }

    bool Child(int child, int parent) => child > parent && child < _nodes.Length;

    double Mean(int index)
    {
        var node = _nodes[index];
        return node.IsLeaf
            ? node.Threshold
            : (Mean(node.Left) * _cover[node.Left] + Mean(node.Right) * _cover[node.Right]) / _cover[index];
    }

    int Deepest(int index) => _nodes[index].IsLeaf ? 0 : 1 + Math.Max(Deepest(_nodes[index].Left), Deepest(_nodes[index].Right));
}
