using System.Text;

namespace Personalization.Recommendations;

/// <summary>What made an answer. An id of an answer has room for its key only; the store knows the rest.</summary>
/// <param name="Strategy">As in <see cref="Answer.Strategy"/>.</param>
/// <param name="Model">Version of the ranking model; null where none ranked.</param>
public sealed record AnswerSource(string Strategy, string? Model)
{
    string Text => $"{Strategy}\t{Model}";

    /// <summary>FNV-1a over the UTF-8 of both, 32 bits: stable for ever, as it stands in the journal. Never 0.</summary>
    public uint Key
    {
        get
        {
            var hash = 2166136261u;
            foreach (var b in Bytes)
                hash = (hash ^ b) * 16777619u;
            return hash == 0 ? 1 : hash;
        }
    }

    public byte[] Bytes => Encoding.UTF8.GetBytes(Text);

    public static AnswerSource Of(byte[] bytes) =>
        Encoding.UTF8.GetString(bytes).Split('\t') is [var strategy, { Length: > 0 } model, ..]
            ? new AnswerSource(strategy, model)
            : new AnswerSource(Encoding.UTF8.GetString(bytes).TrimEnd('\t'), null);
}
