using Personalization.Commands;
using Personalization.Silo;

return await ServerCommands.RunAsync(args, ClusterHost.Add);
