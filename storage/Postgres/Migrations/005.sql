-- What was set aside because it failed again and again, so that what comes after it goes on.
CREATE TABLE quarantine (
  number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind     smallint NOT NULL,
  subject  text NOT NULL,      -- by kind: a position of the journal, a customer's number or a message's id
  customer bigint NOT NULL,    -- whom it concerns
  reason   text NOT NULL,      -- no personal data
  since    bigint NOT NULL,
  tries    int NOT NULL,
  program  text NOT NULL,      -- the version that failed: another one tries again by itself
  retry    boolean NOT NULL,   -- to be tried again
  UNIQUE (kind, subject)
);

-- Built again from the journal: sums of absurd amounts, which older versions counted, turned negative or stood still.
TRUNCATE view_customer, view_warning, view_source_day;
UPDATE view_statistics SET customers = 0, buyers = 0, events = 0, orders = 0, cancellations = 0, revenue = 0, cancelled = 0,
  unconverted = 0, position = 0;
