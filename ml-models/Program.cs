using Personalization.Models;

return new ModelCommands(Terminal.Create(), TimeProvider.System, Recorded.Histories, Recorded.Acts).Run(args);
