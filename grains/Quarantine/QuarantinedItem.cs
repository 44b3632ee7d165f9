namespace Personalization.Quarantine;

/// <summary>What failed. The numbers stand in the database.</summary>
public enum QuarantineKind : byte
{
    /// <summary>An entry of the journal that lists and statistics go without.</summary>
    ReadModels = 1,

    /// <summary>An entry of the journal that the item index goes without.</summary>
    ItemIndex = 2,

    /// <summary>A customer whose history has an entry that cannot be read: their state is that of the others.</summary>
    History = 3,

    /// <summary>A customer that cannot be woken when their time has come.</summary>
    Waking = 4,

    /// <summary>A message that cannot be dispatched; it stays queued.</summary>
    Message = 5,
}

/// <summary>Something that failed again and again and was set aside, so that what comes after it goes on.</summary>
/// <param name="Number">By which it is called; 0 before it is kept.</param>
/// <param name="Subject">By kind: a position of the journal, a customer's number or a message's id.</param>
/// <param name="Customer">Whom it concerns.</param>
/// <param name="Reason">Why it failed last; no personal data.</param>
/// <param name="Since">Unix milliseconds.</param>
/// <param name="Tries">How often it has failed.</param>
/// <param name="Program">The version of the program that failed. Another one tries again by itself.</param>
/// <param name="Retry">It is to be tried again.</param>
public sealed record QuarantinedItem(
    long Number,
    QuarantineKind Kind,
    string Subject,
    long Customer,
    string Reason,
    long Since,
    int Tries,
    string Program,
    bool Retry
);
