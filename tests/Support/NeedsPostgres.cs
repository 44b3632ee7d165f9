using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Personalization.Support;

/// <summary>On a class of tests: they run only where PostgreSQL's programs are installed.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgresAttribute : Attribute;

/// <summary>A fact of a common base class, which is skipped in those derived classes whose needs are not met here.</summary>
[XunitTestCaseDiscoverer("Personalization.Support.CommonFactDiscoverer", "Personalization.Tests")]
public sealed class CommonFactAttribute : FactAttribute;

/// <summary>Finds common facts.</summary>
public sealed class CommonFactDiscoverer(IMessageSink messages) : FactDiscoverer(messages)
{
    protected override IXunitTestCase CreateTestCase(
        ITestFrameworkDiscoveryOptions options,
        ITestMethod method,
        IAttributeInfo fact
    ) => new CommonFact(DiagnosticMessageSink, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method);
}

/// <summary>One of them, in one class.</summary>
public sealed class CommonFact : XunitTestCase
{
    [Obsolete("Called by the deserializer alone.", error: true)]
    public CommonFact() { }

    public CommonFact(IMessageSink messages, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method)
        : base(messages, display, options, method) { }

    protected override string? GetSkipReason(IAttributeInfo factAttribute)
    {
        var needed = TestMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsPostgresAttribute)).Any();
        return needed && TestPostgres.Programs is null
            ? "PostgreSQL is not installed on this machine."
            : base.GetSkipReason(factAttribute);
    }
}
