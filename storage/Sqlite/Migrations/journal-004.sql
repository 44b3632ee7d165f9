-- Attempts to send a message that failed before it left, and when the first of them was.
ALTER TABLE outbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN tried_since INTEGER NOT NULL DEFAULT 0;
