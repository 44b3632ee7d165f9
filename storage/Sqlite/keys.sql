-- Queries of keys.db.

-- name: read-check
SELECT sealed FROM master_check

-- name: add-check
INSERT INTO master_check (one, sealed) VALUES (1, :sealed)

-- name: find-key
SELECT wrapped FROM customer_key WHERE customer = :customer

-- name: add-key
INSERT INTO customer_key (customer, wrapped) VALUES (:customer, :wrapped)

-- name: destroy-key
UPDATE customer_key SET wrapped = NULL WHERE customer = :customer AND wrapped IS NOT NULL

-- name: mark-destroyed
INSERT INTO customer_key (customer, wrapped) VALUES (:customer, NULL) ON CONFLICT (customer) DO NOTHING
