-- The processes that serve the shop, and how far each has applied the catalogue's changes: a product that is hidden is gone
-- from every answer when the call that hides it returns.
CREATE TABLE serving (process uuid PRIMARY KEY, change bigint NOT NULL, seen timestamptz NOT NULL);
