using Personalization.Recommendations;

namespace Personalization.Models.Recommendations;

/// <summary>
/// Asks what a log answers: for clicks before each view what it was of, for the cart after each product put in it what was put in
/// next in that visit, for messages before each visit what the next order within a month held. Each question knows only the acts
/// before it.
/// </summary>
sealed class Questions(ClickLog log, Objective objective)
{
    const int Month = 30 * 86_400;

    readonly Dictionary<long, Life> _lives = [];
    readonly int[] _answers = objective switch
    {
        Objective.CartAdd => NextCartAdds(log),
        Objective.Purchase => NextOrders(log),
        _ => [],
    };

    /// <summary>A customer's acts so far, as far as a server remembers them.</summary>
    sealed class Life
    {
        public readonly List<Touch> Touches = [];
        public readonly List<int> Cart = [];
        public readonly List<int> Favourites = [];
        public readonly List<Purchased> Purchases = [];
    }

    /// <param name="from">Questions before this act are not asked.</param>
    public IEnumerable<Question> From(int from)
    {
        for (int i = 0; i < log.Count; i++)
        {
            var act = log[i];
            var life = LifeOf(act.Customer);
            if (i >= from && objective != Objective.CartAdd && Before(life, i, act) is { } asked)
                yield return asked;
            Add(life, act);
            if (i + 1 >= from && objective == Objective.CartAdd && After(life, i, act) is { } later)
                yield return later;
        }
    }

    /// <summary>Every customer as known before that act, to be asked for the next order.</summary>
    public IEnumerable<(long Customer, Prefix Known)> KnownAt(int act)
    {
        for (int i = 0; i < act; i++)
            Add(LifeOf(log[i].Customer), log[i]);
        return _lives.Select(life => (life.Key, Of(life.Value, act, default).ToPrefix()));
    }

    Life LifeOf(long customer) => _lives.TryGetValue(customer, out var life) ? life : _lives[customer] = new();

    Question? Before(Life life, int at, Act act)
    {
        if (life.Touches.Count == 0 || act.Visit <= 0)
            return null;
        bool isSame = life.Touches[^1].Visit == act.Visit;
        if (objective == Objective.Click)
            return isSame && act.Signal == Signal.View ? Of(life, at, act) : null;
        if (isSame || _answers[at] < 0 || log[_answers[at]].Time - act.Time > Month)
            return null;
        return Of(life, at, OneOfOrder(_answers[at], at));
    }

    Question? After(Life life, int at, Act act)
    {
        if (act.Signal != Signal.CartAdd || act.Visit <= 0 || _answers[at] < 0)
            return null;
        var answer = log[_answers[at]];
        // What is in the cart or was bought is shown neither on the cart page.
        return life.Cart.Contains(answer.Product) || life.Purchases.Exists(bought => bought.Product == answer.Product)
            ? null
            : Of(life, at + 1, answer);
    }

    Question Of(Life life, int at, Act answer) =>
        new(at, objective, life.Touches, life.Cart, life.Favourites, life.Purchases, answer);

    // An order's products are equally right: each question names another.
    Act OneOfOrder(int first, int at)
    {
        int lines = 1;
        while (log[first].Order > 0 && first + lines < log.Count && log[first + lines].Order == log[first].Order)
            lines++;
        return log[first + (at % lines)];
    }

    static void Add(Life life, Act act)
    {
        if (life.Touches.Count == Prefix.MaxLength)
            life.Touches.RemoveAt(0);
        life.Touches.Add(new(act.Product, act.Time, act.Signal, act.Visit));
        if (act.Signal == Signal.CartAdd && !life.Cart.Contains(act.Product))
            life.Cart.Add(act.Product);
        if (act.Signal == Signal.Favourite && !life.Favourites.Contains(act.Product))
            life.Favourites.Add(act.Product);
        if (act.Signal != Signal.Purchase)
            return;
        life.Cart.Remove(act.Product);
        int at = life.Purchases.FindIndex(bought => bought.Product == act.Product);
        if (at >= 0)
            life.Purchases[at] = new(act.Product, act.Time, life.Purchases[at].Count + 1);
        else
            life.Purchases.Add(new(act.Product, act.Time, 1));
    }

    /// <summary>For each act the next cart add of another product in its visit; -1 for none.</summary>
    static int[] NextCartAdds(ClickLog log)
    {
        var answers = new int[log.Count];
        var next = new Dictionary<ulong, int>();
        for (int i = log.Count - 1; i >= 0; i--)
        {
            int at = next.GetValueOrDefault(log[i].Session, -1);
            while (at >= 0 && log[at].Product == log[i].Product)
                at = answers[at];
            answers[i] = at;
            if (log[i].Signal == Signal.CartAdd)
                next[log[i].Session] = i;
        }
        return answers;
    }

    /// <summary>For each act the first line of the next order of its customer, that act's included; -1 for none.</summary>
    static int[] NextOrders(ClickLog log)
    {
        var answers = new int[log.Count];
        var next = new Dictionary<long, int>();
        for (int i = log.Count - 1; i >= 0; i--)
        {
            if (log[i].Signal == Signal.Purchase)
                next[log[i].Customer] = i;
            answers[i] = next.GetValueOrDefault(log[i].Customer, -1);
        }
        return answers;
    }
}

/// <summary>A question at its place in the log.</summary>
/// <param name="At">Number of the first act that it does not know.</param>
/// <param name="Objective">What is asked for.</param>
/// <param name="Touches">What the customer did before; valid until the next question is read, as all that follows.</param>
/// <param name="Cart">What was put in the cart and not bought yet.</param>
/// <param name="Favourites">What was marked as a favourite.</param>
/// <param name="Purchases">What was bought.</param>
/// <param name="Answer">The act that answers it.</param>
public readonly record struct Question(
    int At,
    Objective Objective,
    IReadOnlyList<Touch> Touches,
    IReadOnlyList<int> Cart,
    IReadOnlyList<int> Favourites,
    IReadOnlyList<Purchased> Purchases,
    Act Answer
)
{
    public Prefix ToPrefix() =>
        new([.. Touches], Answer.Product, Answer.Session)
        {
            Objective = Objective,
            Cart = [.. Cart],
            Favourites = [.. Favourites],
            Purchases = [.. Purchases],
        };
}
