using System.Runtime.InteropServices;

namespace Personalization.Import;

/// <summary>A row that could not be read: its line (from 1) and what is wrong with it, without personal values.</summary>
public readonly record struct RejectedRow(long Line, string Reason);

/// <summary>Rows that are left out on purpose, for instance lines without a customer.</summary>
public readonly record struct LeftOut(string Reason, long Count);

/// <summary>What reading one file came upon besides facts.</summary>
public sealed class ImportNotes(Action<RejectedRow>? rejected = null)
{
    readonly Dictionary<string, long> _leftOut = [];

    /// <summary>Rows read so far, headers not counted.</summary>
    public long Rows { get; private set; }

    public long Rejected { get; private set; }

    /// <summary>In the order in which the reasons were met.</summary>
    public IEnumerable<LeftOut> LeftOut => _leftOut.Select(pair => new LeftOut(pair.Key, pair.Value));

    /// <summary>The order of the file's dates, where they need one.</summary>
    public DateOrder Dates { get; set; }

    /// <summary>Of times without an offset; null for UTC.</summary>
    public TimeZoneInfo? Zone { get; set; }

    /// <summary>When the file was written, Unix milliseconds: the time of what it says without one.</summary>
    public long Written { get; set; }

    /// <summary>The character set that the file was read in.</summary>
    public string Charset { get; set; } = "utf-8";

    public void Row() => Rows++;

    public void Reject(long line, string reason)
    {
        Rejected++;
        rejected?.Invoke(new RejectedRow(line, reason));
    }

    public void LeaveOut(string reason) => CollectionsMarshal.GetValueRefOrAddDefault(_leftOut, reason, out _)++;
}
