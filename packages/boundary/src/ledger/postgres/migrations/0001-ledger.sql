-- The production ledger. Times are milliseconds since 1970. Forward only: a released migration is
-- never edited, its checksum is kept in every store. Texts that are compared or sorted have the
-- collation "C": two texts are equal if their bytes are, and sorted by their bytes.

CREATE TABLE store (
  only_row integer PRIMARY KEY CHECK (only_row = 1),
  -- Random; two addresses that show one identity are one store.
  identity text COLLATE "C" NOT NULL,
  -- Keys the hashes in key_index, so that nobody guesses an external reference from them.
  index_key bytea NOT NULL CHECK (length(index_key) = 32),
  -- Counts changes of paths and API keys: every transaction compares it with what its node knows.
  snapshot_version bigint NOT NULL,
  created_at_ms bigint NOT NULL
);

CREATE TABLE partners (
  partner_id text COLLATE "C" PRIMARY KEY,
  created_at_ms bigint NOT NULL
);

CREATE TABLE units (
  partner_id text COLLATE "C" NOT NULL REFERENCES partners,
  unit text COLLATE "C" NOT NULL,
  PRIMARY KEY (partner_id, unit)
);

CREATE TABLE api_keys (
  key_id text COLLATE "C" PRIMARY KEY,
  -- In the order of their making.
  key_row bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  -- Of the whole key text. The key itself is nowhere.
  key_sha256 bytea NOT NULL UNIQUE CHECK (length(key_sha256) = 32),
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('bnd', 'sts', 'ops', 'pull')),
  environment text COLLATE "C" NOT NULL,
  -- Absent for keys of operators and review pulls.
  partner_id text COLLATE "C" REFERENCES partners,
  -- Separated by one space.
  scopes text COLLATE "C" NOT NULL,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  revoked_at_ms bigint,
  -- Exact to a minute.
  last_used_at_ms bigint,
  CHECK ((partner_id IS NULL) = (kind IN ('ops', 'pull')))
);

CREATE TABLE paths (
  path_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  environment text COLLATE "C" NOT NULL,
  partner_id text COLLATE "C" NOT NULL REFERENCES partners,
  path_id text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  -- Canonical form.
  document text COLLATE "C" NOT NULL,
  policy_digest text COLLATE "C" NOT NULL,
  live boolean NOT NULL,
  applied_at_ms bigint NOT NULL,
  UNIQUE (environment, partner_id, path_id, version)
);

CREATE UNIQUE INDEX paths_one_live_version ON paths (environment, partner_id, path_id) WHERE live;
CREATE INDEX paths_by_digest ON paths (policy_digest);

-- What live paths match; '*' is a decision type of its own here.
CREATE TABLE live_path_keys (
  environment text COLLATE "C" NOT NULL,
  partner_id text COLLATE "C" NOT NULL,
  gate_type text COLLATE "C" NOT NULL,
  system_scope text COLLATE "C" NOT NULL,
  decision_type text COLLATE "C" NOT NULL,
  path_row bigint NOT NULL REFERENCES paths,
  PRIMARY KEY (environment, partner_id, gate_type, system_scope, decision_type)
);

-- One row per environment and partner that has a key: whatever is counted or unique belongs to one
-- of these. Whoever issues locks its row, in the order of environment and partner.
CREATE TABLE ledgers (
  ledger_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  environment text COLLATE "C" NOT NULL,
  partner_id text COLLATE "C" NOT NULL REFERENCES partners,
  UNIQUE (environment, partner_id)
);

CREATE TABLE streams (
  stream_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ledger_id bigint NOT NULL REFERENCES ledgers,
  path_id text COLLATE "C" NOT NULL,
  receipt_type text COLLATE "C" NOT NULL,
  stream_key bytea NOT NULL UNIQUE CHECK (length(stream_key) = 32),
  -- The digest that commits the key.
  stream text COLLATE "C" NOT NULL UNIQUE,
  epoch bigint NOT NULL CHECK (epoch > 0),
  last_seq bigint NOT NULL CHECK (last_seq >= 0),
  last_issued_at_ms bigint NOT NULL,
  -- Running totals of the decisions that count in windows.
  decisions bigint NOT NULL CHECK (decisions >= 0),
  sum_usd_cents numeric NOT NULL CHECK (sum_usd_cents >= 0),
  UNIQUE (ledger_id, path_id, receipt_type)
) WITH (fillfactor = 50);

