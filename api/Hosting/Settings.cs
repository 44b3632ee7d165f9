using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Personalization.Hosting;

/// <summary>
/// Reads settings into records. A record's properties are the names that are allowed; what is not set keeps its default.
/// Ranges are data annotations, rules between settings are <see cref="IValidatableObject"/>s. In a list of records the
/// property that is marked <see cref="KeyAttribute"/> is the name under which its record stands.
/// </summary>
public sealed class Settings
{
    static readonly MethodInfo Clone = typeof(object).GetMethod(
        "MemberwiseClone",
        BindingFlags.NonPublic | BindingFlags.Instance
    )!;

    static readonly MethodInfo Parser = typeof(Settings).GetMethod(nameof(Parse), BindingFlags.NonPublic | BindingFlags.Static)!;

    readonly List<string> _problems = [];

    /// <summary>
    /// What the configuration says over the defaults. Of the names at its root those of the environment may be other programs',
    /// unless they look like one of these.
    /// </summary>
    /// <exception cref="ArgumentException">Settings make no sense: a line for each that begins with its full path.</exception>
    public static T Read<T>(IConfiguration configuration, T defaults)
        where T : notnull
    {
        var reader = new Settings();
        if (configuration is IConfigurationRoot root)
            reader.CheckSections(root, [.. typeof(T).GetProperties().Where(IsSetting).Select(property => property.Name)]);
        var read = (T)reader.Record(configuration, defaults);
        return reader._problems.Count == 0
            ? read
            : throw new ArgumentException(string.Join(Environment.NewLine, reader._problems));
    }

    object Record(IConfiguration section, object defaults)
    {
        var (read, before) = (Clone.Invoke(defaults, null)!, _problems.Count);
        // What a derived record hides comes after what hides it.
        var properties = read.GetType().GetProperties().Where(IsSetting).DistinctBy(property => property.Name).ToList();
        foreach (var setting in section.GetChildren())
            if (
                properties.Find(property => property.Name.Equals(setting.Key, StringComparison.OrdinalIgnoreCase)) is { } property
            )
                property.SetValue(read, Value(setting, property.PropertyType, property.GetValue(read)));
            else if (section is IConfigurationSection)
                _problems.Add(
                    $"{setting.Path} is not a setting; known here: {NearestFirst(properties.Select(property => property.Name), setting.Key)}."
                );
        if (_problems.Count == before)
            Validate(read, properties, section is IConfigurationSection { Path: var path } ? path + ":" : "");
        return read;
    }

    /// <summary>
    /// A file of settings is this program's alone: a section that nobody reads is a mistake there. The environment is shared:
    /// a section there is a mistake where its name is nearly one that is known.
    /// </summary>
    void CheckSections(IConfigurationRoot root, string[] known)
    {
        string[] all = [.. known, .. OfFramework];
        foreach (var provider in root.Providers)
        foreach (var name in provider.GetChildKeys([], null).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var isFile = provider is FileConfigurationProvider;
            if (
                all.Contains(name, StringComparer.OrdinalIgnoreCase) || name.StartsWith(OfOpenTelemetry, StringComparison.Ordinal)
            )
            {
                if (isFile && known.Contains(name, StringComparer.OrdinalIgnoreCase) && root[name] is { Length: > 0 })
                    _problems.Add($"{name} holds other settings and has no value of its own.");
            }
            else if (isFile || (provider.GetChildKeys([], name).Any() && all.Any(one => IsNearly(one, name))))
                _problems.Add($"{name} is not a section of settings; known: {NearestFirst(all, name)}.");
        }
    }

    /// <summary>What ASP.NET reads, and what of this program stands by itself.</summary>
    static readonly string[] OfFramework =
    [
        "Logging",
        "Kestrel",
        "ConnectionStrings",
        "AllowedHosts",
        "Urls",
        "$schema",
        "PERSONALIZATION_WRITE_KEY",
        "PERSONALIZATION_SECRET_KEY",
        "PERSONALIZATION_SIGNING_SECRET",
        "PERSONALIZATION_DATABASE",
        "PERSONALIZATION_DATABASE_FILE",
    ];

    const string OfOpenTelemetry = "OTEL_";

    static bool IsNearly(string known, string name) => NearestName.Distance(known, name) is > 0 and <= 2 && name.Length >= 4;

    static bool IsSetting(PropertyInfo property) =>
        property is { CanWrite: true, SetMethod.IsPublic: true } && !property.IsDefined(typeof(KeyAttribute));

    void Validate(object read, List<PropertyInfo> properties, string prefix)
    {
        var before = _problems.Count;
        foreach (var property in properties)
        {
            var value = property.GetValue(read);
            if (value is Enum && !Enum.IsDefined(value.GetType(), value))
                _problems.Add($"{prefix}{property.Name} must be {KindOf(value.GetType())}.");
            Check(property, value, prefix + property.Name);
        }
        if (_problems.Count == before && read is IValidatableObject whole)
            foreach (var problem in whole.Validate(new ValidationContext(read)))
                _problems.Add($"{prefix}{problem.MemberNames.First()} {problem.ErrorMessage}");
    }

