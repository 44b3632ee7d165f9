-- Snapshots are kept by the grain storage alone.
DROP TABLE snapshot;
