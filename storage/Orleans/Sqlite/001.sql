-- What Orleans keeps beside the embedded store. OrleansQuery is the only name that Orleans itself knows: it reads the texts
-- of all other queries from there.
CREATE TABLE OrleansQuery (QueryKey TEXT PRIMARY KEY, QueryText TEXT NOT NULL) WITHOUT ROWID;

-- State of grains: here, snapshots of customers.
CREATE TABLE grain_state (
    service TEXT NOT NULL, type TEXT NOT NULL, n0 INTEGER NOT NULL, n1 INTEGER NOT NULL, extension TEXT NOT NULL,
    payload BLOB, version INTEGER NOT NULL,
    PRIMARY KEY (n1, n0, type, extension, service));
