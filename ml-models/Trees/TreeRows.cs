using Microsoft.ML;
using Microsoft.ML.Data;
using Personalization.Churn;
using Personalization.Models.Training;

namespace Personalization.Models.Trees;

/// <summary>Snapshots as ML.NET's trainers take them: a vector "Features" and a "Label", true for churn.</summary>
static class TreeRows
{
    /// <summary>
    /// In place of a missing value: below every known one, so that a split sends it to the side of the small values. The flat
    /// forest keeps that side per node; whoever scores the ML.NET model gives it the same value.
    /// </summary>
    public const float Missing = -1e9f;

    sealed class TreeRow
    {
        public required float[] Features { get; init; }
        public required bool Label { get; init; }
    }

    /// <param name="context">ML.NET's.</param>
    /// <param name="rows">What is shown.</param>
    /// <param name="columns">The features that are shown; null: all of them.</param>
    public static IDataView View(MLContext context, Snapshots rows, ChurnFeature[]? columns = null)
    {
        columns ??= [.. ChurnFeatures.All.Select(feature => feature.Feature)];
        var schema = SchemaDefinition.Create(typeof(TreeRow));
        var features = schema[nameof(TreeRow.Features)];
        features.ColumnType = new VectorDataViewType(NumberDataViewType.Single, columns.Length);
        // ML.NET's tools show the features by their names.
        ReadOnlyMemory<char>[] names = [.. columns.Select(column => ChurnFeatures.All[(int)column].Name.AsMemory())];
        features.AddAnnotation(
            "SlotNames",
            new VBuffer<ReadOnlyMemory<char>>(names.Length, names),
            new VectorDataViewType(TextDataViewType.Instance, names.Length)
        );
        // Made one by one while they are read: a copy of all rows would double the memory.
        var shown = Enumerable
            .Range(0, rows.Count)
            .Select(row => new TreeRow
            {
                Features = Array.ConvertAll(columns, column => Filled(rows.Value(row, column))),
                Label = rows.Labels[row],
            });
        return context.Data.LoadFromEnumerable(shown, schema);
    }

    static float Filled(float value) => float.IsNaN(value) ? Missing : value;
}
