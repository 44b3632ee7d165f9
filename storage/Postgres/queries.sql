-- Queries of the PostgreSQL store. Parameters are numbered in the order in which their names first appear.
-- Lists come as arrays and are unfolded by unnest, so that a query's text is always the same.

-- name: begin
BEGIN

-- name: commit
COMMIT

-- name: lock-migrations
SELECT pg_advisory_xact_lock(7202611220001)

-- A process that stalls inside its transaction must not hold up the others for longer than they wait.
-- name: limit-stalling
SET LOCAL idle_in_transaction_session_timeout = '3s'

-- The session that draws positions holds this lock until the commit is visible: no position appears behind a later one.
-- name: lock-journal
SELECT pg_advisory_xact_lock(7202611220002)

-- The same for products' numbers and change numbers.
-- name: lock-products
SELECT pg_advisory_xact_lock(7202611220003)

-- name: report-applied
INSERT INTO serving (process, change, seen) VALUES (:process, :change, now())
ON CONFLICT (process) DO UPDATE SET change = excluded.change, seen = excluded.seen

-- A process that has not reported for so long no longer serves.
-- name: applied-everywhere
SELECT coalesce(min(change), 9223372036854775807) FROM serving WHERE seen > now() - interval '5 seconds'

-- name: stop-serving
DELETE FROM serving WHERE process = :process OR seen < now() - interval '1 day'

-- name: make-migration-table
CREATE TABLE IF NOT EXISTS migration (number int PRIMARY KEY, applied_at bigint NOT NULL)

-- name: last-migration
SELECT coalesce(max(number), 0) FROM migration

-- name: add-migration
INSERT INTO migration (number, applied_at) VALUES (:number, :now)

-- name: heads
SELECT asked.customer, coalesce((SELECT version FROM journal j WHERE j.customer = asked.customer ORDER BY version DESC LIMIT 1), 0)
FROM unnest(:customers) AS asked (customer)

-- name: last-position
SELECT coalesce(max(position), 0) FROM journal

-- name: customers-of-names
SELECT number, customer FROM sealed_name WHERE number = ANY(:names) FOR UPDATE

-- name: states-of-messages
SELECT message, state FROM outbox WHERE message = ANY(:messages) FOR UPDATE

-- name: add-turns
INSERT INTO journal (position, customer, version, time, body, personal)
SELECT * FROM unnest(:positions, :customers, :versions, :times, :bodies, :personals)

-- name: move-name
UPDATE sealed_name SET customer = :to, since = :since, sealed = :sealed WHERE number = :name

-- name: set-due
INSERT INTO due (customer, time, stranger) SELECT * FROM unnest(:customers, :times, :strangers)
ON CONFLICT (customer) DO UPDATE SET time = excluded.time, stranger = excluded.stranger

-- name: clear-due
DELETE FROM due WHERE customer = ANY(:customers)

-- name: add-messages
INSERT INTO outbox (message, customer, programme, occasion, channel, not_before, state, detail, changed)
SELECT *, :now FROM unnest(:messages, :customers, :programmes, :occasions, :channels, :not_befores, :states, :details)
-- What was withheld may be decided again, what waits may wait longer.
ON CONFLICT (message) DO UPDATE SET not_before = excluded.not_before, state = excluded.state, changed = excluded.changed
WHERE outbox.state IN (1, 4)

-- name: move-message
UPDATE outbox SET state = :to, detail = coalesce(:detail, detail), changed = :now WHERE message = :message AND state = :from

-- name: add-import-keys
INSERT INTO import_key (key) SELECT unnest(:keys) ON CONFLICT (key) DO NOTHING

-- name: find-import-keys
SELECT key FROM import_key WHERE key = ANY(:keys)

-- Several customers at once; which of them a row answers comes first.
-- name: read-customers
SELECT asked.index, j.position, j.customer, j.version, j.time, j.body, j.personal
FROM unnest(:customers, :after, :up_to, :limits) WITH ORDINALITY AS asked (customer, after, up_to, newest, index)
CROSS JOIN LATERAL (
    SELECT * FROM journal WHERE customer = asked.customer AND version > asked.after AND version <= asked.up_to
    ORDER BY version DESC LIMIT asked.newest) j
