using System.Globalization;
using Personalization.Catalogue;

namespace Personalization.Recommendations.Filters;

/// <summary>Recursive descent over the filter's text: or-list of and-lists of negations of comparisons.</summary>
sealed class FilterParser
{
    readonly string _text;
    Token _token;
    int _depth;

    public FilterParser(string text) => _text = text;

    public FilterError? Error { get; private set; }

    public Condition? Parse()
    {
        if (_text.Length > Filter.MaxLength)
            return Fail(Filter.MaxLength, $"the filter is longer than {Filter.MaxLength} characters", "split or shorten it");
        Next(0);
        var root = Or();
        if (Error is not null)
            return null;
        return _token.Kind == TokenKind.End
            ? root
            : Fail(_token.Start, $"unexpected {Shown()}", "join conditions with and or or");
    }

    Condition? Or()
    {
        var left = And();
        while (Error is null && Takes("or"))
            left = And() is { } right ? new Or(left!, right) : null;
        return left;
    }

    Condition? And()
    {
        var left = Unary();
        while (Error is null && Takes("and"))
            left = Unary() is { } right ? new And(left!, right) : null;
        return left;
    }

    Condition? Unary()
    {
        if (++_depth > Filter.MaxDepth)
            return Fail(_token.Start, $"nested deeper than {Filter.MaxDepth}", "remove parentheses or nots");
        var start = _token.Start;
        Condition? condition;
        if (Takes("not"))
            condition = Unary() is { } inner ? new Not(inner) : null;
        else if (TakesSymbol("("))
            condition = Closed(Or(), start);
        else
            condition = Comparing();
        _depth--;
        return condition;
    }

    Condition? Closed(Condition? inner, int opened)
    {
        if (Error is not null)
            return null;
        return TakesSymbol(")") ? inner : Fail(_token.Start, $"the parenthesis opened at {opened} is not closed", "add )");
    }

    Condition? Comparing()
    {
        if (_token.Kind != TokenKind.Word)
            return Fail(_token.Start, $"a field is expected, not {Shown()}", $"begin a condition with one of {Field.Names}");
        var (field, attribute) = FieldName();
        if (field is null)
            return null;
        if (field.Kind == FieldKind.Flag)
            return Flag();
        var (start, spelled) = (_token.Start, _text[_token.Start.._token.End]);
        if (Takes("in"))
            return Listed(field, attribute);
        if (Takes("contains"))
            return Contained(field, attribute, start);
        if (_token.Kind != TokenKind.Symbol || Operator(spelled) is not { } comparison)
            return Fail(start, $"an operator is expected, not {Shown()}", "use = != < <= > >= in or contains");
        Next(_token.End);
        return Value() is { } value ? Build(field, attribute, comparison, [value], start) : null;
    }

    (Field? Field, string? Attribute) FieldName()
    {
        var start = _token.Start;
        var word = _text.AsSpan(_token.Start, _token.End - _token.Start);
        if (word.StartsWith("attribute.", StringComparison.OrdinalIgnoreCase))
            return AttributeName();
        if (Field.Find(word) is not { } field)
        {
            Fail(start, $"there is no field {Shown()}", $"use one of {Field.Names}");
            return default;
        }
        Next(_token.End);
        return (field, null);
    }

    (Field? Field, string? Attribute) AttributeName()
    {
        var name = _text[(_token.Start + "attribute.".Length).._token.End];
        var start = _token.Start;
        Next(_token.End);
        if (name.Length == 0 && _token.Kind == TokenKind.Text)
        {
            name = _token.Value!;
            Next(_token.End);
        }
        if (name.Length > 0)
            return (Field.Attribute, name);
        Fail(start, "the attribute has no name", "write attribute.color or attribute.\"any name\"");
        return default;
    }

    Condition? Flag()
    {
        var negated = TakesSymbol("!=");
        if (!negated && !TakesSymbol("="))
            return Fail(_token.Start, "hidden is compared with = or !=", "write hidden = true");
        if (Takes("true"))
            return new HiddenCondition(!negated);
        if (Takes("false"))
            return new HiddenCondition(negated);
        return Fail(_token.Start, $"true or false is expected, not {Shown()}", "write hidden = true");
    }

    Condition? Listed(Field field, string? attribute)
    {
        var start = _token.Start;
        if (!TakesSymbol("("))
            return Fail(start, "a list is expected after in", "write in (\"a\", \"b\")");
        var values = new List<Token>();
        do
        {
            if (Value() is not { } value)
                return null;
            values.Add(value);
        } while (TakesSymbol(","));
        return TakesSymbol(")")
            ? Build(field, attribute, Comparison.Equal, values, start)
            : Fail(_token.Start, $"the list opened at {start} is not closed", "separate values with , and end with )");
    }

    Condition? Contained(Field field, string? attribute, int start)
    {
        if (field.Kind == FieldKind.Number)
            return Fail(start, $"{field.Name} is a number", "compare it with = != < <= > >=");
        return Value() is { } value ? Build(field, attribute, Comparison.Contains, [value], start) : null;
    }

