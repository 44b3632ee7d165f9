using System.CommandLine;

namespace Personalization.Models;

/// <summary>Options that commands about all kinds of models have.</summary>
internal static class SharedOptions
{
    public static Option<string> Data() =>
        new("--data")
        {
            Description = "The server's data directory; models live in its folder models.",
            DefaultValueFactory = _ => "data",
        };

    public static Option<string> By() =>
        new("--by") { Description = "Who does this, for the log.", DefaultValueFactory = _ => Environment.UserName };

    public static Option<string> Reason() =>
        new("--reason") { Description = "For the log.", DefaultValueFactory = _ => "by hand" };

    public static Option<int> Seed() =>
        new("--seed")
        {
            Description = "Of the generators that sample; the same seed gives the same model.",
            DefaultValueFactory = _ => 1,
        };
}
