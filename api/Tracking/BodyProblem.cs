using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Personalization.Problems;

namespace Personalization.Tracking;

/// <summary>What can be wrong with the bytes before there are any fields.</summary>
static class BodyProblem
{
    public static readonly Problem Empty = Problem.BadBody("The body is empty.", "Send a JSON object.");

    public static readonly Problem NotAnObject = Problem.BadBody("It is JSON, but no object.", "Send a JSON object.");

    /// <summary>The parser's own message is left out: it repeats what was sent.</summary>
    public static Problem NotJson(JsonException broken) =>
        Problem.BadBody(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Not JSON, or nested too deeply: line {broken.LineNumber + 1 ?? 1}, byte {broken.BytePositionInLine + 1 ?? 1}."
            ),
            "Send valid JSON (RFC 8259), nested at most 64 deep."
        );

    /// <summary>The problem of bytes that are no UTF-8, or null.</summary>
    public static Problem? NotUtf8(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            return null;
        var position = 0;
        while (Rune.DecodeFromUtf8(bytes[position..], out _, out var length) == System.Buffers.OperationStatus.Done)
            position += length;
        return Problem.BadBody(
            string.Create(CultureInfo.InvariantCulture, $"It is not UTF-8: byte {position}, counted from 0."),
            "Send text encoded in UTF-8."
        );
    }
}
