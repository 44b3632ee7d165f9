using System.Reflection;

namespace Personalization.Support;

/// <summary>An interface of which every call is answered by one function.</summary>
public class Fake : DispatchProxy
{
    Func<MethodInfo, object?[], object?> _answer = null!;

    public static T Of<T>(Func<MethodInfo, object?[], object?> answer)
        where T : class
    {
        var fake = Create<T, Fake>();
        ((Fake)(object)fake)._answer = answer;
        return fake;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer(targetMethod!, args!);
}
