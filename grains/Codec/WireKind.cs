namespace Personalization.Codec;

/// <summary>
/// How many bytes a field's value takes, so that a build that does not know the field can step over it. These are all there
/// are: a build that met another kind could not go on reading, so a new one needs a new <see cref="CallCodec.Format"/>.
/// </summary>
enum WireKind : byte
{
    /// <summary>Whole numbers, flags and enumerations: zigzag, seven bits a byte.</summary>
    Number = 0,

    /// <summary>A float, little-endian.</summary>
    Bits32 = 1,

    /// <summary>Eight bytes, little-endian.</summary>
    Bits64 = 2,

    /// <summary>A Guid or a decimal.</summary>
    Bits128 = 3,

    /// <summary>A length and so many bytes: a text (UTF-8), a message inside the message, a list.</summary>
    Bytes = 4,
}
