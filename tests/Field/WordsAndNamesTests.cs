using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Field;

/// <summary>Field cases about what stands where an object or a name belongs.</summary>
public class WordsAndNamesTests
{
    [FieldFact("01-empty-list")]
    public async Task An_empty_list_where_an_object_is_optional_is_absent()
    {
        var field = new FieldCase("01-empty-list");
        await using var server = await TestServer.StartAsync();
        foreach (var call in (string[])["track", "identify"])
            (await field.SendAsync(server, $"/v1/{call}", $"{call}.json")).Status.ShouldBe(200, call);
        var (_, batch) = await field.SendAsync(server, "/v1/batch", "batch.json");
        batch.GetProperty("accepted").GetInt32().ShouldBe(3);

        var (_, customer) = await server.GetAsync("/v1/customers/php-1");
        customer.GetProperty("events").GetInt32().ShouldBe(5);
    }
}
