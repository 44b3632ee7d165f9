using System.CommandLine;
using Personalization.Storage.Models;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>"promote": a version is put in use, whatever the figures say.</summary>
static class PromoteVerb
{
    public static Command Of(CommandContext context) =>
        new("promote", "Put a version in use; running servers notice.")
        {
            Kind(context, "churn", "A churn model.", data => new ModelRegistry(data)),
            Kind(context, "value", "A value model.", data => new ValueRegistry(data)),
            Kind(context, "recommendations", "A ranking model.", data => new RankingRegistry(data)),
        };

    static Command Kind<TModel>(CommandContext context, string kind, string description, Func<string, ModelFolder<TModel>> of)
        where TModel : class, IStoredModel<TModel>
    {
        var command = new Command(kind, description).With(SharedOptions.Data, SharedOptions.By, SharedOptions.Reason);
        command.Add(SharedOptions.Version);
        command.SetAction(parsed =>
        {
            var folder = of(parsed.GetRequiredValue(SharedOptions.Data));
            var entry = folder.Promote(
                parsed.GetRequiredValue(SharedOptions.Version),
                parsed.GetValue(SharedOptions.By)!,
                parsed.GetValue(SharedOptions.Reason)!,
                context.Clock.GetUtcNow()
            );
            Print(context.Console, folder.Noun, entry);
        });
        return command;
    }

    public static void Print(IAnsiConsole console, string noun, Promotion entry) =>
        console.MarkupLineInterpolated(
            $"The {noun} [bold]{entry.Version}[/] is in use ({entry.Action}); before: {entry.Previous ?? "none"}."
        );
}
