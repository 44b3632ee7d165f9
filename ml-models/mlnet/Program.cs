using Personalization.Models;
using Personalization.Models.MLNet;

// The same command line, with ML.NET's trainers beside the built-in ones.
return new ModelCommands(Terminal.Create(), TimeProvider.System, Recorded.Histories, Recorded.Acts, MLNetMethods.All).Run(args);
