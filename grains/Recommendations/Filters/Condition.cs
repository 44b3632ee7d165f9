using Personalization.Catalogue;

namespace Personalization.Recommendations.Filters;

/// <summary>A node of a compiled filter.</summary>
abstract class Condition
{
    public abstract bool Holds(Product product);
}

sealed class And(Condition left, Condition right) : Condition
{
    public override bool Holds(Product product) => left.Holds(product) && right.Holds(product);
}

sealed class Or(Condition left, Condition right) : Condition
{
    public override bool Holds(Product product) => left.Holds(product) || right.Holds(product);
}

sealed class Not(Condition inner) : Condition
{
    public override bool Holds(Product product) => !inner.Holds(product);
}

enum Comparison : byte
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

/// <summary>A text field against one or several texts; several mean "one of".</summary>
sealed class TextCondition(Field field, string? attribute, Comparison comparison, string[] values) : Condition
{
    public override bool Holds(Product product)
    {
        var text = field.Text(product, attribute);
        if (text is null)
            return comparison == Comparison.NotEqual;
        foreach (var value in values)
            if (Holds(text, value))
                return true;
        return false;
    }

    bool Holds(string text, string value) =>
        comparison switch
        {
            Comparison.Equal => text.Equals(value, StringComparison.OrdinalIgnoreCase),
            Comparison.NotEqual => !text.Equals(value, StringComparison.OrdinalIgnoreCase),
            _ => text.Contains(value, StringComparison.OrdinalIgnoreCase),
        };
}

/// <summary>The category against paths: each matches when its names follow one another anywhere in the product's path.</summary>
sealed class CategoryCondition(Comparison comparison, string[][] paths) : Condition
{
    public override bool Holds(Product product)
    {
        var any = false;
        foreach (var path in paths)
            any |= comparison == Comparison.Contains ? AnyContains(product.Category, path[0]) : Follows(product.Category, path);
        return any != (comparison == Comparison.NotEqual);
    }

    static bool Follows(string[] category, string[] path)
    {
        for (var start = 0; start + path.Length <= category.Length; start++)
        {
            var same = 0;
            while (same < path.Length && category[start + same].Equals(path[same], StringComparison.OrdinalIgnoreCase))
                same++;
            if (same == path.Length)
                return true;
        }
        return false;
    }

    static bool AnyContains(string[] category, string value)
    {
        foreach (var name in category)
            if (name.Contains(value, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}

/// <summary>A number field against one or several numbers.</summary>
sealed class NumberCondition(Field field, string? attribute, Comparison comparison, decimal[] values) : Condition
{
    public override bool Holds(Product product)
    {
        if (field.Number(product, attribute) is not { } number)
            return comparison == Comparison.NotEqual;
        foreach (var value in values)
            if (Holds(number, value))
                return true;
        return false;
    }

    bool Holds(decimal number, decimal value) =>
        comparison switch
        {
            Comparison.Equal => number == value,
            Comparison.NotEqual => number != value,
            Comparison.Less => number < value,
            Comparison.LessOrEqual => number <= value,
            Comparison.Greater => number > value,
            _ => number >= value,
        };
}

/// <summary>Hidden or not.</summary>
sealed class HiddenCondition(bool wanted) : Condition
{
    public override bool Holds(Product product) => product.Hidden == wanted;
}
