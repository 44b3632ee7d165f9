using System.Text.Json;
using Personalization.Journal;
using Personalization.Models;

namespace Personalization.Storage.Models;

/// <summary>
/// Models in the database that servers share. What is put in use on one machine's disk is written there, and what was put in use
/// elsewhere later is brought to this disk: the newest promotion wins. The disk stays the working copy. Stored under
/// "model.KIND" (the promotion) and "model.KIND.VERSION" (the version's files).
/// </summary>
public static class SharedModels
{
    /// <returns>Whether the version in use on this disk has changed.</returns>
    public static async Task<bool> SyncAsync<TModel>(
        ISettings settings,
        ModelFolder<TModel> folder,
        CancellationToken cancel = default
    )
        where TModel : class, IStoredModel<TModel>
    {
        string name = $"model.{folder.Kind}";
        var shared = await settings.ReadSettingAsync(name, cancel) is { } bytes
            ? JsonSerializer.Deserialize<Promotion>(bytes, JsonSerializerOptions.Web)
            : null;
        var own = folder.CurrentVersion() is null ? null : folder.Promotions().LastOrDefault();
        if (own is not null && (shared is null || own.At > shared.At))
        {
            // The model before the entry that it is in use: whatever reads the entry finds the model.
            if (await settings.ReadSettingAsync($"{name}.{own.Version}", cancel) is null)
                await settings.SaveSettingAsync($"{name}.{own.Version}", folder.Pack(own.Version), cancel);
            await settings.SaveSettingAsync(name, JsonSerializer.SerializeToUtf8Bytes(own, JsonSerializerOptions.Web), cancel);
            return false;
        }
        if (shared is null || (own is not null && shared.At <= own.At))
            return false;
        if (!folder.Has(shared.Version))
        {
            var packed = await settings.ReadSettingAsync($"{name}.{shared.Version}", cancel)
                ?? throw new InvalidDataException(
                    $"The database says that the {folder.Noun} \"{shared.Version}\" is in use, but does not hold it."
                );
            folder.Adopt(shared.Version, packed);
        }
        folder.Use(shared);
        return true;
    }
}
