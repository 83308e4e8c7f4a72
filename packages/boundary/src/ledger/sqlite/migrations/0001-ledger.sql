-- The production ledger. Times are milliseconds since 1970. Forward only: a released migration
-- is never edited, its checksum is kept in every store.

CREATE TABLE store (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  -- Random; two addresses that show one identity are one store.
  identity TEXT NOT NULL,
  -- Keys the hashes in key_index, so that nobody guesses an external reference from them.
  index_key BLOB NOT NULL CHECK (length(index_key) = 32),
  -- Counts companion changes, as of paths and API keys: whoever keeps a snapshot in memory compares it.
  snapshot_version INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE partners (
  partner_id TEXT PRIMARY KEY,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE units (
  partner_id TEXT NOT NULL REFERENCES partners,
  unit TEXT NOT NULL,
  PRIMARY KEY (partner_id, unit)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  key_id TEXT PRIMARY KEY,
  -- Of the whole key text. The key itself is nowhere.
  key_sha256 BLOB NOT NULL UNIQUE CHECK (length(key_sha256) = 32),
  kind TEXT NOT NULL CHECK (kind IN ('bnd', 'sts', 'ops', 'pull')),
  environment TEXT NOT NULL,
  partner_id TEXT NOT NULL REFERENCES partners,
  -- Separated by one space.
  scopes TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  revoked_at_ms INTEGER,
  -- Exact to a minute.
  last_used_at_ms INTEGER
) STRICT;

CREATE TABLE paths (
  path_row INTEGER PRIMARY KEY,
  environment TEXT NOT NULL,
  partner_id TEXT NOT NULL REFERENCES partners,
  path_id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  -- Canonical form.
  document TEXT NOT NULL,
  policy_digest TEXT NOT NULL,
  live INTEGER NOT NULL CHECK (live IN (0, 1)),
  applied_at_ms INTEGER NOT NULL,
  UNIQUE (environment, partner_id, path_id, version)
) STRICT;

CREATE UNIQUE INDEX paths_one_live_version ON paths (environment, partner_id, path_id)
  WHERE live = 1;
CREATE INDEX paths_by_digest ON paths (policy_digest);

-- What live paths match; '*' is a decision type of its own here.
CREATE TABLE live_path_keys (
  environment TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  gate_type TEXT NOT NULL,
  system_scope TEXT NOT NULL,
  decision_type TEXT NOT NULL,
  path_row INTEGER NOT NULL REFERENCES paths,
  PRIMARY KEY (environment, partner_id, gate_type, system_scope, decision_type)
) STRICT, WITHOUT ROWID;

-- One row per environment and partner: whatever is counted or unique belongs to one of these.
CREATE TABLE ledgers (
  ledger_id INTEGER PRIMARY KEY,
  environment TEXT NOT NULL,
  partner_id TEXT NOT NULL REFERENCES partners,
  UNIQUE (environment, partner_id)
) STRICT;

CREATE TABLE streams (
  stream_id INTEGER PRIMARY KEY,
  ledger_id INTEGER NOT NULL REFERENCES ledgers,
  path_id TEXT NOT NULL,
  receipt_type TEXT NOT NULL,
  stream_key BLOB NOT NULL UNIQUE CHECK (length(stream_key) = 32),
  -- The digest that commits the key.
  stream TEXT NOT NULL UNIQUE,
  epoch INTEGER NOT NULL CHECK (epoch > 0),
  last_seq INTEGER NOT NULL CHECK (last_seq >= 0),
  last_issued_at_ms INTEGER NOT NULL,
  UNIQUE (ledger_id, path_id, receipt_type)
) STRICT;

CREATE TABLE receipts (
  receipt_id INTEGER PRIMARY KEY,
  stream_id INTEGER NOT NULL REFERENCES streams,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL CHECK (seq > 0),
  request_id TEXT UNIQUE,
  commitment_id TEXT,
  issued_at_ms INTEGER NOT NULL,
  -- The signed bytes.
  payload BLOB NOT NULL,
  signature BLOB NOT NULL CHECK (length(signature) = 64),
  kid TEXT NOT NULL,
  -- Public id of the API key that asked; absent for receipts that nobody asked for.
  key_id TEXT,
  UNIQUE (stream_id, epoch, seq)
) STRICT;

-- Apart from the receipts, so that erasure deletes a row here and nothing else.
CREATE TABLE openings (
  receipt_id INTEGER PRIMARY KEY REFERENCES receipts,
  -- Canonical form.
  opening TEXT NOT NULL
) STRICT;

-- Finds receipts by what callers know: the commitment, the external reference (first decision with
-- it), the idempotency key. Holds hashes only, and survives the erasure of the opening.
-- Hashes come in random order, and each would dirty a page of its own: new ones wait in key_journal
-- and are moved in the order of the hashes.
CREATE TABLE key_index (
  -- First 16 bytes: of the commitment's SHA-256, else of an HMAC-SHA-256 under the store's index_key.
  key_hash BLOB PRIMARY KEY CHECK (length(key_hash) = 16),
  receipt_id INTEGER NOT NULL REFERENCES receipts
) STRICT, WITHOUT ROWID;

CREATE TABLE key_journal (
  receipt_id INTEGER PRIMARY KEY REFERENCES receipts,
  -- Of decisions alone: what is linked to one is found by way of it.
  commitment_hash BLOB CHECK (length(commitment_hash) = 16),
  -- Absent if an earlier decision has it.
  reference_hash BLOB CHECK (length(reference_hash) = 16),
  idempotency_hash BLOB CHECK (length(idempotency_hash) = 16)
) STRICT;

-- Running totals of a decision stream, rejects left out: a window is the difference of two rows.
CREATE TABLE decision_totals (
  stream_id INTEGER NOT NULL REFERENCES streams,
  evaluated_at_ms INTEGER NOT NULL,
  decisions INTEGER NOT NULL,
  -- Decimal digits, because a sum may be beyond 64 bits.
  sum_usd_cents TEXT NOT NULL,
  PRIMARY KEY (stream_id, evaluated_at_ms)
) STRICT, WITHOUT ROWID;

-- With the receipt and the opening, these rebuild an answer byte for byte. Kept for 7 days.
CREATE TABLE answers (
  receipt_id INTEGER PRIMARY KEY REFERENCES receipts,
  request_hash TEXT NOT NULL,
  evidence_digest TEXT,
  earlier_commitment_id TEXT,
  needs TEXT,
  stored_at_ms INTEGER NOT NULL
) STRICT;

-- Confirmations and claims, by the decision that they are about.
CREATE TABLE linked_receipts (
  decision_id INTEGER NOT NULL REFERENCES receipts,
  receipt_id INTEGER NOT NULL REFERENCES receipts,
  receipt_type TEXT NOT NULL CHECK (receipt_type IN ('execution_claim', 'execution_confirmation')),
  PRIMARY KEY (decision_id, receipt_id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX linked_receipts_one_claim ON linked_receipts (decision_id)
  WHERE receipt_type = 'execution_claim';

-- Log entries that wait for the publisher; it gives them their index.
CREATE TABLE log_leaves (
  receipt_id INTEGER PRIMARY KEY REFERENCES receipts,
  -- Canonical form, as hashed into the tree.
  entry BLOB NOT NULL
) STRICT;
