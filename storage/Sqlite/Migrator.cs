using Personalization.Journal;

namespace Personalization.Storage.Sqlite;

/// <summary>Brings a file to the newest shape: numbered files, forward only, each applied once, all in one transaction.</summary>
static class Migrator
{
    const string Table = "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT";

    /// <param name="prefix">Which migrations, for instance "Sqlite/Migrations/journal-".</param>
    /// <exception cref="StoreUnavailableException">The file was written by a newer version of this program.</exception>
    public static void Apply(Database database, string prefix, long now) =>
        database.InTransaction(db =>
        {
            db.Execute(Table);
            var migrations = SqlFile.Migrations(prefix);
            var reached = db["last-migration"].First(row => row.Int(0));
            if (reached > migrations[^1].Number)
                throw new StoreUnavailableException(
                    "The data was written by a newer version of this program: upgrade it, or restore an older backup."
                );
            foreach (var (number, text) in migrations)
            {
                if (number <= reached)
                    continue;
                db.Execute(text);
                db["add-migration"].Add(number, now).Run();
            }
        });
}
