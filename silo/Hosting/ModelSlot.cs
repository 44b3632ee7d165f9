using Personalization.Customers;
using Personalization.Journal;
using Personalization.Models;
using Personalization.Storage.Models;

namespace Personalization.Hosting;

/// <summary>One kind of model as this process uses it.</summary>
/// <param name="folder">The versions on disk, and which of them is in use.</param>
/// <param name="put">The context with this model in it.</param>
/// <param name="otherwise">What happens where the version in use cannot be read, for the log.</param>
sealed partial class ModelSlot<TModel>(
    ModelFolder<TModel> folder,
    CurrentShop shop,
    Func<ShopContext, TModel, ShopContext> put,
    string otherwise,
    ILogger log
)
    where TModel : class, IStoredModel<TModel>
{
    readonly string _name = char.ToUpperInvariant(folder.Noun[0]) + folder.Noun[1..];
    string? _seen;
    bool _isLoaded;

    /// <summary>Loads the version in use; where it cannot be read, says so once.</summary>
    /// <returns>Whether another model is in use than before.</returns>
    public bool Load()
    {
        var version = folder.CurrentVersion();
        if (version is null || version == _seen)
            return false;
        _seen = version;
        if (folder.TryCurrent(out var problem) is { } model)
        {
            Use(model, version);
            return true;
        }
        if (problem is null)
            return false;
        Log.Unreadable(log, _name, version, problem, otherwise);
        return !_isLoaded && LoadPrevious();
    }

    /// <summary>At a start there is no model to go on with but the one that was in use before.</summary>
    bool LoadPrevious()
    {
        if (folder.PreviousVersion() is not { } previous)
            return false;
        try
        {
            Use(folder.Load(previous), previous);
            return true;
        }
        catch (Exception unreadable) when (unreadable is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Log.Unreadable(log, _name, previous, unreadable.Message, "");
            return false;
        }
    }

    void Use(TModel model, string version)
    {
        shop.Change(context => put(context, model));
        _isLoaded = true;
        Log.InUse(log, _name, version);
    }

    /// <summary>What was put in use on another server's disk comes to this one through the database, and the other way round.</summary>
    public Task ShareAsync(ISettings settings, CancellationToken cancel) => SharedModels.SyncAsync(settings, folder, cancel);

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Name} {Version} is in use.")]
        public static partial void InUse(ILogger log, string name, string version);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Name} {Version} cannot be used: {Problem} {Otherwise}")]
        public static partial void Unreadable(ILogger log, string name, string version, string problem, string otherwise);
    }
}
