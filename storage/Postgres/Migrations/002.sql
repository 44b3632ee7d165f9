-- Where visits and orders come from, by day (R03).
ALTER TABLE view_customer ADD COLUMN visit integer NOT NULL DEFAULT 0;
ALTER TABLE view_customer ADD COLUMN first_source text NOT NULL DEFAULT '';
ALTER TABLE view_customer ADD COLUMN last_source text NOT NULL DEFAULT '';

CREATE TABLE view_source_day (
  day           integer NOT NULL,  -- since 1970-01-01, UTC
  source        text NOT NULL,     -- source, medium and campaign, a tab between; empty: direct
  visits        bigint NOT NULL,
  first_visits  bigint NOT NULL,
  orders        bigint NOT NULL,   -- of customers whose last source it is
  revenue       bigint NOT NULL,
  first_orders  bigint NOT NULL,   -- of customers whose first source it is
  first_revenue bigint NOT NULL,
  PRIMARY KEY (day, source)
);

-- All of it is built again from the journal.
TRUNCATE view_customer, view_warning;
UPDATE view_statistics SET customers = 0, buyers = 0, events = 0, orders = 0, cancellations = 0, revenue = 0, cancelled = 0,
  unconverted = 0, position = 0;
