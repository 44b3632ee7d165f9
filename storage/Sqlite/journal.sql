-- Queries of journal.db. Parameters are numbered in the order in which their names first appear.

-- name: savepoint
SAVEPOINT one_commit

-- name: release-savepoint
RELEASE one_commit

-- name: rollback-to
ROLLBACK TO one_commit

-- name: add-turn
-- Nothing where the version is there already, or the one before it is not.
INSERT OR IGNORE INTO journal (customer, version, time, body, personal)
SELECT :customer, :version, :time, :body, :personal
WHERE :version = 1 OR EXISTS (SELECT 1 FROM journal WHERE customer = :customer AND version = :version - 1)

-- name: read-customer
SELECT position, customer, version, time, body, personal FROM journal
WHERE customer = :customer AND version > :after AND version <= :up_to ORDER BY version DESC LIMIT :limit

-- name: read-journal
SELECT position, customer, version, time, body, personal FROM journal WHERE position > :after ORDER BY position LIMIT :limit

-- name: last-position
SELECT coalesce(max(position), 0) FROM journal

-- name: head
SELECT coalesce(max(version), 0) FROM journal WHERE customer = :customer

-- name: find-name
SELECT number, customer, since FROM sealed_name WHERE kind = :kind AND hash = :hash

-- name: find-sealed
SELECT kind, hash, sealed FROM sealed_name WHERE number = :number

-- name: add-name
INSERT INTO sealed_name (kind, hash, sealed, customer, since) VALUES (:kind, :hash, :sealed, :customer, :since)

-- name: put-name
INSERT OR REPLACE INTO sealed_name (number, kind, hash, sealed, customer, since)
VALUES (:number, :kind, :hash, :sealed, :customer, :since)

-- name: names-of
SELECT number, kind, hash, sealed, customer, since FROM sealed_name WHERE customer = :customer ORDER BY kind, since, number

-- name: read-names
SELECT number, kind, hash, sealed, customer, since FROM sealed_name WHERE number > :after ORDER BY number LIMIT :limit

-- name: move-name
UPDATE sealed_name SET customer = :to, since = :since, sealed = :sealed WHERE number = :name AND customer = :from

-- name: return-name
UPDATE sealed_name SET customer = :to, sealed = :sealed WHERE number = :name

-- name: name-by-number
SELECT number, kind, hash, sealed, customer, since FROM sealed_name WHERE number = :number

-- name: remove-names
DELETE FROM sealed_name WHERE customer = :customer

-- Of the table in which names stood in the clear.
-- name: old-names
SELECT number, kind, value, customer, since FROM name ORDER BY number LIMIT :limit

-- name: remove-old-names
DELETE FROM name WHERE number <= :number

-- name: find-product
SELECT number FROM product WHERE id = :id

-- name: add-product
INSERT INTO product (id, body, change) SELECT :id, :body, coalesce(max(change), 0) + 1 FROM product

-- name: put-product
INSERT OR REPLACE INTO product (number, id, change, body) VALUES (:number, :id, :change, :body)

-- name: save-product
UPDATE product SET body = :body, change = (SELECT max(change) + 1 FROM product) WHERE number = :number

-- name: last-change
SELECT coalesce(max(change), 0) FROM product

-- name: read-products
SELECT change, number, id, body FROM product WHERE change > :after ORDER BY change LIMIT :limit

-- name: set-due
INSERT INTO due (customer, time, stranger) VALUES (:customer, :time, :stranger)
ON CONFLICT (customer) DO UPDATE SET time = excluded.time, stranger = excluded.stranger

-- name: clear-due
DELETE FROM due WHERE customer = :customer

-- name: read-due
-- Two looks at the index, the second only as far as the first leaves room.
SELECT customer, time FROM (
  SELECT * FROM (SELECT customer, time FROM due WHERE stranger = 0 AND time <= :until ORDER BY time, customer LIMIT :limit)
  UNION ALL
  SELECT * FROM (SELECT customer, time FROM due WHERE stranger = 1 AND time <= :until ORDER BY time, customer LIMIT :limit)
) LIMIT :limit

-- name: add-message
INSERT INTO outbox (message, customer, programme, occasion, channel, not_before, state, detail, changed)
VALUES (:message, :customer, :programme, :occasion, :channel, :not_before, :state, :detail, :now)
-- What was withheld may be decided again, what waits may wait longer.
ON CONFLICT (message) DO UPDATE SET not_before = excluded.not_before, state = excluded.state, changed = excluded.changed
WHERE outbox.state IN (1, 4)

-- name: move-message
UPDATE outbox SET state = :to, detail = coalesce(:detail, detail), changed = :now WHERE message = :message AND state = :from

-- name: put-off-message
UPDATE outbox SET state = 1, not_before = :until, detail = :why, attempts = attempts + 1, changed = :now,
  tried_since = CASE WHEN attempts = 0 THEN :now ELSE tried_since END
WHERE message = :message AND state = 2

-- name: find-message
SELECT message, customer, programme, occasion, channel, not_before, state, detail, attempts, tried_since FROM outbox WHERE message = :message

