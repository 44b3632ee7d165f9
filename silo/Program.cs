using Personalization.Commands;
using Personalization.Storage.Files;

PrivateFiles.ByDefault();
return await ServerCommands.RunAsync(args);
