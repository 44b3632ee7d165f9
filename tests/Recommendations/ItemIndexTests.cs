using FsCheck;
using FsCheck.Fluent;
using Personalization.Catalogue;
using Personalization.Recommendations;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

public class ItemIndexTests
{
    static readonly ItemIndexOptions Small = new()
    {
        MaxSessions = 20,
        MaxClicks = 200,
        MaxSessionLength = 8,
        SessionsPerItem = 5,
        NeighboursPerItem = 4,
        TopLength = 10,
    };

    [Fact]
    public void A_touch_fits_sixteen_bytes() =>
        System.Runtime.CompilerServices.Unsafe.SizeOf<Touch>().ShouldBeLessThanOrEqualTo(16);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_image_gives_identical_answers(bool small) => ForAllShops(small, shop =>
        {
            var loaded = Reloaded(shop.Index, shop.Catalogue);
            return loaded.Position == shop.Acts.Length
                && loaded.Events == shop.Index.Events
                && shop.Ask(loaded).SequenceEqual(shop.Ask());
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Replay_in_two_parts_equals_one(bool small) => ForAllShops(small, shop =>
        {
            var half = shop.Acts.Length / 2;
            var index = new ItemIndex(shop.Index.Options, shop.Catalogue);
            Shop.Play(index, shop.Acts, 0, half);
            index = Reloaded(index, shop.Catalogue);
            Shop.Play(index, shop.Acts, half);
            return shop.Ask(index).SequenceEqual(shop.Ask());
        });

    [Fact]
    public void Sessions_keep_the_latest_clicks_in_order_whatever_is_evicted() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
            {
                var random = new Random(seed);
                var log = new SessionLogModel(
                    new ItemIndexOptions
                    {
                        MaxSessions = random.Next(1, 30),
                        MaxSessionLength = 8,
                        MaxClicks = random.Next(40, 300),
                    }
                );
                for (var i = 0; i < 1000; i++)
                    log.Click((ulong)random.Next(1 + random.Next(40)), i);
                return log.Agrees();
            }));

    [Fact]
    public void Memory_is_bounded()
    {
        var catalogue = new ProductCatalogue();
        for (var i = 0; i < 100; i++)
            catalogue.Apply(new Product { Number = i, Id = $"p{i}" });
        var index = new ItemIndex(Small, catalogue);
        var random = new Random(1);
        void Play(int acts)
        {
            for (var i = 0; i < acts; i++)
            {
                index.Record((ulong)(random.Next(30) + (i / 100)), random.Next(100), (Signal)random.Next(1, 5), 1000 + i);
                index.RecordOrder([random.Next(100), random.Next(100), random.Next(100)], 1000 + i);
            }
        }
        Play(20_000);
        var before = Size(index);
        Play(20_000);
        Size(index).ShouldBe(before);
        index.Sessions.Live.ShouldBeLessThanOrEqualTo(Small.MaxSessions);
        index.Sessions.RoomTaken.ShouldBeLessThanOrEqualTo(Small.MaxClicks);
    }

    [Fact]
    public void A_damaged_cut_off_or_foreign_image_is_refused()
    {
        var shop = new Shop(3);
        var stream = new MemoryStream();
        shop.Index.Save(stream);
        var image = stream.ToArray();
        var options = shop.Index.Options;

        var random = new Random(4);
        for (var i = 0; i < 200; i++)
        {
            var damaged = (byte[])image.Clone();
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            Should.Throw<InvalidDataException>(() => ItemIndex.Load(new MemoryStream(damaged), options, shop.Catalogue));
            var cut = image[..random.Next(image.Length)];
            Should.Throw<InvalidDataException>(() => ItemIndex.Load(new MemoryStream(cut), options, shop.Catalogue));
        }
        Should
            .Throw<InvalidDataException>(() => ItemIndex.Load(new MemoryStream(image), Small, shop.Catalogue))
            .Message.ShouldContain("other options");
    }

    [Fact]
    public void Popularity_halves_with_its_half_life_and_survives_years()
    {
        var catalogue = new ProductCatalogue();
        var index = new ItemIndex(new(), catalogue);
        const int day = 86_400;
        index.Record(1, 0, Signal.View, 0);

        index.PopularityOf(0, PopularityKind.ViewsOfDay, day).ShouldBe(0.5f, 1e-4);
        index.PopularityOf(0, PopularityKind.ViewsOfMonth, 30 * day).ShouldBe(0.5f, 1e-4);
        index.PopularityOf(0, PopularityKind.PurchasesOfMonth, day).ShouldBe(0);

        for (var year = 1; year <= 20; year++)
            index.Record((ulong)year, 1, Signal.View, year * 365 * day);
        index.PopularityOf(1, PopularityKind.ViewsOfDay, 20 * 365 * day).ShouldBe(1, 1e-3);
        index.PopularityOf(0, PopularityKind.ViewsOfMonth, 20 * 365 * day).ShouldBe(0, 1e-3);
    }

