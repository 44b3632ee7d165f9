using Npgsql;
using Personalization.Journal;

namespace Personalization.Storage.Postgres;

/// <summary>
/// Where a connection string may stand that holds a password: in the environment or in a file. Every user of the machine can
/// read a command line.
/// </summary>
public static class DatabaseSetting
{
    public const string Variable = "PERSONALIZATION_DATABASE",
        FileVariable = "PERSONALIZATION_DATABASE_FILE";

    /// <summary>Why a connection string must not stand on a command line; null where it may.</summary>
    public static string? ProblemOnCommandLine(string? text) =>
        HasPassword(text)
            ? $"--database holds a password, which every user of this machine can read there: set {Variable}, "
                + $"or name a file with the connection string in {FileVariable}."
            : null;

    /// <summary>The connection string in a file; null where none is named.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be read.</exception>
    public static string? InFile(string? path)
    {
        if (string.IsNullOrEmpty(path))
            return null;
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"{FileVariable} names {path}, which cannot be read: {wrong.Message}", wrong);
        }
    }

    static bool HasPassword(string? text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text).Password is { Length: > 0 };
        }
        catch (Exception none) when (none is ArgumentException or FormatException)
        {
            // Opening it says what is wrong; it must not be on the command line for that.
            return text!.Contains("password", StringComparison.OrdinalIgnoreCase);
        }
    }
}
