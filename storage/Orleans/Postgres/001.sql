-- What Orleans keeps, in a schema of its own. OrleansQuery is the only name that Orleans itself knows: it reads the texts of
-- all other queries from there.
CREATE TABLE OrleansQuery (QueryKey text PRIMARY KEY, QueryText text NOT NULL);

-- One row per cluster: a change of the membership must name the version it changes.
CREATE TABLE membership_version (
    deployment text PRIMARY KEY,
    version int NOT NULL DEFAULT 0,
    changed timestamptz NOT NULL DEFAULT now());

CREATE TABLE membership (
    deployment text NOT NULL REFERENCES membership_version,
    address text NOT NULL, port int NOT NULL, generation int NOT NULL,
    silo text NOT NULL, host text NOT NULL, status int NOT NULL, proxy_port int,
    suspects text, started timestamptz NOT NULL, alive timestamptz NOT NULL,
    PRIMARY KEY (deployment, address, port, generation));

-- State of grains: here, snapshots of customers.
CREATE TABLE grain_state (
    service text NOT NULL, type text NOT NULL, n0 bigint NOT NULL, n1 bigint NOT NULL, extension text NOT NULL,
    payload bytea, version int NOT NULL, changed timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (n1, n0, type, extension, service));
