using System.Text;
using Personalization.Import;
using Personalization.Storage.Files;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Import;

/// <summary>
/// Files with something wrong in them: whatever the bytes, an import reads what is good or says what is wrong, and a broken row
/// costs no other. 2,000 files; 100,000 where PERSONALIZATION_LONG_TESTS is 1.
/// </summary>
public sealed class ImportFuzzTests
{
    static readonly int Files = Environment.GetEnvironmentVariable("PERSONALIZATION_LONG_TESTS") == "1" ? 100_000 : 2_000;

    static readonly CsvMapping Mapping = CsvMapping.Parse(
        "customer=c,time=t,order=o,product=p,quantity=q,price=e,total=s,currency=m",
        null,
        null,
        null,
        false,
        false
    );

    static readonly (string Text, string[] Dates, FactReader Read)[] Kinds =
    [
        (
            "c,t,o,p,q,e,s,m\nana,2026-01-05 10:00:00,1,A,1.4,3.20,4.48,EUR\n\"Müller, Jo\",05/13/2026 8:26 PM,2,B,2,\"1,234.50\",,\n",
            ["t"],
            (content, notes) => CsvFile.Read(content, notes, Mapping)
        ),
        (
            "Name,Email,Financial Status,Currency,Total,Refunded Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price\n"
                + "#1,a@b.test,refunded,EUR,46.80,5.00,2026-01-07 09:50:26 +0200,3,\"Fig\n\"\"big\"\"\",12.50\n#1,,,,,,,1,Holder,8.00\n",
            ["Created at"],
            (content, notes) => PlatformOrders.Read(ImportFormats.ShopifyOrders, OrderColumns.Shopify, new(), content, notes)
        ),
        (
            "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
                + "836365,95123A,PAPER STAR,6,12/1/2010 8:26,2.55,97850,UK\nC836379,95123A,STAR,-1,12/13/2010 9:41,2.55,97850,UK\n",
            ["InvoiceDate"],
            OnlineRetailFile.Read
        ),
    ];

    [Fact]
    public void Whatever_its_bytes_a_file_is_read_or_refused_and_nothing_else_happens()
    {
        var random = new Random(13);
        var (read, refused) = (0, 0);
        for (var i = 0; i < Files; i++)
        {
            var kind = Kinds[i % Kinds.Length];
            var bytes = Mutated(Encoding.UTF8.GetBytes(kind.Text), random);
            try
            {
                var charset = Charset.Of(() => new MemoryStream(bytes));
                var dates = DateOrders.Of(charset.AsUtf8(new MemoryStream(bytes)), new DateColumns(kind.Dates));
                var notes = new ImportNotes { Dates = dates };
                foreach (var fact in kind.Read(charset.AsUtf8(new MemoryStream(bytes)), notes))
                {
                    fact.Name.ShouldNotContain('\ufffd');
                    fact.Amount.ShouldBeInRange(0, 1_000_000_000L * 10_000);
                }
                read++;
            }
            catch (Exception wrong) when (wrong is ImportException or DecoderFallbackException)
            {
                refused++;
            }
        }
        read.ShouldBeGreaterThan(Files / 2);
        refused.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_broken_row_costs_no_other()
    {
        var random = new Random(14);
        for (var i = 0; i < Files / 10; i++)
        {
            // Quotes and line ends are what rows are made of.
            var row = Mutated("bad,2026-01-05,9,A,1,1,1,EUR"u8.ToArray(), random).Where(b => b is not ((byte)'"' or 10 or 13));
            byte[] bytes =
            [
                .. "c,t,o,p,q,e,s,m\nana,2026-01-05,first,A,1,1,1,EUR\n"u8,
                .. row,
                .. "\nMüller Señor Çelik,2026-01-05,second,A,1,1,1,EUR\n"u8,
            ];
            CsvFile
                .Read(new MemoryStream(bytes), new ImportNotes(), Mapping)
                .Select(fact => fact.Name)
                .Where(name => name is "ana" or "Müller Señor Çelik")
                .ShouldBe(["ana", "Müller Señor Çelik"]);
        }
    }

    static byte[] Mutated(byte[] bytes, Random random)
    {
        var list = bytes.ToList();
        for (var times = random.Next(1, 4); times > 0 && list.Count > 0; times--)
        {
            var at = random.Next(list.Count);
            switch (random.Next(5))
            {
                case 0:
                    list[at] = (byte)random.Next(256);
                    break;
                case 1:
                    list.RemoveAt(at);
                    break;
                case 2:
                    list.Insert(at, ",;\"\n\t.-/0\\"u8[random.Next(10)]);
                    break;
                case 3:
                    list.RemoveRange(at, random.Next(Math.Min(8, list.Count - at)));
                    break;
                default:
                    list.InsertRange(at, list.GetRange(at, random.Next(Math.Min(12, list.Count - at))));
                    break;
            }
        }
        return [.. list];
    }
}
