namespace Personalization.Demo;

/// <summary>
/// A leaf of the shop's category tree. Prices in whole units of money; <paramref name="Peak"/> is the month of its season
/// (0 = all year); <paramref name="GoesWith"/> is the place of the category people buy along with it.
/// </summary>
public sealed record ShopCategory(string Path, string[] Things, double Low, double High, int Peak, int GoesWith, int Hue)
{
    public static IReadOnlyList<ShopCategory> All { get; } =
    [
        new("Outdoor/Jackets/Rain jackets", ["rain jacket", "storm parka", "wind shell", "rain cape"], 49, 260, 10, 2, 205),
        new("Outdoor/Camping/Tents", ["ridge tent", "dome tent", "tarp", "trekking tent"], 79, 520, 6, 3, 130),
        new(
            "Outdoor/Footwear/Hiking boots",
            ["hiking boots", "trail shoes", "approach shoes", "winter boots"],
            69,
            240,
            9,
            0,
            30
        ),
        new("Outdoor/Camping/Sleeping bags", ["sleeping bag", "bag liner", "sleeping mat", "camp pillow"], 19, 310, 6, 1, 260),
        new(
            "Sports/Running/Running shoes",
            ["road shoes", "racing flats", "cushioned shoes", "track spikes"],
            59,
            210,
            4,
            5,
            350
        ),
        new("Sports/Running/Running clothes", ["running tights", "singlet", "running jacket", "socks"], 9, 120, 4, 4, 320),
        new("Sports/Cycling/Bike parts", ["saddle", "chain set", "pedals", "handlebar tape"], 12, 190, 5, 7, 0),
        new("Sports/Cycling/Bike clothing", ["bib shorts", "jersey", "gloves", "rain cover"], 15, 170, 5, 6, 15),
        new("Home/Kitchen/Knives", ["chef's knife", "bread knife", "paring knife", "knife block"], 14, 230, 12, 9, 220),
        new("Home/Kitchen/Pans", ["frying pan", "casserole", "saucepan", "grill pan"], 22, 260, 12, 8, 45),
        new("Home/Kitchen/Coffee", ["espresso maker", "hand grinder", "pour-over set", "milk frother"], 17, 340, 12, 8, 25),
        new("Home/Living/Lamps", ["floor lamp", "desk lamp", "pendant lamp", "bedside lamp"], 24, 290, 11, 12, 50),
        new("Home/Living/Cushions", ["cushion", "throw", "floor cushion", "seat pad"], 9, 90, 11, 11, 300),
        new("Home/Bath/Towels", ["bath towel", "towel set", "bath mat", "bathrobe"], 8, 110, 0, 12, 180),
        new("Garden/Tools/Hand tools", ["secateurs", "spade", "hand fork", "watering can"], 9, 95, 4, 15, 110),
        new("Garden/Plants/Seeds", ["herb seeds", "tomato seeds", "meadow mix", "bulb box"], 2, 25, 3, 14, 90),
        new("Kids/Toys/Building sets", ["building set", "marble run", "wooden blocks", "train set"], 14, 160, 12, 17, 60),
        new(
            "Kids/Books/Picture books",
            ["picture book", "bedtime book", "counting book", "atlas for children"],
            7,
            32,
            12,
            16,
            280
        ),
    ];

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>How much more (or less) is looked at in a month (1 to 12), 1 on average.</summary>
    public double Season(int month) => Peak == 0 ? 1 : 1 + 0.6 * Math.Cos(2 * Math.PI * (month - Peak) / 12);
}
