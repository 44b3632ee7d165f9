using Personalization.Commands;

return await ServerCommands.RunAsync(args);
