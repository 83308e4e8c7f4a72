-- The transparency log: one per environment, written by its publisher alone. Each of its
-- transactions locks the row of the log and compares the fencing token of the lease, so whoever
-- lost the lease writes nothing more.
CREATE TABLE logs (
  log_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  environment text COLLATE "C" NOT NULL UNIQUE,
  origin text COLLATE "C" NOT NULL UNIQUE,
  -- Leaves with an index, 0 to tree_size - 1.
  tree_size bigint NOT NULL DEFAULT 0 CHECK (tree_size >= 0),
  -- Grows by one with each new holder.
  lease_token bigint NOT NULL DEFAULT 0,
  lease_holder text COLLATE "C",
  lease_until_ms bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- Whose leaf it is: the publisher then reads nothing but what waits, however long the record is.
ALTER TABLE log_leaves ADD COLUMN stream_id bigint;
UPDATE log_leaves SET stream_id =
  (SELECT stream_id FROM receipts WHERE receipts.receipt_id = log_leaves.receipt_id);

-- The leaves that have an index, moved here from log_leaves. An entry bundle is a run of these.
CREATE TABLE log_entries (
  log_id bigint NOT NULL REFERENCES logs,
  log_index bigint NOT NULL CHECK (log_index >= 0),
  receipt_id bigint NOT NULL UNIQUE,
  -- Canonical form, as hashed into the tree.
  entry bytea NOT NULL,
  PRIMARY KEY (log_id, log_index)
);

-- One row for each tile, as wide as it is now: an earlier partial tile is a prefix of it.
CREATE TABLE log_tiles (
  log_id bigint NOT NULL REFERENCES logs,
  level integer NOT NULL CHECK (level BETWEEN 0 AND 63),
  tile_index bigint NOT NULL CHECK (tile_index >= 0),
  hashes bytea NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
  PRIMARY KEY (log_id, level, tile_index)
);

-- What was signed, before anybody saw it. The note takes up the cosignatures that came.
CREATE TABLE log_checkpoints (
  log_id bigint NOT NULL REFERENCES logs,
  tree_size bigint NOT NULL CHECK (tree_size > 0),
  root bytea NOT NULL CHECK (length(root) = 32),
  note text COLLATE "C" NOT NULL,
  signed_at_ms bigint NOT NULL,
  published boolean NOT NULL DEFAULT false,
  -- Enough witnesses cosigned it.
  cosigned boolean NOT NULL DEFAULT false,
  PRIMARY KEY (log_id, tree_size)
);

CREATE INDEX log_checkpoints_published ON log_checkpoints (log_id, tree_size) WHERE published;
CREATE INDEX log_checkpoints_cosigned ON log_checkpoints (log_id, tree_size) WHERE cosigned;
