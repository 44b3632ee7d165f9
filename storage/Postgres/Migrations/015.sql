-- What was refunded, besides what was cancelled.
ALTER TABLE view_customer ADD COLUMN refunded bigint NOT NULL DEFAULT 0;
ALTER TABLE view_statistics ADD COLUMN refunded bigint NOT NULL DEFAULT 0;
