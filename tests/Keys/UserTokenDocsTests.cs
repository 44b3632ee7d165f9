using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Personalization.Keys;
using Personalization.Shop;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Keys;

/// <summary>A theory of an interpreter, skipped where it is absent.</summary>
public sealed class NeedsProgramFactAttribute : FactAttribute
{
    public NeedsProgramFactAttribute(string program) =>
        Skip = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(path => File.Exists(Path.Combine(path, program)))
            ? null
            : $"{program} is absent.";
}

/// <summary>What docs/trust.md shows makes tokens that are taken, in every language it shows.</summary>
public sealed class UserTokenDocsTests
{
    const string Secret = "a-secret-of-the-shop-with-32-characters",
        UserId = "u-1 ⚘";

    static readonly string Page = File.ReadAllText(
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../../docs/trust.md"))
    );

    [NeedsProgramFact("node")]
    public Task Node() =>
        TakenAsync(
            "node",
            "--input-type=module",
            "-e",
            Snippet("js") + "\nconsole.log(userToken(process.argv[1], process.argv[2]))"
        );

    [NeedsProgramFact("python3")]
    public Task Python() =>
        TakenAsync("python3", "-c", Snippet("python") + "\nimport sys\nprint(user_token(sys.argv[1], sys.argv[2]))");

    [NeedsProgramFact("php")]
    public Task Php() => TakenAsync("php", "-r", Snippet("php") + "\necho user_token($argv[1], $argv[2]);", "--");

    [NeedsProgramFact("ruby")]
    public Task Ruby() => TakenAsync("ruby", "-e", Snippet("ruby") + "\nputs user_token(ARGV[0], ARGV[1])");

    [Fact]
    public void CSharp()
    {
        var support = File.ReadAllText(
            Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../Support/UserTokenOf.cs"))
        );
        foreach (var line in Snippet("csharp").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            support.ShouldContain(line.Trim());
        IsTaken(UserTokenOf.Make(Secret, UserId, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60)).ShouldBeTrue();
    }

    static async Task TakenAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, [.. arguments, Secret, UserId]) { RedirectStandardOutput = true }
        )!;
        var token = (await process.StandardOutput.ReadToEndAsync()).Trim();
        await process.WaitForExitAsync();
        IsTaken(token).ShouldBeTrue(token);
        IsTaken(token[..^1]).ShouldBeFalse();
    }

    static bool IsTaken(string token) =>
        new UserTokens(new SigningSecret(Secret), new ShopClock(TimeProvider.System)).IsValid(token, UserId);

    /// <summary>The page's first lines in a language.</summary>
    static string Snippet(string language) =>
        Regex.Match(Page, $"```{language}\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;

    static string Here([CallerFilePath] string file = "") => file;
}
