namespace Personalization.Storage.Files;

/// <summary>A mistake of whoever asked: the message is shown as it is.</summary>
public sealed class ImportException(string message, Exception? cause = null) : Exception(message, cause);
