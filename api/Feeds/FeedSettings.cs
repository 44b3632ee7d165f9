using System.ComponentModel.DataAnnotations;
using Personalization.Hosting;

namespace Personalization.Feeds;

/// <summary>A product feed that is fetched from an address, section <c>Catalogue:Feeds:NAME</c>.</summary>
public sealed record FeedSettings
{
    [Key]
    [RegularExpression("[A-Za-z0-9_-]{1,64}", ErrorMessage = "{0} has a name that is not of 1 to 64 letters, digits, - and _.")]
    public string Name { get; init; } = null!;

    /// <summary>Where it is; may hold a user and a password, which are never logged.</summary>
    [Required(ErrorMessage = "{0} must be the address of the feed.")]
    [WebAddress]
    public string Url { get; init; } = "";

    /// <summary>How often it is fetched. The default is every hour.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan Every { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether products that the feed no longer holds are hidden. The default is false.</summary>
    public bool HideMissing { get; init; }
}
