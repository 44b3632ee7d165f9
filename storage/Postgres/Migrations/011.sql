-- What could not be used of what came in, by day.
CREATE TABLE ingestion_problem (
  day integer NOT NULL,
  source text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  field text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  first_at bigint NOT NULL,
  last_at bigint NOT NULL,
  example text NOT NULL,
  PRIMARY KEY (day, source, kind, field)
);