ORDER BY asked.index, j.version

-- name: read-journal
SELECT position, customer, version, time, body, personal FROM journal WHERE position > :after ORDER BY position LIMIT :limit

-- name: read-journal-without-personal
SELECT position, customer, version, time, body, NULL::bytea FROM journal WHERE position > :after ORDER BY position LIMIT :limit

-- name: find-names
SELECT place, number, customer, since
FROM unnest(:kinds, :hashes) WITH ORDINALITY AS asked (kind, hash, place) JOIN sealed_name USING (kind, hash)

-- name: find-sealed
SELECT number, kind, hash, sealed FROM sealed_name WHERE number = ANY(:names)

-- In the order of the names, so that two that claim the same ones cannot wait for each other.
-- name: add-names
INSERT INTO sealed_name (kind, hash, sealed, customer, since)
SELECT * FROM unnest(:kinds, :hashes, :sealed, :customers, :sinces) AS n (kind, hash, sealed, customer, since)
WHERE NOT EXISTS (SELECT 1 FROM sealed_name x WHERE x.kind = n.kind AND x.hash = n.hash)
ORDER BY kind, hash
ON CONFLICT (kind, hash) DO NOTHING

-- name: put-names
INSERT INTO sealed_name (number, kind, hash, sealed, customer, since)
SELECT * FROM unnest(:numbers, :kinds, :hashes, :sealed, :customers, :sinces)

-- Of the table in which names stood in the clear.
-- name: old-names
SELECT number, kind, value, customer, since FROM old_name ORDER BY number LIMIT :limit

-- name: remove-old-names
DELETE FROM old_name WHERE number <= :number

-- name: empty-old-names
TRUNCATE old_name

-- name: names-of
SELECT number, kind, hash, sealed, customer, since FROM sealed_name WHERE customer = ANY(:customers) ORDER BY customer, kind, since, number

-- name: read-names
SELECT number, kind, hash, sealed, customer, since FROM sealed_name WHERE number > :after ORDER BY number LIMIT :limit

-- name: find-products
SELECT id, number FROM product WHERE id = ANY(:ids)

-- name: add-products
WITH new AS (
  SELECT id, body, row_number() OVER (ORDER BY place) AS nth
  FROM unnest(:ids, :bodies) WITH ORDINALITY AS given (id, body, place)
  WHERE NOT EXISTS (SELECT 1 FROM product p WHERE p.id = given.id)
)
INSERT INTO product (number, id, body, change)
SELECT (SELECT coalesce(max(number), 0) FROM product) + nth, id, body, (SELECT coalesce(max(change), 0) FROM product) + nth
FROM new

-- name: save-products
UPDATE product SET body = saved.body, change = saved.change
FROM (
  SELECT number, body, (SELECT max(change) FROM product) + row_number() OVER (ORDER BY place) AS change
  FROM unnest(:numbers, :bodies) WITH ORDINALITY AS given (number, body, place)
) AS saved
WHERE product.number = saved.number

-- name: last-change
SELECT coalesce(max(change), 0) FROM product

-- name: read-products
SELECT change, number, id, body FROM product WHERE change > :after ORDER BY change LIMIT :limit

-- name: read-due
-- Two looks at the index, the second only as far as the first leaves room.
SELECT customer, time FROM (
  (SELECT customer, time, stranger FROM due WHERE NOT stranger AND time <= :until ORDER BY time, customer LIMIT :limit)
  UNION ALL
  (SELECT customer, time, stranger FROM due WHERE stranger AND time <= :until ORDER BY time, customer LIMIT :limit)
) AS found ORDER BY stranger, time, customer LIMIT :limit

-- name: put-off-message
UPDATE outbox SET state = 1, not_before = :until, detail = :why, attempts = attempts + 1, changed = :now,
  tried_since = CASE WHEN attempts = 0 THEN :now ELSE tried_since END
WHERE message = :message AND state = 2

-- name: find-message
SELECT message, customer, programme, occasion, channel, not_before, state, detail, attempts, tried_since FROM outbox WHERE message = :message

