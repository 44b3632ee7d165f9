-- Customers that are due come before strangers.
ALTER TABLE due ADD COLUMN stranger boolean NOT NULL DEFAULT false;
DROP INDEX due_time;
CREATE INDEX due_time ON due (stranger, time);
