-- What became of recommendations: sums by the answers that events were attributed to.
CREATE TABLE view_recommendation_day (
  day             integer NOT NULL,   -- since 1970-01-01, UTC
  placement       smallint NOT NULL,
  source          bigint NOT NULL,    -- key of what made the answer; 0: not known
  attributed_by   smallint NOT NULL,  -- 1: id, 2: carried, 3: product
  machine         boolean NOT NULL,   -- programs are counted apart
  shown           bigint NOT NULL,    -- answers
  shown_items     bigint NOT NULL,
  clicked         bigint NOT NULL,
  carted          bigint NOT NULL,
  orders          bigint NOT NULL,
  revenue         bigint NOT NULL,
  claimed_orders  bigint NOT NULL,
  claimed_revenue bigint NOT NULL,
  PRIMARY KEY (day, placement, source, attributed_by, machine)
);

-- How many answers were given, by what made them: no event tells it, so no projection could build it again.
CREATE TABLE answer_day (
  day       integer NOT NULL,  -- since 1970-01-01, UTC
  placement smallint NOT NULL,
  source    bigint NOT NULL,   -- key of what made them
  answers   bigint NOT NULL,
  items     bigint NOT NULL,
  PRIMARY KEY (day, placement, source)
);
