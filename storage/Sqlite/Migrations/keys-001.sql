-- One key per customer, wrapped by the master key. NULL: destroyed, and never to be made again.
CREATE TABLE customer_key (
  customer INTEGER PRIMARY KEY,
  wrapped  BLOB
) STRICT;

-- A known text sealed with the master key, by which a wrong master key is noticed at once.
CREATE TABLE master_check (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  sealed BLOB NOT NULL
) STRICT;
