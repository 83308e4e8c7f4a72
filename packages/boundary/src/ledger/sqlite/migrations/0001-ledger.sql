-- The production ledger. Times are milliseconds since 1970. Forward only: a released migration
-- is never edited, its checksum is kept in every store.

CREATE TABLE store (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  -- Random; two addresses that show one identity are one store.
  identity TEXT NOT NULL,
  -- Keys the hashes of external references, so that they cannot be guessed from the table alone.
  reference_key BLOB NOT NULL CHECK (length(reference_key) = 32),
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
  UNIQUE (stream_id, epoch, seq)
) STRICT;

CREATE INDEX receipts_by_commitment ON receipts (commitment_id);

-- Apart from the receipts, so that erasure deletes a row here and nothing else.
CREATE TABLE openings (
  receipt_id INTEGER PRIMARY KEY REFERENCES receipts,
  -- Canonical form.
  opening TEXT NOT NULL
) STRICT;

-- The first decision with an external reference. Survives the erasure of the opening.
CREATE TABLE external_references (
  ledger_id INTEGER NOT NULL REFERENCES ledgers,
  -- First half of HMAC-SHA-256 under the store's reference_key.
  reference_hash BLOB NOT NULL CHECK (length(reference_hash) = 16),
  receipt_id INTEGER NOT NULL REFERENCES receipts,
  PRIMARY KEY (ledger_id, reference_hash)
) STRICT, WITHOUT ROWID;

-- Running totals of a decision stream, rejects left out: a window is the difference of two rows.
CREATE TABLE decision_totals (
  stream_id INTEGER NOT NULL REFERENCES streams,
  evaluated_at_ms INTEGER NOT NULL,
  decisions INTEGER NOT NULL,
  -- Decimal digits, because a sum may be beyond 64 bits.
  sum_usd_cents TEXT NOT NULL,
  PRIMARY KEY (stream_id, evaluated_at_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
  ledger_id INTEGER NOT NULL REFERENCES ledgers,
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  evidence_digest TEXT,
  receipt_id INTEGER NOT NULL REFERENCES receipts,
  -- With the receipt and the opening, these rebuild the answer byte for byte.
  earlier_commitment_id TEXT,
  needs TEXT,
  stored_at_ms INTEGER NOT NULL,
  PRIMARY KEY (ledger_id, idempotency_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (stored_at_ms);

-- Log entries that wait for the publisher; it gives them their index.
CREATE TABLE log_leaves (
  receipt_id INTEGER PRIMARY KEY REFERENCES receipts,
  -- Canonical form, as hashed into the tree.
  entry BLOB NOT NULL
) STRICT;
