-- Customers that are due come before strangers.
ALTER TABLE due ADD COLUMN stranger INTEGER NOT NULL DEFAULT 0;
DROP INDEX due_time;
CREATE INDEX due_time ON due (stranger, time);
