using Personalization.Models;
using Personalization.Models.MLNet;

// The same command line, with ML.NET's trainers beside the built-in ones.
var terminal = Terminal.Create();
var recorded = new Recorded(terminal);
return new ModelCommands(terminal, TimeProvider.System, recorded.Histories, recorded.Acts, MLNetMethods.All).Run(args);