-- name: messages-of
SELECT message FROM outbox WHERE customer = ANY(:customers)

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

-- name: set-aside
INSERT INTO quarantine AS q (kind, subject, customer, reason, since, tries, program, retry)
VALUES (:kind, :subject, :customer, :reason, :since, :tries, :program, false)
ON CONFLICT (kind, subject) DO UPDATE SET reason = excluded.reason, tries = q.tries + excluded.tries,
  program = excluded.program, retry = false
RETURNING xmax = 0

-- name: read-quarantine
SELECT number, kind, subject, customer, reason, since, tries, program, retry FROM quarantine
WHERE (:kind::smallint IS NULL OR kind = :kind) AND number > :after ORDER BY number LIMIT :limit

-- name: count-quarantine
SELECT kind, count(*) FROM quarantine GROUP BY kind

-- name: retry-quarantine
UPDATE quarantine SET retry = true
WHERE (:number::bigint IS NULL OR number = :number) AND (:program::text IS NULL OR program <> :program)

-- name: release
DELETE FROM quarantine WHERE kind = :kind AND subject = :subject

-- name: add-ingestion-problem
INSERT INTO ingestion_problem AS p (day, source, kind, field, count, first_at, last_at, example)
VALUES (:day, :source, :kind, :field, :count, :first, :last, :example)
ON CONFLICT (day, source, kind, field) DO UPDATE SET count = p.count + excluded.count,
  first_at = least(p.first_at, excluded.first_at), last_at = greatest(p.last_at, excluded.last_at), example = excluded.example

-- name: forget-ingestion-problems
DELETE FROM ingestion_problem WHERE day < :day

-- name: read-ingestion-problems
SELECT source, kind, field, sum(count)::bigint, min(first_at), max(last_at), (array_agg(example ORDER BY last_at DESC))[1]
FROM ingestion_problem
WHERE (:kind::text IS NULL OR kind = :kind) AND (:field::text IS NULL OR field = :field) AND day BETWEEN :from AND :to
  AND (:after::text IS NULL OR (source, kind, field) > (:after, :after_kind, :after_field))
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
INSERT INTO answer_day AS a (day, placement, source, answers, items)
SELECT * FROM unnest(:days, :placements, :sources, :answers, :items)
ON CONFLICT (day, placement, source) DO UPDATE SET answers = a.answers + excluded.answers, items = a.items + excluded.items

-- name: read-answers
SELECT day, placement, source, answers, items FROM answer_day WHERE day >= :from AND day <= :to

-- name: add-audit
INSERT INTO audit (time, who, what, about) VALUES (:time, :who, :what, :about)

-- name: remove-names
DELETE FROM sealed_name WHERE customer = ANY(:customers)

-- name: remove-messages
DELETE FROM outbox WHERE customer = ANY(:customers)

-- name: read-check
SELECT sealed FROM master_check

-- name: add-check
INSERT INTO master_check (one, sealed) VALUES (1, :sealed)

-- name: find-keys
SELECT customer, wrapped FROM customer_key WHERE customer = ANY(:customers)

-- name: add-keys
INSERT INTO customer_key (customer, wrapped)
SELECT * FROM unnest(:customers, :wrapped) AS k (customer, wrapped) ORDER BY customer
ON CONFLICT (customer) DO NOTHING

-- name: destroy-keys
UPDATE customer_key SET wrapped = NULL WHERE customer = ANY(:customers) AND wrapped IS NOT NULL

-- name: mark-destroyed
INSERT INTO customer_key (customer, wrapped) SELECT customer, NULL FROM unnest(:customers) AS k (customer) ORDER BY customer
ON CONFLICT (customer) DO UPDATE SET wrapped = NULL

-- name: lock-documents
SELECT pg_advisory_xact_lock(7202611220005)

-- name: add-document
INSERT INTO document (kind, id, version, json, changed_at, changed_by) VALUES (:kind, :id, :version, :json, :at, :by)

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
ORDER BY d.id COLLATE "C"

-- name: read-document-changes
SELECT change, kind, id, version, json, changed_at, changed_by FROM document WHERE change > :change ORDER BY change LIMIT :limit
