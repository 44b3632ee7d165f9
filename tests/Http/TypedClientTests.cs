using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>TypeScript types that openapi-typescript generates from the description fit a storefront's program (R92).</summary>
public sealed class TypedClientTests(SharedServer shared) : IClassFixture<SharedServer>
{
    [NeedsClientsFact]
    public async Task A_TypeScript_client_compiles_strictly_and_is_answered_as_its_types_say()
    {
        using var folder = new TempDirectory();
        Directory.CreateDirectory(folder.Path);
        var (packages, program) = (Path.Combine(RealClientTests.Scripts!, "node_modules"), "typed-client.ts");
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "node_modules"), packages);
        File.Copy(Path.Combine(RealClientTests.Scripts!, program), Path.Combine(folder.Path, program));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "package.json"), """{"type":"module"}""");
        var description = await shared.Server.Http.GetStringAsync("/openapi/v1.json");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "openapi.json"), description);

        await RunAsync("node_modules/openapi-typescript/bin/cli.js", "openapi.json", "-o", "api.d.ts");
        await RunAsync("node_modules/typescript/bin/tsc", "--strict", "--module", "nodenext", "--target", "es2022", program);
        (await RunAsync("typed-client.js", shared.Server.Url, TestServer.SecretKey))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe(["recommended ts-2 Stove 20", "typed viewed ts-1", "0 warnings", "404 /problems/not-found"]);

        async Task<string> RunAsync(string script, params string[] arguments)
        {
            var (code, said) = await RealClientTests.RunAsync(script, arguments, folder.Path);
            code.ShouldBe(0, said);
            return said;
        }
    }
}
