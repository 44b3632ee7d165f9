-- Turns of customers in the order of their commit. Rows are never changed and never deleted.
CREATE TABLE journal (
  position INTEGER PRIMARY KEY,
  customer INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  time     INTEGER NOT NULL,  -- of the turn, Unix milliseconds
  body     BLOB NOT NULL,     -- behaviour
  personal BLOB,              -- what identifies people, sealed with the customer's key
  UNIQUE (customer, version)
) STRICT;

-- Names that point to customers. Numbers are never given twice, also after an erasure.
CREATE TABLE name (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  kind     INTEGER NOT NULL,
  value    TEXT NOT NULL,
  customer INTEGER NOT NULL,
  since    INTEGER NOT NULL,
  UNIQUE (kind, value)
) STRICT;
CREATE INDEX name_customer ON name (customer);

CREATE TABLE product (
  number INTEGER PRIMARY KEY,
  id     TEXT NOT NULL UNIQUE,
  change INTEGER NOT NULL UNIQUE,
  body   BLOB                 -- of the catalogue's codec; NULL while only the id is known
) STRICT;

CREATE TABLE due (
  customer INTEGER PRIMARY KEY,
  time     INTEGER NOT NULL
) STRICT;
CREATE INDEX due_time ON due (time);

CREATE TABLE outbox (
  message    BLOB PRIMARY KEY,
  customer   INTEGER NOT NULL,
  programme  TEXT NOT NULL,
  occasion   TEXT NOT NULL,
  channel    TEXT NOT NULL,
  not_before INTEGER NOT NULL,
  state      INTEGER NOT NULL,
  detail     TEXT,
  changed    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_state ON outbox (state, not_before);
CREATE INDEX outbox_customer ON outbox (customer);

CREATE TABLE import_key (
  key BLOB PRIMARY KEY        -- 128 bits, big-endian
) STRICT, WITHOUT ROWID;

-- Sealed with the customer's key like personal parts, because a state can hold what an event held.
CREATE TABLE snapshot (
  customer INTEGER PRIMARY KEY,
  version  INTEGER NOT NULL,
  body     BLOB NOT NULL
) STRICT;

CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  number INTEGER PRIMARY KEY,
  time   INTEGER NOT NULL,
  who    TEXT NOT NULL,
  what   TEXT NOT NULL,
  about  TEXT NOT NULL
) STRICT;
