-- What every file needs. Parameters are numbered in the order in which their names first appear.

-- name: begin
BEGIN IMMEDIATE

-- name: begin-read
BEGIN

-- name: commit
COMMIT

-- name: checkpoint
PRAGMA wal_checkpoint(TRUNCATE)

-- name: quick-check
PRAGMA quick_check(1)

-- name: last-migration
SELECT coalesce(max(number), 0) FROM migration

-- name: add-migration
INSERT INTO migration (number, applied_at) VALUES (:number, :now)
