-- Orders of which only the public key has told are counted apart.
ALTER TABLE view_customer ADD COLUMN claimed_orders integer NOT NULL DEFAULT 0, ADD COLUMN claimed_revenue bigint NOT NULL DEFAULT 0;
ALTER TABLE view_statistics ADD COLUMN claimed_orders bigint NOT NULL DEFAULT 0, ADD COLUMN claimed_revenue bigint NOT NULL DEFAULT 0;
