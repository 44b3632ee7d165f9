CREATE TABLE customer (
  customer      INTEGER PRIMARY KEY,
  known         INTEGER NOT NULL,
  first_seen    INTEGER NOT NULL,
  last_seen     INTEGER NOT NULL,
  events        INTEGER NOT NULL,
  orders        INTEGER NOT NULL,
  revenue       INTEGER NOT NULL,
  cancellations INTEGER NOT NULL,
  cancelled     INTEGER NOT NULL,
  last_order    INTEGER NOT NULL
) STRICT;

CREATE TABLE warning (
  warning       BLOB PRIMARY KEY,
  customer      INTEGER NOT NULL,
  policy        INTEGER NOT NULL,
  risk          REAL NOT NULL,
  money_at_risk INTEGER NOT NULL,
  reasons       TEXT NOT NULL,
  model         TEXT NOT NULL,
  raised_at     INTEGER NOT NULL,
  status        INTEGER NOT NULL,
  closed_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX warning_rank ON warning (money_at_risk DESC, risk DESC, warning);
CREATE INDEX warning_open ON warning (money_at_risk DESC, risk DESC, warning) WHERE status = 0;
CREATE INDEX warning_customer ON warning (customer);

CREATE TABLE statistics (
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  customers     INTEGER NOT NULL,
  buyers        INTEGER NOT NULL,
  events        INTEGER NOT NULL,
  orders        INTEGER NOT NULL,
  cancellations INTEGER NOT NULL,
  revenue       INTEGER NOT NULL,
  cancelled     INTEGER NOT NULL,
  unconverted   INTEGER NOT NULL,
  position      INTEGER NOT NULL
) STRICT;
INSERT INTO statistics VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
