-- What became of recommendations: sums by the answers that events were attributed to.
CREATE TABLE recommendation_day (
  day             INTEGER NOT NULL,  -- since 1970-01-01, UTC
  placement       INTEGER NOT NULL,
  source          INTEGER NOT NULL,  -- key of what made the answer; 0: not known
  attributed_by   INTEGER NOT NULL,  -- 1: id, 2: carried, 3: product
  machine         INTEGER NOT NULL,  -- 1: programs, which are counted apart
  shown           INTEGER NOT NULL,  -- answers
  shown_items     INTEGER NOT NULL,
  clicked         INTEGER NOT NULL,
  carted          INTEGER NOT NULL,
  orders          INTEGER NOT NULL,
  revenue         INTEGER NOT NULL,
  claimed_orders  INTEGER NOT NULL,
  claimed_revenue INTEGER NOT NULL,
  PRIMARY KEY (day, placement, source, attributed_by, machine)
) STRICT, WITHOUT ROWID;
