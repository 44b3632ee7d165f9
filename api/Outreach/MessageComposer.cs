using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using HandlebarsDotNet;
using HandlebarsDotNet.Compiler.Resolvers;

namespace Personalization.Outreach;

/// <summary>The parts of a message that a template makes.</summary>
public sealed record MessageParts(string Subject, string Text, string Html);

/// <summary>A template cannot be used; the message names the file, the line where it is known, and what is wrong.</summary>
public sealed class TemplateException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>
/// Makes messages from Handlebars templates: <c>NAME.subject.hbs</c>, <c>NAME.text.hbs</c> and <c>NAME.html.hbs</c>. A file of the
/// shop's own folder takes the place of the built-in one of the same name, and is read again when it changes. Values are
/// escaped in HTML. Unknown words are errors, not gaps.
/// </summary>
/// <param name="folder">Where a shop puts its own templates; need not exist.</param>
public sealed partial class MessageComposer(string folder)
{
    const string Resources = "Templates/";

    readonly ConcurrentDictionary<string, Compiled> _compiled = [];

    /// <exception cref="TemplateException">A part is missing or wrong.</exception>
    public MessageParts Compose(string template, MessageModel model) =>
        new(
            string.Join(
                ' ',
                Render($"{template}.subject.hbs", model).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            ),
            Render($"{template}.text.hbs", model).Trim() + "\n",
            Render($"{template}.html.hbs", model)
        );

    /// <summary>What is wrong with these templates, one sentence each, found by making a message of each.</summary>
    public IEnumerable<string> Problems(IEnumerable<string> templates)
    {
        var product = new MessageProduct
        {
            Title = "-",
            Price = "-",
            Url = "https://shop.example/",
            Image = "https://shop.example/",
            Reason = "-",
        };
        var model = new MessageModel
        {
            ShopName = "-",
            ShopUrl = "https://shop.example/",
            UnsubscribeUrl = "https://shop.example/",
            FirstName = "-",
            ConfirmUrl = "https://shop.example/",
            Topic = "-",
            CartUrl = "https://shop.example/",
            Cart = [product],
            Recommendations = [product],
        };
        foreach (var template in templates)
        {
            string? problem = null;
            try
            {
                Compose(template, model);
            }
            catch (TemplateException wrong)
            {
                problem = wrong.Message;
            }
            if (problem is not null)
                yield return problem;
        }
    }

    string Render(string file, MessageModel model)
    {
        var template = Get(file);
        try
        {
            return template.Render(model);
        }
        catch (Exception error) // Only the template and a model of plain values are at work: whatever fails is the template.
        {
            throw Wrong(file, LineOf(template.Source, error.Message), error.Message, error);
        }
    }

    Compiled Get(string file)
    {
        var own = Path.Combine(folder, file);
        var version = File.Exists(own) ? File.GetLastWriteTimeUtc(own) : DateTime.MinValue;
        if (_compiled.TryGetValue(file, out var known) && known.Version == version)
            return known;
        var source = version == DateTime.MinValue ? BuiltIn(file) : File.ReadAllText(own);
        if (source is null)
            throw new TemplateException($"There is no template \"{file}\": neither built in nor among the shop's own.");
        return _compiled[file] = new(version, source, Compile(file, source));
    }

    static Func<MessageModel, string> Compile(string file, string source)
    {
        // The page around a message is the same for all; it is written once, and templates fill it.
        var language = Handlebars.Create(
            new HandlebarsConfiguration
            {
                NoEscape = !file.EndsWith(".html.hbs", StringComparison.Ordinal),
                ThrowOnUnresolvedBindingExpression = true,
                ExpressionNameResolver = new UpperCamelCaseExpressionNameResolver(),
            }
        );
        try
        {
            foreach (var part in Parts)
                language.RegisterTemplate(part, BuiltIn($"_{part}.hbs")!);
            var template = language.Compile(source);
            return model => template(model);
        }
        catch (HandlebarsException error)
        {
            throw Wrong(file, LineOfOpenBlock(source), error.Message, error);
        }
    }

    static readonly string[] Parts = ["page", "product"];

    static string? BuiltIn(string file)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resources + file);
        if (stream is null)
            return null;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    static TemplateException Wrong(string file, int? line, string what, Exception cause) =>
        new($"Template \"{file}\"{(line is null ? "" : $", line {line}")}: {what}.", cause);

    /// <summary>An unknown word's error begins with the word, but does not say where it stands.</summary>
    static int? LineOf(string source, string message)
    {
        var at = source.IndexOf(message.Split(' ')[0], StringComparison.OrdinalIgnoreCase);
        return at < 0 ? null : LineAt(source, at);
    }

    /// <summary>
    /// Where a block begins that nothing closes, which is what most broken templates suffer from; null where all are closed.
    /// </summary>
    static int? LineOfOpenBlock(string source)
    {
        var open = new Stack<int>();
        foreach (var tag in Block().EnumerateMatches(source))
            if (source[tag.Index + 2] == '#')
                open.Push(tag.Index);
            else if (!open.TryPop(out _))
                return LineAt(source, tag.Index);
        return open.TryPop(out var unclosed) ? LineAt(source, unclosed) : null;
    }

    [GeneratedRegex(@"\{\{[#/]")]
    private static partial Regex Block();

    static int LineAt(string source, int index) => source.AsSpan(0, index).Count('\n') + 1;

    sealed record Compiled(DateTime Version, string Source, Func<MessageModel, string> Render);
}
