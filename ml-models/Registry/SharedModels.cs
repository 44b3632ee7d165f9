using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Personalization.Journal;

namespace Personalization.Models;

/// <summary>
/// Models in the database that servers share. What is put in use on one machine's disk is written there, and what was put in use
/// elsewhere later is brought to this disk: the newest promotion wins. The disk stays the working copy. Stored under
/// "model.KIND" (the promotion) and "model.KIND.VERSION" (card and model).
/// </summary>
public static class SharedModels
{
    /// <returns>Whether the version in use on this disk has changed.</returns>
    public static async Task<bool> SyncAsync<TModel, TCard>(
        IStore store,
        ModelFolder<TModel, TCard> folder,
        CancellationToken cancel = default
    )
        where TModel : class
        where TCard : class
    {
        string name = $"model.{folder.Kind}";
        var shared = await store.ReadSettingAsync(name, cancel) is { } bytes
            ? JsonSerializer.Deserialize<Promotion>(bytes, JsonSerializerOptions.Web)
            : null;
        var own = folder.CurrentVersion() is null ? null : folder.Promotions().LastOrDefault();
        if (own is not null && (shared is null || own.At > shared.At))
        {
            // The model before the word that it is in use: who reads the word finds the model.
            if (await store.ReadSettingAsync($"{name}.{own.Version}", cancel) is null)
                await store.SaveSettingAsync($"{name}.{own.Version}", Pack(folder, own.Version), cancel);
            await store.SaveSettingAsync(name, JsonSerializer.SerializeToUtf8Bytes(own, JsonSerializerOptions.Web), cancel);
            return false;
        }
        if (shared is null || (own is not null && shared.At <= own.At))
            return false;
        if (!folder.Has(shared.Version))
        {
            var packed = await store.ReadSettingAsync($"{name}.{shared.Version}", cancel)
                ?? throw new InvalidDataException(
                    $"The database says that the {folder.Noun} \"{shared.Version}\" is in use, but does not hold it."
                );
            var (card, model) = Unpack(packed);
            folder.Adopt(shared.Version, model, card);
        }
        folder.Use(shared);
        return true;
    }

    // The card's length, the card, the model.
    private static byte[] Pack<TModel, TCard>(ModelFolder<TModel, TCard> folder, string version)
        where TModel : class
        where TCard : class
    {
        byte[] card = Encoding.UTF8.GetBytes(folder.CardText(version) ?? "{}"),
            model = folder.Bytes(version);
        var packed = new byte[4 + card.Length + model.Length];
        BinaryPrimitives.WriteInt32LittleEndian(packed, card.Length);
        card.CopyTo(packed, 4);
        model.CopyTo(packed, 4 + card.Length);
        return packed;
    }

    private static (string Card, byte[] Model) Unpack(byte[] packed)
    {
        int length = packed.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(packed);
        return length >= 0 && length <= packed.Length - 4
            ? (Encoding.UTF8.GetString(packed, 4, length), packed[(4 + length)..])
            : throw new InvalidDataException("A model in the database is damaged.");
    }
}
