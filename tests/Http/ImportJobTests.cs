using System.Text;
using System.Text.Json;
using Personalization.Import;
using Personalization.Imports;
using Personalization.Storage.Files;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>Imports while the shop is served (R87).</summary>
public sealed class ImportJobTests(SharedServer shared) : IClassFixture<SharedServer>
{
    const string Query = "/v1/imports?format=csv&map=customer%3Dc,time%3Dt,order%3Do,product%3Dp,price%3De";

    TestServer Server => shared.Server;

    async Task<JsonElement> DoneAsync(JsonElement job)
    {
        for (var tries = 0; job.GetProperty("state").GetString() is "queued" or "running"; tries++)
        {
            tries.ShouldBeLessThan(600);
            await Task.Delay(50);
            job = (await Server.GetAsync($"/v1/imports/{job.GetProperty("id")}")).Body;
        }
        return job;
    }

    async Task<JsonElement> ImportAsync(string path, string body)
    {
        var (status, job) = await Server.PostAsync(path, body, type: "text/csv");
        status.ShouldBe(202);
        return await DoneAsync(job);
    }

    async Task<decimal> RevenueAsync(string customer) =>
        (await Server.GetAsync($"/v1/customers/{customer}")).Body.GetProperty("revenue").GetDecimal();

    [Fact]
    public async Task An_order_that_a_file_and_a_webhook_tell_counts_once()
    {
        await ImportAsync(
            "/v1/imports?format=shopify-orders",
            "Name,Email,Created at,Total,Lineitem sku\n#7701,both@example.test,2026-01-07 09:50:26 +0200,46.80,FIG\n"
        );
        await Server.PostAsync(
            "/v1/track",
            """
            {"userId":"both@example.test","event":"Order Completed","messageId":"shopify-order-99","timestamp":"2026-01-07T07:50:26Z",
             "properties":{"order_id":"7701","total":46.80,"products":[{"product_id":"FIG","quantity":1,"price":46.80}]}}
            """
        );

        (await RevenueAsync("both@example.test")).ShouldBe(46.80m);
    }

    [Fact]
    public async Task A_later_export_that_says_more_was_refunded_adds_the_difference()
    {
        foreach (var refunded in (string[])["5.00", "12.00", "5.00"])
            await ImportAsync(
                "/v1/imports?format=shopify-orders",
                "Name,Email,Financial Status,Created at,Total,Refunded Amount,Lineitem sku\n"
                    + $"#7801,more@example.test,partially_refunded,2026-01-07 09:50:26 +0200,46.80,{refunded},FIG\n"
            );
        (await Server.GetAsync("/v1/customers/more@example.test")).Body.GetProperty("refunded").GetDecimal().ShouldBe(12m);
    }

    [Fact]
    public async Task A_file_of_customers_says_who_wants_messages()
    {
        const string header = "Email,Accepts Email Marketing,First Name\n";
        var job = await ImportAsync(
            "/v1/imports?format=shopify-customers",
            header + "says-yes@example.test,yes,Ana\nsays-no@example.test,no,Max\n"
        );
        job.GetProperty("imported").GetInt32().ShouldBe(4);

        (await GrantedAsync("says-yes@example.test")).ShouldBeTrue();
        (await GrantedAsync("says-no@example.test")).ShouldBeFalse();

        async Task<bool> GrantedAsync(string customer) =>
            (await Server.GetAsync($"/v1/customers/{customer}"))
                .Body.GetProperty("consents")
                .EnumerateArray()
                .ShouldHaveSingleItem()
                .GetProperty("granted")
                .GetBoolean();
    }

    [Fact]
    public async Task A_customer_in_memory_is_current_once_the_import_is_done_and_rejects_are_told()
    {
        await Server.PostAsync("/v1/track", """{"userId":"resident","event":"Page Viewed"}""");
        (await RevenueAsync("resident")).ShouldBe(0);
        const string file = "c,t,o,p,e\nresident,2026-01-05,1,A,12.50\nresident,2026-01-05,2,A,x\n";

        var job = await ImportAsync(Query, file);
        job.GetProperty("state").GetString().ShouldBe("done");
        (
            job.GetProperty("rows").GetInt32(),
            job.GetProperty("imported").GetInt32(),
            job.GetProperty("rejected").GetInt32()
        ).ShouldBe((2, 1, 1));
        (await RevenueAsync("resident")).ShouldBe(12.5m);
        var rejects = await Server.Http.GetStringAsync($"/v1/imports/{job.GetProperty("id")}/rejects");
        rejects.ShouldBe("line\treason\n3\tcolumn 'e' (price) is not an amount\n");

        (await ImportAsync(Query, file)).GetProperty("duplicates").GetInt32().ShouldBe(1);
        (await RevenueAsync("resident")).ShouldBe(12.5m);
    }

