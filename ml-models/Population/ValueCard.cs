namespace Personalization.Models.Population;

/// <summary>What is written beside a value model: where it comes from and how good it was.</summary>
/// <param name="Version">Its name.</param>
/// <param name="TrainedAt">When it was made.</param>
/// <param name="By">Who made it.</param>
/// <param name="DataTo">Nothing recorded at that time or later was seen.</param>
/// <param name="Customers">How many.</param>
/// <param name="Buying">R, alpha (weeks), A, B of BG/NBD.</param>
/// <param name="BuyingErrors">Their standard errors; null where the data do not determine one.</param>
/// <param name="Spending">P, Q, gamma (units of currency) of gamma-gamma.</param>
/// <param name="SpendingErrors">Their standard errors.</param>
/// <param name="HorizonDays">Of the figures.</param>
/// <param name="Expected">Purchase days expected of all customers within the horizon from then on, at least, at most (90 %).</param>
/// <param name="Judged">An earlier fit against what came: purchase days expected and actual, mean absolute error, spend
/// expected and actual; null where nothing had come yet.</param>
public sealed record ValueCard(
    string Version,
    DateTimeOffset TrainedAt,
    string By,
    DateTimeOffset DataTo,
    int Customers,
    double[] Buying,
    double?[] BuyingErrors,
    double[] Spending,
    double?[] SpendingErrors,
    int HorizonDays,
    double[] Expected,
    double[]? Judged
);
