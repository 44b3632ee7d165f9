-- Names are found by a keyed hash and sealed; those of the table before are brought over when the store is opened.
CREATE TABLE sealed_name (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  kind     INTEGER NOT NULL,
  hash     BLOB NOT NULL,     -- of kind and name, with a key that the master key wraps
  sealed   BLOB NOT NULL,     -- the name, with the key of its customer or, plain anonymous ids, of the shop
  customer INTEGER NOT NULL,
  since    INTEGER NOT NULL,
  UNIQUE (kind, hash)
) STRICT;
CREATE INDEX sealed_name_customer ON sealed_name (customer);
INSERT INTO sqlite_sequence (name, seq) SELECT 'sealed_name', seq FROM sqlite_sequence WHERE name = 'name';