    [Fact]
    public async Task An_import_that_takes_nothing_has_failed_and_says_why()
    {
        (await ImportAsync(Query, "c,t,o,p,e\nann,yesterday,1,A,5\n")).GetProperty("error").GetString()!.ShouldContain("rejects");
        var job = await ImportAsync(Query, "c,t,o\nann,2026-01-05,1\n");
        job.GetProperty("state").GetString().ShouldBe("failed");
        job.GetProperty("error").GetString()!.ShouldContain("no column 'p'");
        job.GetProperty("error").GetString()!.ShouldNotContain(Server.Data);
    }

    [Theory]
    [InlineData("/v1/imports", "is no format here")]
    [InlineData("/v1/imports?format=csv", "--map must say")]
    [InlineData("/v1/imports?format=taobao&charset=klingon", "no character set")]
    [InlineData("/v1/imports?format=taobao&timeZone=Mars", "no time zone")]
    public async Task What_cannot_be_meant_is_refused_at_once(string path, string told)
    {
        var (status, problem) = await Server.PostAsync(path, "1,2,3,pv,1511544070\n", type: "text/csv");
        status.ShouldBe(400);
        problem.GetProperty("detail").GetString()!.ShouldContain(told);
    }

    [Fact]
    public async Task Imports_are_listed_a_page_at_a_time_and_forgotten_when_they_are_deleted()
    {
        var first = await ImportAsync("/v1/imports?format=taobao", "l-1,2,3,pv,1511544070\n");
        var second = await ImportAsync("/v1/imports?format=taobao", "l-1,2,3,pv,1511544071\n");
        var page = (await Server.GetAsync("/v1/imports?limit=1")).Body;
        page.GetProperty("imports")[0].GetProperty("id").GetGuid().ShouldBe(second.GetProperty("id").GetGuid());
        var next = (await Server.GetAsync($"/v1/imports?limit=1&next={page.GetProperty("next")}")).Body;
        next.GetProperty("imports")[0].GetProperty("id").GetGuid().ShouldBe(first.GetProperty("id").GetGuid());

        var path = $"/v1/imports/{first.GetProperty("id")}";
        ((int)(await Server.Http.DeleteAsync(path)).StatusCode).ShouldBe(204);
        (await Server.GetAsync(path)).Status.ShouldBe(404);
    }

    [Fact]
    public async Task The_command_uses_the_server_and_has_its_exit_codes()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Server.Data, "own")).FullName;
        string FileOf(string name, string text)
        {
            File.WriteAllText(Path.Combine(folder, name), text, Encoding.Latin1);
            return Path.Combine(folder, name);
        }

        var said = new StringWriter();
        using var import = new ServedImport(ServingAt.In(Server.Data)!, said, false, TimeProvider.System);
        (await import.IsThereAsync(default)).ShouldBeTrue();
        var options = new ImportOptions { Format = "csv", Map = "customer=c,time=t,amount=a" };
        var (one, two) = (FileOf("one.csv", "c,t,a\nMüller,2026-01-05,5\n"), FileOf("two.csv", "c,t,a\nMüller,2026-01-06,7\n"));
        (await import.RunAsync(options, [one, two], default)).ShouldBe(0);
        said.ToString().ShouldContain("one.csv was read as windows-1252");
        said.ToString().ShouldContain("imported 2 events");
        (await RevenueAsync("M%C3%BCller")).ShouldBe(12);

        (await import.RunAsync(options, [FileOf("bad.csv", "c,t,a\nann,never,5\n")], default)).ShouldBe(1);
        await Should.ThrowAsync<ImportException>(() =>
            import.RunAsync(options with { Map = "customer=x,time=t,amount=a" }, [one], default)
        );
    }

    [Fact]
    public async Task Only_the_secret_key_imports_and_the_servers_word_goes_with_it()
    {
        (await Server.PostAsync(Query, "c,t\n", TestServer.WriteKey, "text/csv")).Status.ShouldBe(403);
        using var directory = new TempDirectory();
        await using (await TestServer.StartAsync(directory.Path))
            ServingAt.In(directory.Path).ShouldNotBeNull();
        ServingAt.In(directory.Path).ShouldBeNull();
    }
}
