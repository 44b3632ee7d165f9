-- What could not be used of what came in, by day.
CREATE TABLE ingestion_problem (
  day INTEGER NOT NULL,
  source TEXT NOT NULL,
  kind TEXT NOT NULL,
  field TEXT NOT NULL,
  count INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  example TEXT NOT NULL,
  PRIMARY KEY (day, source, kind, field)
) WITHOUT ROWID;
