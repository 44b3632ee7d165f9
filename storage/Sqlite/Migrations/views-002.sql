-- Where visits and orders come from, by day (R03).
ALTER TABLE customer ADD COLUMN visit INTEGER NOT NULL DEFAULT 0;
ALTER TABLE customer ADD COLUMN first_source TEXT NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN last_source TEXT NOT NULL DEFAULT '';

CREATE TABLE source_day (
  day           INTEGER NOT NULL,  -- since 1970-01-01, UTC
  source        TEXT NOT NULL,     -- source, medium and campaign, a tab between; empty: direct
  visits        INTEGER NOT NULL,
  first_visits  INTEGER NOT NULL,
  orders        INTEGER NOT NULL,  -- of customers whose last source it is
  revenue       INTEGER NOT NULL,
  first_orders  INTEGER NOT NULL,  -- of customers whose first source it is
  first_revenue INTEGER NOT NULL,
  PRIMARY KEY (day, source)
) STRICT, WITHOUT ROWID;

-- All of it is built again from the journal.
DELETE FROM customer;
DELETE FROM warning;
UPDATE statistics SET customers = 0, buyers = 0, events = 0, orders = 0, cancellations = 0, revenue = 0, cancelled = 0,
  unconverted = 0, position = 0;
