namespace Personalization.Leadership;

/// <summary>Work that is done by one process of a shop at a time. It may be started again after it was stopped.</summary>
public interface ILeaderTask : IHostedService;
