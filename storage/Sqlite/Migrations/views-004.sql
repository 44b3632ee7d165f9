-- Orders of which only the public key has told are counted apart.
ALTER TABLE customer ADD COLUMN claimed_orders INTEGER NOT NULL DEFAULT 0;
ALTER TABLE customer ADD COLUMN claimed_revenue INTEGER NOT NULL DEFAULT 0;
ALTER TABLE statistics ADD COLUMN claimed_orders INTEGER NOT NULL DEFAULT 0;
ALTER TABLE statistics ADD COLUMN claimed_revenue INTEGER NOT NULL DEFAULT 0;