-- name: messages-of
SELECT message FROM outbox WHERE customer = :customer

-- name: count-outbox
SELECT state, count(*) FROM outbox GROUP BY state

-- name: read-outbox
-- Messages to customers before the questions that strangers cause, each kind in the order of time.
SELECT message, customer, programme, occasion, channel, not_before, state, detail, attempts, tried_since FROM (
  SELECT * FROM (
    SELECT 0 AS kind, o.* FROM outbox AS o
    WHERE o.state = :state AND o.not_before <= :until AND o.programme <> 'opt-in' ORDER BY o.not_before, o.message LIMIT :limit
  ) AS messages
  UNION ALL
  SELECT * FROM (
    SELECT 1 AS kind, o.* FROM outbox AS o
    WHERE o.state = :state AND o.not_before <= :until AND o.programme = 'opt-in' ORDER BY o.not_before, o.message LIMIT :limit
  ) AS questions
) AS due
ORDER BY kind, not_before, message LIMIT :limit

-- name: remove-messages
DELETE FROM outbox WHERE customer = :customer

-- name: add-import-key
INSERT OR IGNORE INTO import_key (key) VALUES (:key)

-- name: find-import-key
SELECT 1 FROM import_key WHERE key = :key

-- name: find-sealed-entry
SELECT 1 FROM journal WHERE length(personal) > 0 LIMIT 1

-- name: find-quarantined
SELECT 1 FROM quarantine WHERE kind = :kind AND subject = :subject

-- name: set-aside
INSERT INTO quarantine (kind, subject, customer, reason, since, tries, program, retry)
VALUES (:kind, :subject, :customer, :reason, :since, :tries, :program, 0)
ON CONFLICT (kind, subject) DO UPDATE SET reason = excluded.reason, tries = tries + excluded.tries, program = excluded.program, retry = 0

-- name: read-quarantine
SELECT number, kind, subject, customer, reason, since, tries, program, retry FROM quarantine
WHERE (:kind IS NULL OR kind = :kind) AND number > :after ORDER BY number LIMIT :limit

-- name: count-quarantine
SELECT kind, count(*) FROM quarantine GROUP BY kind

-- name: retry-quarantine
UPDATE quarantine SET retry = 1 WHERE (:number IS NULL OR number = :number) AND (:program IS NULL OR program <> :program)

-- name: release
DELETE FROM quarantine WHERE kind = :kind AND subject = :subject

-- name: add-ingestion-problem
INSERT INTO ingestion_problem (day, source, kind, field, count, first_at, last_at, example)
VALUES (:day, :source, :kind, :field, :count, :first, :last, :example)
ON CONFLICT (day, source, kind, field) DO UPDATE SET count = count + excluded.count,
  first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at), example = excluded.example

-- name: forget-ingestion-problems
DELETE FROM ingestion_problem WHERE day < :day

-- name: read-ingestion-problems
SELECT source, kind, field, sum(count), min(first_at), max(last_at), example FROM ingestion_problem
WHERE (:kind IS NULL OR kind = :kind) AND (:field IS NULL OR field = :field) AND day BETWEEN :from AND :to
  AND (:after IS NULL OR (source, kind, field) > (:after, :after_kind, :after_field))
GROUP BY source, kind, field ORDER BY source, kind, field LIMIT :limit

-- name: read-setting
SELECT value FROM setting WHERE name = :name

-- name: save-setting
INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value

-- name: add-setting
INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING

-- name: remove-setting
DELETE FROM setting WHERE name = :name

-- name: add-answers
INSERT INTO answer_day (day, placement, source, answers, items) VALUES (:day, :placement, :source, :answers, :items)
ON CONFLICT (day, placement, source) DO UPDATE SET answers = answers + excluded.answers, items = items + excluded.items

-- name: read-answers
SELECT day, placement, source, answers, items FROM answer_day WHERE day >= :from AND day <= :to

-- name: add-audit
INSERT INTO audit (time, who, what, about) VALUES (:time, :who, :what, :about)

-- name: add-document
INSERT INTO document (kind, id, version, json, changed_at, changed_by) VALUES (:kind, :id, :version, :json, :at, :by)

-- name: put-document
INSERT INTO document (change, kind, id, version, json, changed_at, changed_by)
VALUES (:change, :kind, :id, :version, :json, :at, :by)

-- name: read-versions
SELECT change, kind, id, version, json, changed_at, changed_by FROM document
WHERE kind = :kind AND id = :id ORDER BY version DESC LIMIT :limit

-- name: find-version
SELECT change, kind, id, version, json, changed_at, changed_by FROM document
WHERE kind = :kind AND id = :id AND version = :version

-- name: read-documents
SELECT d.change, d.kind, d.id, d.version, d.json, d.changed_at, d.changed_by FROM document AS d
WHERE d.kind = :kind AND d.json IS NOT NULL
  AND d.version = (SELECT max(n.version) FROM document AS n WHERE n.kind = d.kind AND n.id = d.id)
ORDER BY d.id

-- name: read-document-changes
SELECT change, kind, id, version, json, changed_at, changed_by FROM document WHERE change > :change ORDER BY change LIMIT :limit
