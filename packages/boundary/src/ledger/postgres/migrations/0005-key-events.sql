-- What roots say of keys, as this store accepted it. Each has one entry in the log of each
-- environment that it names. Rows are only added.
CREATE TABLE key_events (
  -- In log_entries the number of an event stands, negative, in the place of a receipt's: an event
  -- that waits is one that has no row there.
  event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  environment text COLLATE "C" NOT NULL,
  -- Of the statement's payload, as in the entry.
  digest text COLLATE "C" NOT NULL,
  -- Canonical form of the wrapper.
  statement text COLLATE "C" NOT NULL,
  -- Canonical form, as hashed into the tree.
  entry bytea NOT NULL,
  stored_at_ms bigint NOT NULL,
  UNIQUE (environment, digest)
);
