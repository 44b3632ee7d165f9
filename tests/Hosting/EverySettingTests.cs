using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Personalization.Hosting;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Hosting;

/// <summary>What holds of every setting there is, found by looking at the records that they are read into.</summary>
public sealed class EverySettingTests
{
    /// <summary>Durations that may be nothing: one waits for nothing there.</summary>
    static readonly string[] MayBeZero =
    [
        "Server:ShutdownDelay",
        "Server:DrainTimeout",
        "Outreach:Pause",
        "Outreach:Playbooks:abandoned-cart:Delay",
    ];

    public static TheoryData<string> OfANumberOrTime =>
        new(All().Where(one => one.Type != typeof(string)).Select(one => one.Path).Distinct());

    public static TheoryData<string> Intervals =>
        new(All().Where(one => one.Type == typeof(TimeSpan)).Select(one => one.Path).Distinct().Except(MayBeZero));

    public static TheoryData<string> Sections =>
        new(typeof(ServerSettings).GetProperties().Where(one => one.CanWrite).Select(one => one.Name));

    [Theory]
    [MemberData(nameof(OfANumberOrTime))]
    public void One_of_the_wrong_kind_stops_the_start_with_a_line_that_names_it(string path) =>
        Refusal((path, "a wrong kind")).ShouldContain(line => line.StartsWith(path + " "));

    [Theory]
    [MemberData(nameof(Intervals))]
    public void An_interval_or_timeout_that_is_zero_or_negative_stops_the_start(string path)
    {
        foreach (var value in new[] { "00:00:00", "-00:00:01" })
            Refusal((path, value)).ShouldContain(line => line.StartsWith(path + " "));
    }

    [Theory]
    [MemberData(nameof(OfANumberOrTime))]
    public void A_misspelt_name_stops_the_start_and_the_right_one_is_told(string path)
    {
        var parts = path.Split(':');
        var wrong = string.Join(':', [.. parts[..^1], parts[^1] + "x"]);
        var line = Refusal((wrong, "1")).First(line => line.StartsWith(wrong));
        line.ShouldContain($"known here: {parts[^1]}");
    }

    [Theory]
    [MemberData(nameof(Sections))]
    public void A_misspelt_section_stops_the_start_and_the_right_one_is_told(string section)
    {
        var wrong = section[..^1] + (section[^1] == 'x' ? 'y' : 'x');
        Refusal((wrong + ":Name", "1")).ShouldContain(line => line.StartsWith(wrong) && line.Contains($"known: {section}"));
    }

    [Fact]
    public void A_section_that_nobody_reads_is_a_mistake_in_a_file_and_another_programs_in_the_environment()
    {
        using var directory = new TempDirectory();
        Directory.CreateDirectory(directory.Path);
        var file = Path.Combine(directory.Path, "appsettings.json");
        File.WriteAllText(file, """{"Loyalty":{"Points":1},"Tracking":"off","Logging":{"LogLevel":{"Default":"Warning"} } }""");
        var settings = new ConfigurationBuilder().AddJsonFile(file).Build();
        var lines = Should
            .Throw<ArgumentException>(() => ServerSettings.Read(settings, ServerOptions.DefaultUrls))
            .Message.Split(Environment.NewLine);
        lines.Length.ShouldBe(2);
        lines.ShouldContain(line => line.StartsWith("Loyalty is not a section"));
        lines.ShouldContain(line => line.StartsWith("Tracking holds other settings"));
        Bound.Read(("Loyalty:Points", "1"));
    }

    [Fact]
    public void A_section_of_Orleans_is_refused_as_this_program_configures_it() =>
        Refusal(("Orleans:ClusterId", "x")).ShouldHaveSingleItem().ShouldStartWith("Orleans:ClusterId ");

    static string[] Refusal(params (string Path, string? Value)[] settings) =>
        Should.Throw<ArgumentException>(() => Bound.Read(settings)).Message.Split(Environment.NewLine);

    static IEnumerable<(string Path, Type Type)> All() => Below(typeof(ServerSettings), "");

    /// <summary>A record in a list stands under a name of its own, one in a dictionary under one of its keys.</summary>
    static IEnumerable<(string Path, Type Type)> Below(Type record, string prefix)
    {
        foreach (var property in record.GetProperties().DistinctBy(property => property.Name))
        {
            if (property is not { CanWrite: true, SetMethod.IsPublic: true } || property.IsDefined(typeof(KeyAttribute)))
                continue;
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var path = prefix + property.Name;
            if (IsValue(type))
                yield return (path, type);
            else if (type.IsGenericType && type.GenericTypeArguments is [var item] && IsKeyed(item))
                foreach (var one in Below(item, path + ":abandoned-cart:"))
                    yield return one;
            else if (!type.IsGenericType && !type.IsArray)
                foreach (var one in Below(type, path + ":"))
                    yield return one;
        }
    }

    static bool IsKeyed(Type type) => type.GetProperties().Any(property => property.IsDefined(typeof(KeyAttribute)));

    static bool IsValue(Type type) =>
        type.IsEnum
        || type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IParsable<>));
}