    Condition? Build(Field field, string? attribute, Comparison comparison, List<Token> values, int start)
    {
        var numeric = values.TrueForAll(x => x.Kind == TokenKind.Number);
        var textual = values.TrueForAll(x => x.Kind == TokenKind.Text);
        if (field.Kind == FieldKind.Number && !numeric)
            return Fail(values.Find(x => x.Kind != TokenKind.Number).Start, $"{field.Name} is a number", "leave out the quotes");
        if ((field.Kind is FieldKind.Text or FieldKind.Category || comparison == Comparison.Contains) && !textual)
            return Fail(values.Find(x => x.Kind != TokenKind.Text).Start, $"{field.Name} is a text", "put it in quotes");
        if (!numeric && !textual)
            return Fail(start, "the list mixes texts and numbers", "use one kind");
        if (numeric)
            return new NumberCondition(field, attribute, comparison, [.. values.Select(x => x.Number)]);
        if (comparison is not (Comparison.Equal or Comparison.NotEqual or Comparison.Contains))
            return Fail(start, "texts have no order", "use = != in or contains");
        return field.Kind == FieldKind.Category
            ? Categories(comparison, values)
            : new TextCondition(field, attribute, comparison, [.. values.Select(x => x.Value!)]);
    }

    Condition? Categories(Comparison comparison, List<Token> values)
    {
        var paths = new List<string[]>();
        foreach (var value in values)
        {
            var path = comparison == Comparison.Contains ? [value.Value!] : CategoryPath.Parse(value.Value);
            if (path.Length == 0)
                return Fail(value.Start, "the category is empty", "name one, such as \"Clothing > Jackets\"");
            paths.Add(path);
        }
        return new CategoryCondition(comparison, [.. paths]);
    }

    Token? Value()
    {
        var value = _token;
        if (value.Kind is not (TokenKind.Text or TokenKind.Number))
        {
            Fail(value.Start, $"a value is expected, not {Shown()}", "write a number, or a text in quotes");
            return null;
        }
        Next(_token.End);
        return Error is null ? value : null;
    }

    static Comparison? Operator(string symbol) =>
        symbol switch
        {
            "=" => Comparison.Equal,
            "!=" => Comparison.NotEqual,
            "<" => Comparison.Less,
            "<=" => Comparison.LessOrEqual,
            ">" => Comparison.Greater,
            ">=" => Comparison.GreaterOrEqual,
            _ => null,
        };

    bool Takes(string word) => TakesIf(TokenKind.Word, word);

    bool TakesSymbol(string symbol) => TakesIf(TokenKind.Symbol, symbol);

    bool TakesIf(TokenKind kind, string spelled)
    {
        var found =
            _token.Kind == kind
            && _text.AsSpan(_token.Start, _token.End - _token.Start).Equals(spelled, StringComparison.OrdinalIgnoreCase);
        if (found)
            Next(_token.End);
        return found;
    }

    void Next(int from)
    {
        while (from < _text.Length && char.IsWhiteSpace(_text[from]))
            from++;
        if (from == _text.Length)
            _token = new Token(TokenKind.End, from, from);
        else if (_text[from] is '"' or '\'')
            _token = Quoted(from);
        else if (
            char.IsDigit(_text[from]) || (_text[from] is '-' or '.' && from + 1 < _text.Length && char.IsDigit(_text[from + 1]))
        )
            _token = Numeric(from);
        else if (char.IsLetter(_text[from]))
            _token = Word(from);
        else
            _token = Symbol(from);
    }

    Token Quoted(int start)
    {
        var (quote, value) = (_text[start], new System.Text.StringBuilder());
        for (var i = start + 1; i < _text.Length; i++)
        {
            if (_text[i] == quote)
                return new Token(TokenKind.Text, start, i + 1, value.ToString());
            if (_text[i] == '\\' && i + 1 < _text.Length)
                i++;
            value.Append(_text[i]);
        }
        Fail(start, "the text is not closed", $"end it with {quote}");
        return new Token(TokenKind.End, _text.Length, _text.Length);
    }

    Token Numeric(int start)
    {
        var end = start + 1;
        while (end < _text.Length && (char.IsLetterOrDigit(_text[end]) || _text[end] == '.'))
            end++;
        var spelled = _text.AsSpan(start, end - start);
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(spelled, style, CultureInfo.InvariantCulture, out var number))
            Fail(start, $"{spelled} is not a number", "write a number such as 49.90");
        return new Token(TokenKind.Number, start, end, Number: number);
    }

    Token Word(int start)
    {
        var end = start;
        while (end < _text.Length && (char.IsLetterOrDigit(_text[end]) || _text[end] is '_' or '.' or '-'))
            end++;
        return new Token(TokenKind.Word, start, end);
    }

    Token Symbol(int start)
    {
        var two = start + 1 < _text.Length && _text[start] is '!' or '<' or '>' && _text[start + 1] == '=';
        return new Token(TokenKind.Symbol, start, start + (two ? 2 : 1));
    }

    string Shown() => _token.Kind == TokenKind.End ? "the end" : _text[_token.Start.._token.End];

    /// <summary>Keeps the first error; what follows it is usually its consequence.</summary>
    Condition? Fail(int position, string message, string remedy)
    {
        Error ??= new FilterError(position, message, remedy);
        return null;
    }

    enum TokenKind : byte
    {
        End,
        Word,
        Text,
        Number,
        Symbol,
    }

    readonly record struct Token(TokenKind Kind, int Start, int End, string? Value = null, decimal Number = 0);
}
