using Personalization.Events;
using Personalization.Identity;
using Personalization.Import;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Import;

public class FactSortingTests
{
    static ImportedFact Fact(int number) =>
        new()
        {
            NameKind = number % 2 == 0 ? NameKind.User : NameKind.Anonymous,
            Name = $"n{number}",
            AnonymousName = number % 3 == 0 ? "a" : null,
            Kind = EventKind.ProductReviewed,
            Time = number * 7919 % 50,
            Lines = number % 2 == 0 ? [] : [new ImportedLine("p", 2, 3, "t", null, "b")],
            Reference = "r",
            Label = null,
            Amount = number,
            Currency = Currency.TryParse("EUR", out var euro) ? euro : default,
            Rating = 4.5f,
            Source = new VisitSource("s", null, "c", null, null, "h"),
            Personal = number % 5 == 0 ? null : new PersonalPart { Query = "q", Locale = "pt-PT" },
            Key = (UInt128)(number / 2) << 64,
            KeyFromSender = number % 4 == 0,
            File = number % 2,
            SourceLine = number,
        };

    [Fact]
    public void Facts_that_went_through_temporary_files_come_out_as_those_sorted_in_memory()
    {
        var folder = Directory.CreateTempSubdirectory("fact-order-").FullName;
        using var inMemory = FactSorting.Sort(Enumerable.Range(0, 1_000).Select(Fact), folder);
        using (var spilled = FactSorting.Sort(Enumerable.Range(0, 1_000).Select(Fact), folder, window: 64))
            spilled.Facts().ShouldBe(inMemory.Facts(), new SameFact());

        Directory.GetFiles(folder).ShouldBeEmpty();
        Directory.Delete(folder);
    }

    [Fact]
    public void Facts_come_out_in_order_of_time_and_at_the_same_time_as_they_came_in()
    {
        using var sorted = FactSorting.Sort(Enumerable.Range(0, 1_000).Select(Fact), Path.GetTempPath(), window: 100);
        var order = sorted.Facts().Select(fact => (fact.Time, fact.SourceLine)).ToList();

        order.ShouldBe(order.Order());
        sorted.Count.ShouldBe(1_000);
    }

    [Fact]
    public void A_message_told_twice_keeps_its_key_where_the_sender_named_it()
    {
        ImportedFact Same() =>
            new()
            {
                NameKind = NameKind.User,
                Name = "u",
                Kind = EventKind.PageViewed,
                Time = 1,
                Key = 5,
                KeyFromSender = true,
            };
        using var sorted = FactSorting.Sort([Same(), Same()], Path.GetTempPath());

        sorted.Facts().Select(fact => fact.Key).ShouldBe([5, 5]);
    }

    sealed class SameFact : IEqualityComparer<ImportedFact>
    {
        static object?[] Parts(ImportedFact fact) =>
            [
                fact.NameKind,
                fact.Name,
                fact.AnonymousName,
                fact.Kind,
                fact.Time,
                fact.Reference,
                fact.Label,
                fact.Amount,
                fact.Currency,
                fact.Rating,
                fact.Source,
                fact.Personal,
                fact.Key,
                fact.KeyFromSender,
                fact.File,
                fact.SourceLine,
                string.Join(';', fact.Lines),
            ];

        public bool Equals(ImportedFact? one, ImportedFact? other) => Parts(one!).SequenceEqual(Parts(other!));

        public int GetHashCode(ImportedFact fact) => fact.Key.GetHashCode();
    }
}
