using Spectre.Console;

namespace Personalization.Models;

/// <summary>The console as it is: colours on a terminal, plain text where output goes to a file or a pipe.</summary>
public static class Terminal
{
    public static IAnsiConsole Create() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect,
        Interactive = Console.IsOutputRedirected ? InteractionSupport.No : InteractionSupport.Detect,
    });
}