-- What belongs to a receipt below has no foreign key to it: one statement writes a receipt with
-- everything of it, and nothing deletes receipts. Looking each of them up again took a third of
-- the time of that statement.
CREATE SEQUENCE receipt_ids;

CREATE TABLE receipts (
  receipt_id bigint PRIMARY KEY,
  stream_id bigint NOT NULL REFERENCES streams,
  epoch bigint NOT NULL,
  seq bigint NOT NULL CHECK (seq > 0),
  request_id text COLLATE "C" UNIQUE,
  commitment_id text COLLATE "C",
  issued_at_ms bigint NOT NULL,
  -- Public id of the API key that asked.
  key_id text COLLATE "C",
  -- The signed bytes.
  payload bytea NOT NULL,
  signature bytea NOT NULL CHECK (length(signature) = 64),
  kid text COLLATE "C" NOT NULL,
  UNIQUE (stream_id, epoch, seq)
);

-- Apart from the receipts, so that erasure deletes a row here and nothing else.
CREATE TABLE openings (
  receipt_id bigint PRIMARY KEY,
  -- Canonical form.
  opening text COLLATE "C" NOT NULL
);

-- Finds receipts by what callers know: the commitment, the external reference (first decision with
-- it), the idempotency key. Holds hashes only, and survives the erasure of the opening.
CREATE TABLE key_index (
  -- First 16 bytes: of the commitment's SHA-256, else of an HMAC-SHA-256 under the store's index_key.
  key_hash bytea PRIMARY KEY CHECK (length(key_hash) = 16),
  receipt_id bigint NOT NULL
);

-- Running totals of a decision stream, rejects left out: a window is the difference of two rows.
CREATE TABLE decision_totals (
  stream_id bigint NOT NULL REFERENCES streams,
  evaluated_at_ms bigint NOT NULL,
  decisions bigint NOT NULL,
  sum_usd_cents numeric NOT NULL,
  PRIMARY KEY (stream_id, evaluated_at_ms)
);

-- With the receipt and the opening, these rebuild an answer byte for byte. Kept for 7 days.
CREATE TABLE answers (
  receipt_id bigint PRIMARY KEY,
  request_hash text COLLATE "C" NOT NULL,
  evidence_digest text COLLATE "C",
  earlier_commitment_id text COLLATE "C",
  needs text COLLATE "C",
  stored_at_ms bigint NOT NULL
);

CREATE INDEX answers_by_age ON answers (stored_at_ms);

-- Confirmations and claims, by the decision that they are about.
CREATE TABLE linked_receipts (
  decision_id bigint NOT NULL,
  receipt_id bigint NOT NULL,
  receipt_type text COLLATE "C" NOT NULL
    CHECK (receipt_type IN ('execution_claim', 'execution_confirmation')),
  PRIMARY KEY (decision_id, receipt_id)
);

-- One winner before execution, whatever the code above does.
CREATE UNIQUE INDEX linked_receipts_one_claim ON linked_receipts (decision_id)
  WHERE receipt_type = 'execution_claim';

-- Log entries that wait for the publisher; it gives them their index.
CREATE TABLE log_leaves (
  receipt_id bigint PRIMARY KEY,
  -- Canonical form, as hashed into the tree.
  entry bytea NOT NULL
);

-- Who changed what, written in the transaction of the change. Numbered without a gap: a number that
-- is missing shows that somebody took a row away.
CREATE TABLE audit_events (
  event_id bigint PRIMARY KEY CHECK (event_id > 0),
  at_ms bigint NOT NULL,
  -- Public id of a key, or 'start'.
  actor text COLLATE "C" NOT NULL,
  action text COLLATE "C" NOT NULL,
  -- Canonical JSON.
  subject text COLLATE "C" NOT NULL
);

CREATE FUNCTION refuse_change_of_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Audit events are never changed or deleted.';
END $$;

CREATE TRIGGER audit_events_are_kept
  BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_events();
