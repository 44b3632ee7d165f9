
-- How many answers were given, by what made them: no event tells it, so no projection could build it again.
CREATE TABLE answer_day (
  day       integer NOT NULL,  -- since 1970-01-01, UTC
  placement smallint NOT NULL,
  source    bigint NOT NULL,   -- key of what made them
  answers   bigint NOT NULL,
  items     bigint NOT NULL,
  PRIMARY KEY (day, placement, source)
);
