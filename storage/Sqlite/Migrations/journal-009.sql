-- What people write while the server runs: a row for each version.
CREATE TABLE document (
  change     INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT NOT NULL,
  id         TEXT NOT NULL,
  version    INTEGER NOT NULL,
  json       TEXT,             -- null: removed
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL,
  UNIQUE (kind, id, version)
) STRICT;
