using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>The console as it is: colours on a terminal, plain text where output goes to a file or a pipe.</summary>
public static class Terminal
{
    public static IAnsiConsole Create()
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect,
                Interactive = Console.IsOutputRedirected ? InteractionSupport.No : InteractionSupport.Detect,
            }
        );
        // A file has no right edge: tables keep their lines whole.
        if (Console.IsOutputRedirected)
            console.Profile.Width = 200;
        return console;
    }
}
