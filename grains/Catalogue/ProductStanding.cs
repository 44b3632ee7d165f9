namespace Personalization.Catalogue;

/// <summary>Who says that there is such a product. The words stand in the database.</summary>
public enum ProductStanding : byte
{
    /// <summary>The shop: by its feed, an import, or an event of its server's.</summary>
    Named,

    /// <summary>Nobody but visitors: it is kept for their history, and neither recommended, listed nor mailed.</summary>
    Claimed,

    /// <summary>The shop has taken it out; the number stays, for history.</summary>
    Deleted,
}
