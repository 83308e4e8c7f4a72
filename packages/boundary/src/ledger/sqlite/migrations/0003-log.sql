-- The transparency log: one per environment, written by its publisher alone. Each of its
-- transactions names the fencing token of the lease, so whoever lost the lease writes nothing more.
CREATE TABLE logs (
  log_id INTEGER PRIMARY KEY,
  environment TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL UNIQUE,
  -- Leaves with an index, 0 to tree_size - 1.
  tree_size INTEGER NOT NULL DEFAULT 0 CHECK (tree_size >= 0),
  -- Grows by one with each new holder.
  lease_token INTEGER NOT NULL DEFAULT 0,
  lease_holder TEXT,
  lease_until_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Whose leaf it is: the publisher then reads nothing but what waits, however long the record is.
ALTER TABLE log_leaves ADD COLUMN stream_id INTEGER;
UPDATE log_leaves SET stream_id =
  (SELECT stream_id FROM receipts WHERE receipts.receipt_id = log_leaves.receipt_id);

-- The leaves that have an index, moved here from log_leaves. An entry bundle is a run of these.
CREATE TABLE log_entries (
  log_id INTEGER NOT NULL REFERENCES logs,
  log_index INTEGER NOT NULL CHECK (log_index >= 0),
  receipt_id INTEGER NOT NULL UNIQUE,
  -- Canonical form, as hashed into the tree.
  entry BLOB NOT NULL,
  PRIMARY KEY (log_id, log_index)
) STRICT, WITHOUT ROWID;

-- One row for each tile, as wide as it is now: an earlier partial tile is a prefix of it.
CREATE TABLE log_tiles (
  log_id INTEGER NOT NULL REFERENCES logs,
  level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 63),
  tile_index INTEGER NOT NULL CHECK (tile_index >= 0),
  hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
  PRIMARY KEY (log_id, level, tile_index)
) STRICT, WITHOUT ROWID;

-- What was signed, before anybody saw it. The note takes up the cosignatures that came.
CREATE TABLE log_checkpoints (
  log_id INTEGER NOT NULL REFERENCES logs,
  tree_size INTEGER NOT NULL CHECK (tree_size > 0),
  root BLOB NOT NULL CHECK (length(root) = 32),
  note TEXT NOT NULL,
  signed_at_ms INTEGER NOT NULL,
  published INTEGER NOT NULL DEFAULT 0 CHECK (published IN (0, 1)),
  -- Enough witnesses cosigned it.
  cosigned INTEGER NOT NULL DEFAULT 0 CHECK (cosigned IN (0, 1)),
  PRIMARY KEY (log_id, tree_size)
) STRICT, WITHOUT ROWID;

CREATE INDEX log_checkpoints_published ON log_checkpoints (log_id, tree_size) WHERE published = 1;
CREATE INDEX log_checkpoints_cosigned ON log_checkpoints (log_id, tree_size) WHERE cosigned = 1;
