using Personalization.Models;
using Spectre.Console;

return new ModelCommands(AnsiConsole.Console, TimeProvider.System).Run(args);
