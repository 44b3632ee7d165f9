using System.CommandLine;
using Personalization.Storage.Models;

namespace Personalization.Models.Commands;

/// <summary>"rollback": the version before is put back in use.</summary>
static class RollbackVerb
{
    public static Command Of(CommandContext context) =>
        new("rollback", "Put the version back in use that the present one replaced.")
        {
            Kind(context, "churn", "The churn model.", data => new ModelRegistry(data)),
            Kind(context, "value", "The value model.", data => new ValueRegistry(data)),
            Kind(context, "recommendations", "The ranking model.", data => new RankingRegistry(data)),
        };

    static Command Kind<TModel>(CommandContext context, string kind, string description, Func<string, ModelFolder<TModel>> of)
        where TModel : class, IStoredModel<TModel>
    {
        var command = new Command(kind, description).With(SharedOptions.Data, SharedOptions.By, SharedOptions.Reason);
        command.SetAction(parsed =>
        {
            var folder = of(parsed.GetRequiredValue(SharedOptions.Data));
            var entry = folder.Rollback(
                parsed.GetValue(SharedOptions.By)!,
                parsed.GetValue(SharedOptions.Reason)!,
                context.Clock.GetUtcNow()
            );
            PromoteVerb.Print(context.Console, folder.Noun, entry);
        });
        return command;
    }
}
