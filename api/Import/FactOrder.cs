namespace Personalization.Import;

public sealed class FactOrder;
