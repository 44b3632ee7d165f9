using Personalization.Commands;
using Personalization.Models.Commands;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Personalization.Tests.Hosting;

/// <summary>Every user of a machine can read the command lines of its processes.</summary>
public sealed class CommandLineTests
{
    const string Database = "Host=127.0.0.1;Database=shop;Username=shop;Password=secret";

    [Theory]
    [InlineData("serve")]
    [InlineData("demo")]
    [InlineData("import", "csv", "none.csv")]
    public async Task A_database_with_its_password_is_refused(params string[] verb)
    {
        var (code, said) = await RefusedAsync(() => ServerCommands.RunAsync([.. verb, "--database", Database]));
        code.ShouldBe(1);
        said.ShouldContain("PERSONALIZATION_DATABASE");
        said.ShouldNotContain("Password=");
    }

    [Fact]
    public async Task So_it_is_by_the_program_of_the_models()
    {
        var (code, said) = await RefusedAsync(() =>
            Task.FromResult(
                new ModelCommands(
                    AnsiConsole.Console,
                    TimeProvider.System,
                    (_, _) => [],
                    (_, _, _) => throw new InvalidOperationException()
                ).Run(["train", "churn", "--database", Database])
            )
        );
        code.ShouldNotBe(0);
        said.ShouldContain("PERSONALIZATION_DATABASE");
    }

    static async Task<(int Code, string Said)> RefusedAsync(Func<Task<int>> run)
    {
        var (before, heard) = (Console.Error, new StringWriter());
        Console.SetError(heard);
        try
        {
            return (await run(), heard.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }
}