    [Fact]
    public void An_order_counts_each_product_once_and_in_both_directions()
    {
        var index = new ItemIndex(new(), new ProductCatalogue());
        index.RecordOrder([1, 2, 1, 2, 3], 1000);

        index.Together.Weight(1, 2).ShouldBe(1);
        index.Together.Weight(2, 1).ShouldBe(1);
        index.Together.Weight(3, 1).ShouldBe(1);
        index.Together.Weight(1, 1).ShouldBe(0);
    }

    [Fact]
    public void A_product_number_outside_the_range_is_refused()
    {
        var index = new ItemIndex(new(), new ProductCatalogue());
        Should.Throw<ArgumentOutOfRangeException>(() => index.Record(1, -1, Signal.View, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => index.RecordOrder([1, 1 << 28], 0));
        Should
            .Throw<ArgumentOutOfRangeException>(() => new ItemIndex(new() { SessionsPerItem = 0 }, new()))
            .Message.ShouldContain("SessionsPerItem");
    }

    /// <summary>Small bounds, so that everything is evicted, moved and used again while others read.</summary>
    [Fact]
    public void Readers_beside_the_writer_never_fail()
    {
        var catalogue = new ProductCatalogue();
        for (var i = 0; i < 50; i++)
            catalogue.Apply(
                new Product
                {
                    Number = i,
                    Id = $"p{i}",
                    Category = [$"c{i % 5}"],
                }
            );
        var index = new ItemIndex(Small, catalogue);
        var done = false;
        var readers = Enumerable
            .Range(0, 2)
            .Select(seed =>
                Task.Run(() =>
                {
                    var random = new Random(seed);
                    var into = new Recommendation[10];
                    var answers = 0;
                    while (!Volatile.Read(ref done) || answers == 0)
                    {
                        var touches = new Touch[random.Next(6)];
                        for (var i = 0; i < touches.Length; i++)
                            touches[i] = new Touch(random.Next(50), 1000, Signal.View, 1);
                        var request = new RecommendationRequest
                        {
                            Placement = (Placement)random.Next(6),
                            Product = random.Next(50),
                            Now = 1000,
                        };
                        var shopper = new Shopper
                        {
                            Touches = touches,
                            Visit = 1,
                            Cart = [random.Next(50)],
                        };
                        var answer = Recommender.Recommend(request, shopper, index, catalogue, into);
                        into[..answer.Count].Select(x => x.Product).Distinct().Count().ShouldBe(answer.Count);
                        answers++;
                    }
                })
            )
            .ToArray();
        var chance = new Random(9);
        for (var i = 0; i < 60_000; i++)
        {
            var product = chance.Next(50 + (i / 600)); // products without a catalogue entry too
            index.Record((ulong)chance.Next(40) + (ulong)(i / 100), product, (Signal)chance.Next(1, 5), 1000 + (i * 600));
            index.RecordOrder([product, chance.Next(50)], 1000 + (i * 600));
        }
        Volatile.Write(ref done, true);
        Should.NotThrow(() => Task.WaitAll(readers));
    }

    static void ForAllShops(bool small, Func<Shop, bool> law) =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(150),
            Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => law(new Shop(seed, small ? Small : null)))
        );

    static ItemIndex Reloaded(ItemIndex index, ProductCatalogue catalogue)
    {
        var stream = new MemoryStream();
        index.Save(stream);
        stream.Position = 0;
        return ItemIndex.Load(stream, index.Options, catalogue);
    }

    static long Size(ItemIndex index)
    {
        var stream = new MemoryStream();
        index.Save(stream);
        return stream.Length;
    }

    /// <summary>The log beside a plain list of every session's clicks.</summary>
    sealed class SessionLogModel(ItemIndexOptions options)
    {
        readonly SessionLog _log = new(options);
        readonly Dictionary<int, List<int>> _all = [];

        public void Click(ulong key, int product)
        {
            var session = _log.Open(key, product);
            _log.Append(session, product, Signal.View);
            if (!_all.TryGetValue(session, out var clicks))
                _all[session] = clicks = [];
            clicks.Add(product);
        }

        public bool Agrees()
        {
            var live = 0;
            foreach (var (session, clicks) in _all)
            {
                var kept = _log.Clicks(session).ToArray();
                if (kept.Length == 0)
                    continue;
                live++;
                if (!clicks.TakeLast(kept.Length).SequenceEqual(kept.Select(SessionLog.ProductOf)))
                    return false;
                if (kept.Length < Math.Min(clicks.Count, options.MaxSessionLength / 2))
                    return false;
            }
            return live > 0 && live == _log.Live && live <= options.MaxSessions;
        }
    }
}
