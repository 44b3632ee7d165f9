using Microsoft.ML;
using Microsoft.ML.Data;
using Personalization.Churn;

namespace Personalization.Models.MLNet;

/// <summary>A row as ML.NET's trainers take it.</summary>
internal sealed class MLNetRow
{
    public required float[] Features { get; init; }
    public required bool Label { get; init; }
}

/// <summary>Snapshots as a data view.</summary>
internal static class MLNetRows
{
    /// <summary>
    /// In place of a missing value: below every known one, so that a test sends it to the side of the small values. The flat
    /// forest keeps that side per node.
    /// </summary>
    public const float Missing = -1e9f;

    /// <param name="context">Of ML.NET.</param>
    /// <param name="rows">Snapshots.</param>
    /// <param name="values">A row's values as they are to be shown; null: the features, missing ones as <see cref="Missing"/>.</param>
    public static IDataView View(MLContext context, Snapshots rows, Func<int, float[]>? values = null)
    {
        values ??= row => Filled(rows.Row(row));
        MLNetRow[] shown =
        [
            .. Enumerable.Range(0, rows.Count).Select(row => new MLNetRow { Features = values(row), Label = rows.Labels[row] }),
        ];
        var schema = SchemaDefinition.Create(typeof(MLNetRow));
        schema[nameof(MLNetRow.Features)].ColumnType = new VectorDataViewType(
            NumberDataViewType.Single,
            shown[0].Features.Length
        );
        return context.Data.LoadFromEnumerable(shown, schema);
    }

    public static float[] Filled(ReadOnlySpan<float> row)
    {
        var filled = new float[ChurnFeatures.Count];
        for (int i = 0; i < filled.Length; i++)
            filled[i] = float.IsNaN(row[i]) ? Missing : row[i];
        return filled;
    }
}