    void Check(PropertyInfo property, object? value, string path)
    {
        foreach (var rule in property.GetCustomAttributes<ValidationAttribute>().Where(rule => !rule.IsValid(value)))
            _problems.Add(rule.FormatErrorMessage(path).Replace("The field ", ""));
    }

    object? Value(IConfigurationSection section, Type type, object? current)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (IsScalar(type))
            return Scalar(section, type, current);
        // A variable may have a section's name by chance: MAIL is set in many shells.
        if (section.Value is { Length: > 0 } && section.Path.Contains(':'))
        {
            _problems.Add($"{section.Path} holds other settings and has no value of its own.");
            return current;
        }
        var parts = type.IsArray ? [type.GetElementType()!] : type.GenericTypeArguments;
        return parts.Length switch
        {
            0 when !section.GetChildren().Any() => current,
            0 => Record(section, current ?? Activator.CreateInstance(type)!),
            1 when KeyOf(parts[0]) is { } key => Keyed(section, parts[0], key, (IEnumerable)current!),
            1 => ArrayOf(parts[0], section.GetChildren().Select(item => Value(item, parts[0], null))),
            _ => Dictionary(section, parts[0], parts[1], (IDictionary)current!),
        };
    }

    object? Scalar(IConfigurationSection section, Type type, object? current)
    {
        if (section.GetChildren().Any())
            _problems.Add($"{section.Path} is one value and holds no other settings.");
        else if (section.Value is { Length: > 0 } text)
            try
            {
                return ParseAs(type, text);
            }
            catch (Exception error) when (error is FormatException or OverflowException)
            {
                var isOurs = type.Assembly != typeof(int).Assembly && !type.IsEnum;
                _problems.Add($"{section.Path} is \"{text}\"; {(isOurs ? error.Message : $"it must be {KindOf(type)}")}.");
            }
        return current;
    }

    /// <summary>Records that have their names for keys: those that are there changed, new ones added.</summary>
    Array Keyed(IConfigurationSection section, Type type, PropertyInfo key, IEnumerable current)
    {
        var records = current
            .Cast<object>()
            .ToDictionary(record => (string)key.GetValue(record)!, StringComparer.OrdinalIgnoreCase);
        foreach (var item in section.GetChildren())
        {
            if (!item.GetChildren().Any())
            {
                if (item.Value is { Length: > 0 })
                    _problems.Add($"{item.Path} holds other settings and has no value of its own.");
                continue;
            }
            var known = records.GetValueOrDefault(item.Key) ?? Activator.CreateInstance(type)!;
            key.SetValue(known, key.GetValue(known) ?? item.Key);
            Check(key, item.Key, item.Path);
            records[item.Key] = Value(item, type, known)!;
        }
        return ArrayOf(type, records.Values);
    }

    IDictionary Dictionary(IConfigurationSection section, Type keys, Type values, IDictionary current)
    {
        var read = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(keys, values))!;
        foreach (DictionaryEntry entry in current)
            read[entry.Key] = entry.Value;
        foreach (var item in section.GetChildren())
            try
            {
                var key = ParseAs(keys, item.Key);
                if (Value(item, values, read[key]) is { } value)
                    read[key] = value;
            }
            catch (FormatException error)
            {
                _problems.Add($"{item.Path}: {(keys.IsEnum ? $"the name must be {KindOf(keys)}" : error.Message)}.");
            }
        return read;
    }

    static Array ArrayOf(Type type, IEnumerable<object?> items)
    {
        var list = items.ToList();
        var array = Array.CreateInstance(type, list.Count);
        ((ICollection)list).CopyTo(array, 0);
        return array;
    }

    static PropertyInfo? KeyOf(Type type) =>
        Array.Find(type.GetProperties(), property => property.IsDefined(typeof(KeyAttribute)));

    static bool IsScalar(Type type) =>
        type.IsEnum
        || type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IParsable<>));

    static object ParseAs(Type type, string text) =>
        type.IsEnum
            ? Enum.GetNames(type).FirstOrDefault(name => name.Equals(text.Replace("-", ""), StringComparison.OrdinalIgnoreCase))
                is { } name
                ? Enum.Parse(type, name)
                : throw new FormatException()
            : type == typeof(TimeSpan) && !text.Contains(':')
                ? throw new FormatException() // a bare number would be days
                : Parser.MakeGenericMethod(type).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [text], null)!;

    static object Parse<T>(string text)
        where T : IParsable<T> => T.Parse(text, CultureInfo.InvariantCulture);

    static string KindOf(Type type) =>
        type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
        : type == typeof(bool) ? "true or false"
        : type == typeof(TimeSpan) ? "a duration such as 00:05:00 (five minutes)"
        : type == typeof(TimeOnly) ? "a time of day such as 21:00"
        : type == typeof(int) ? "a whole number"
        : "a number";

    internal static string NearestFirst(IEnumerable<string> names, string name) =>
        string.Join(", ", NearestName.First(names, name));
}
