-- What was set aside because it failed again and again, so that what comes after it goes on.
CREATE TABLE quarantine (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  kind     INTEGER NOT NULL,
  subject  TEXT NOT NULL,     -- by kind: a position of the journal, a customer's number or a message's id
  customer INTEGER NOT NULL,  -- whom it concerns
  reason   TEXT NOT NULL,     -- no personal data
  since    INTEGER NOT NULL,
  tries    INTEGER NOT NULL,
  program  TEXT NOT NULL,     -- the version that failed: another one tries again by itself
  retry    INTEGER NOT NULL,  -- 1: to be tried again
  UNIQUE (kind, subject)
) STRICT;
