-- What roots say of keys, as this store accepted it. Each has one entry in the log of each
-- environment that it names. Rows are only added.
CREATE TABLE key_events (
  -- In log_entries the number of an event stands, negative, in the place of a receipt's: an event
  -- that waits is one that has no row there.
  event_id INTEGER PRIMARY KEY CHECK (event_id > 0),
  environment TEXT NOT NULL,
  -- Of the statement's payload, as in the entry.
  digest TEXT NOT NULL,
  -- Canonical form of the wrapper.
  statement TEXT NOT NULL,
  -- Canonical form, as hashed into the tree.
  entry BLOB NOT NULL,
  stored_at_ms INTEGER NOT NULL,
  UNIQUE (environment, digest)
) STRICT;
