-- What was refunded, besides what was cancelled.
ALTER TABLE customer ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE statistics ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0;
