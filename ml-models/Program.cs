using Personalization.Models.Commands;
using Personalization.Models.Histories;
using Personalization.Storage.Files;

PrivateFiles.ByDefault();
var terminal = Terminal.Create();
var recorded = new ServerRecords(terminal);
return new ModelCommands(terminal, TimeProvider.System, recorded.Histories, recorded.Acts).Run(args);
