using System.ComponentModel.DataAnnotations;

namespace Personalization.Import;

/// <summary>Section <c>Imports</c>.</summary>
public sealed record ImportSettings
{
    /// <summary>Bytes of the files of one import that is sent to the server. The default is 2 GiB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long MaxBytes { get; init; } = 2L << 30;
}
