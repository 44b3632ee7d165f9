using System.CommandLine;
using Personalization.Journal;
using Personalization.Models.Histories;
using Personalization.Storage.Files;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>
/// The command line of data scientists: train, evaluate, compare, drift, export-features, promote, rollback, list.
/// </summary>
/// <param name="console">Where tables and progress go.</param>
/// <param name="clock">The time of a training and a promotion.</param>
/// <param name="histories">Reads what a server recorded; null: only files can be learned from.</param>
/// <param name="acts">The same for recommendations.</param>
public sealed class ModelCommands(
    IAnsiConsole console,
    TimeProvider clock,
    HistoryReader? histories = null,
    ActReader? acts = null
)
{
    /// <summary>The exit code of a training whose model is registered, and not used as the one in use is better.</summary>
    public const int NotPutInUse = 2;

    /// <summary>
    /// Runs the command line and returns the exit code: 0 done, 1 not done (and said why), 2 done, and something is to be looked
    /// at (a model that was not put in use, a feature that drifts).
    /// </summary>
    public int Run(string[] args)
    {
        var context = new CommandContext(console, clock, histories, acts);
        var root = new RootCommand("Trains, judges and manages the models of a personalization server.")
        {
            TrainVerb.Of(context),
            EvaluateVerb.Of(context),
            CompareVerb.Of(context),
            DriftVerb.Of(context),
            ExportFeaturesVerb.Of(context),
            PromoteVerb.Of(context),
            RollbackVerb.Of(context),
            ListVerb.Of(context),
        };
        try
        {
            return root.Parse(args).Invoke(new() { EnableDefaultExceptionHandler = false });
        }
        catch (Exception problem)
            when (problem
                    is IOException
                        or InvalidDataException
                        or InvalidOperationException
                        or UnauthorizedAccessException
                        or StoreUnavailableException
                        or ImportException
            )
        {
            console.MarkupLineInterpolated($"[red]{problem.Message}[/]");
            return 1;
        }
    }
}
