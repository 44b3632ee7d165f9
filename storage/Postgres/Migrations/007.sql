-- Attempts to send a message that failed before it left, and when the first of them was.
ALTER TABLE outbox ADD COLUMN attempts int NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN tried_since bigint NOT NULL DEFAULT 0;
