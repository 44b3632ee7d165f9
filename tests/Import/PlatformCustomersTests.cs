using Personalization.Events;
using Personalization.Import;
using Personalization.Platforms;
using Personalization.Storage.Files;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Import;

/// <summary>Exports of customers as shop platforms write them (R87).</summary>
public sealed class PlatformCustomersTests
{
    const long Written = 1_767_000_000_000;

    const string ShopifyHeader =
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address City,"
        + "Default Address Country Code,Phone,Total Spent,Tags\n";

    static Reading Read(string format, string text, PlatformSettings? names = null) => Reading.OfText(text, (content, notes) =>
        {
            notes.Written = Written;
            var request = new ImportRequest
            {
                Format = format,
                Files = [],
                Platforms = names ?? new(),
            };
            return ImportFormats.Reader(request)(content, notes);
        });

    static Reading Shopify(string rows, PlatformSettings? names = null) =>
        Read(ImportFormats.ShopifyCustomers, ShopifyHeader + rows, names);

    [Fact]
    public void Shopifys_customers_have_their_traits_and_their_word_on_messages()
    {
        var read = Shopify(
            "'71,Ana,Silva,Ana@Example.test,yes,Porto,PT,'+351 1,12.50,vip\n"
                + "'72,Max,,max@example.test,no,,,,0.00,\n'73,,,,yes,,,,0.00,\n,,,,no,,,,0.00,\n"
        );

        read.Rejected.ShouldBeEmpty();
        read.Facts.Select(fact => (fact.Kind, fact.Name))
            .ShouldBe(
                [
                    (EventKind.Identified, "ana@example.test"),
                    (EventKind.Subscribed, "ana@example.test"),
                    (EventKind.Identified, "max@example.test"),
                    (EventKind.Unsubscribed, "max@example.test"),
                    (EventKind.Identified, "73"),
                ],
                ignoreOrder: true
            );
        read.Facts.ShouldAllBe(fact => fact.Time == Written);
        var ana = read.Facts.Single(fact => fact is { Kind: EventKind.Identified, Name: "ana@example.test" });
        ana.Personal!.Traits.ShouldBe(
            "{\"email\":\"Ana@Example.test\",\"firstName\":\"Ana\",\"lastName\":\"Silva\",\"phone\":\"\\u002B351 1\","
                + "\"city\":\"Porto\",\"country\":\"PT\",\"tags\":\"vip\"}"
        );
        read.Notes.LeftOut.ShouldBe([new LeftOut(PlatformCustomers.Nameless, 1)]);
    }

    [Fact]
    public void The_platforms_id_names_the_customer_where_the_shop_says_so() =>
        Shopify("'71,Ana,,ana@example.test,,,,,,\n", new() { UserId = PlatformUserId.Id })
            .Facts.ShouldHaveSingleItem()
            .Name.ShouldBe("71");

    [Fact]
    public void A_later_export_repeats_no_grant_but_each_refusal()
    {
        const string before = "'71,Ana,,ana@example.test,yes,,,,12.50,\n'72,Max,,max@example.test,no,,,,1.00,\n";
        var later = before.Replace("12.50", "30.00", StringComparison.Ordinal).Replace("1.00", "2.00", StringComparison.Ordinal);

        Key(before, EventKind.Subscribed).ShouldBe(Key(later, EventKind.Subscribed));
        Key(before, EventKind.Unsubscribed).ShouldNotBe(Key(later, EventKind.Unsubscribed));

        static UInt128 Key(string rows, EventKind kind) => Shopify(rows).Facts.Single(fact => fact.Kind == kind).Key;
    }

    [Fact]
    public void WooCommerces_customers_are_as_old_as_their_registration()
    {
        var read = Read(
            ImportFormats.WooCommerceCustomers,
            "customer_id;user_email;user_registered;first_name;last_name;billing_city;billing_country\n"
                + "7;Rui@example.test;2025-03-01 10:00:00;Rui;Costa;Lisboa;PT\n8;short row\n"
        );

        var fact = read.Facts.ShouldHaveSingleItem();
        fact.Name.ShouldBe("rui@example.test");
        fact.Time.ShouldBe(new DateTimeOffset(2025, 3, 1, 10, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds());
        fact.Personal!.Traits.ShouldBe(
            "{\"email\":\"Rui@example.test\",\"firstName\":\"Rui\",\"lastName\":\"Costa\",\"city\":\"Lisboa\",\"country\":\"PT\"}"
        );
        read.Rejected.ShouldHaveSingleItem().Line.ShouldBe(3);
    }

    [Fact]
    public void A_file_without_a_column_that_names_a_customer_is_refused() =>
        Should
            .Throw<ImportException>(() => Read(ImportFormats.ShopifyCustomers, "First Name,Tags\nAna,vip\n"))
            .Message.ShouldContain("no column 'Email'");
}
