-- How many answers were given, by what made them: no event tells it, so no projection could build it again.
CREATE TABLE answer_day (
  day       INTEGER NOT NULL,  -- since 1970-01-01, UTC
  placement INTEGER NOT NULL,
  source    INTEGER NOT NULL,  -- key of what made them
  answers   INTEGER NOT NULL,
  items     INTEGER NOT NULL,
  PRIMARY KEY (day, placement, source)
) STRICT, WITHOUT ROWID;
