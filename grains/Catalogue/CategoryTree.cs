using System.Collections.Concurrent;

namespace Personalization.Catalogue;

/// <summary>The shop's categories as numbers, from 0. A node is a name below a parent, so "Jackets" below "Men" and below
/// "Women" are two. Nodes are never removed. Many readers without locks, one writer.</summary>
public sealed class CategoryTree
{
    /// <summary>A number that no category has.</summary>
    public const int Nowhere = 1 << 24;

    readonly ConcurrentDictionary<(int Parent, string Name), int> _numbers = new(new NodeComparer());
    volatile Node[] _nodes = new Node[64];
    volatile int _count;

    /// <summary>Number of categories known; all numbers are below it.</summary>
    public int Count => _count;

    /// <summary>The number of the innermost node of the path, made if new; -1 for an empty path. Writer only.</summary>
    public int Intern(ReadOnlySpan<string> path)
    {
        var number = -1;
        foreach (var name in path)
            number = _numbers.TryGetValue((number, name), out var known) ? known : Add(number, name);
        return number;
    }

    /// <summary>Finds the node at the end of a path such as <c>Clothing &gt; Jackets</c>. A single name that is no outermost
    /// category finds the first category of that name at any depth.</summary>
    public bool TryFind(string text, out int category)
    {
        category = -1;
        var path = CategoryPath.Parse(text);
        foreach (var name in path)
            if (!_numbers.TryGetValue((category, name), out category))
                return path.Length == 1 && TryName(path[0], out category);
        return category >= 0;
    }

    /// <summary>The category above, or -1 for an outermost one.</summary>
    public int ParentOf(int category) => (uint)category < (uint)_count ? _nodes[category].Parent : -1;

    /// <summary>The category's own name, without those above it.</summary>
    public string NameOf(int category) => (uint)category < (uint)_count ? _nodes[category].Name : "";

    /// <summary>The text form of the whole path.</summary>
    public string PathOf(int category) =>
        ParentOf(category) is >= 0 and var parent ? PathOf(parent) + " > " + NameOf(category) : NameOf(category);

    /// <summary>Whether <paramref name="category"/> is <paramref name="ancestor"/> or lies below it.</summary>
    public bool IsWithin(int category, int ancestor)
    {
        for (; category >= 0; category = ParentOf(category))
            if (category == ancestor)
                return true;
        return false;
    }

    bool TryName(string name, out int category)
    {
        for (category = 0; category < _count; category++)
            if (_nodes[category].Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return true;
        category = -1;
        return false;
    }

    int Add(int parent, string name)
    {
        var number = _count;
        var room = _nodes;
        if (number == room.Length)
            Array.Resize(ref room, number * 2);
        room[number] = new Node(parent, name);
        _nodes = room;
        _count = number + 1;
        _numbers[(parent, name)] = number;
        return number;
    }

    readonly record struct Node(int Parent, string Name);

    sealed class NodeComparer : IEqualityComparer<(int Parent, string Name)>
    {
        public bool Equals((int Parent, string Name) x, (int Parent, string Name) y) =>
            x.Parent == y.Parent && x.Name.Equals(y.Name, StringComparison.OrdinalIgnoreCase);

        public int GetHashCode((int Parent, string Name) node) =>
            HashCode.Combine(node.Parent, node.Name.GetHashCode(StringComparison.OrdinalIgnoreCase));
    }
}
