-- What operators do: people, their sessions, and append-only records of rollouts, governance and paths.

-- Records name a person by act_id alone. Who that is stands here, and can be erased here.
CREATE TABLE people (
  act_id TEXT PRIMARY KEY,
  -- Of the identity provider; absent once erased.
  issuer TEXT,
  subject TEXT,
  name TEXT,
  email TEXT,
  created_at_ms INTEGER NOT NULL,
  erased_at_ms INTEGER,
  UNIQUE (issuer, subject),
  CHECK (erased_at_ms IS NULL OR coalesce(issuer, subject, name, email) IS NULL)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  -- SHA-256 of the cookie's text. The text itself is nowhere.
  session_hash BLOB PRIMARY KEY CHECK (length(session_hash) = 32),
  act_id TEXT NOT NULL REFERENCES people,
  -- When the person last showed who they are.
  authenticated_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER
) STRICT, WITHOUT ROWID;

-- Whose token a key of an operator is.
ALTER TABLE api_keys ADD COLUMN act_id TEXT REFERENCES people;

CREATE TABLE operator_records (
  -- From 1 without a gap, over all chains.
  record_id INTEGER PRIMARY KEY CHECK (record_id > 0),
  chain TEXT NOT NULL,
  -- From 1 without a gap in each chain.
  seq INTEGER NOT NULL CHECK (seq > 0),
  at_ms INTEGER NOT NULL,
  -- Public id of a person or a key, or 'start'.
  actor TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- Canonical JSON.
  body TEXT NOT NULL,
  -- Over all of the above but record_id, and the digest of the record before it in the chain.
  digest TEXT NOT NULL,
  UNIQUE (chain, seq)
) STRICT;

CREATE TRIGGER operator_records_are_not_changed BEFORE UPDATE ON operator_records
BEGIN SELECT raise(ABORT, 'Operator records are never changed.'); END;

CREATE TRIGGER operator_records_are_not_deleted BEFORE DELETE ON operator_records
BEGIN SELECT raise(ABORT, 'Operator records are never deleted.'); END;

CREATE TRIGGER operator_records_have_no_gap BEFORE INSERT ON operator_records
WHEN NEW.record_id IS NOT (SELECT coalesce(max(record_id), 0) + 1 FROM operator_records)
  OR NEW.seq IS NOT
    (SELECT coalesce(max(seq), 0) + 1 FROM operator_records WHERE chain = NEW.chain)
BEGIN SELECT raise(ABORT, 'Operator records are never numbered with a gap.'); END;

-- How far each receiver of notifications was told of operator_records.
CREATE TABLE notification_cursors (
  receiver TEXT PRIMARY KEY,
  record_id INTEGER NOT NULL CHECK (record_id >= 0)
) STRICT, WITHOUT ROWID;

-- A deployment record is linked to its decision as well.
CREATE TABLE new_linked_receipts (
  decision_id INTEGER NOT NULL REFERENCES receipts,
  receipt_id INTEGER NOT NULL REFERENCES receipts,
  receipt_type TEXT NOT NULL CHECK
    (receipt_type IN ('execution_claim', 'execution_confirmation', 'deployment_record')),
  PRIMARY KEY (decision_id, receipt_id)
) STRICT, WITHOUT ROWID;

INSERT INTO new_linked_receipts
  SELECT decision_id, receipt_id, receipt_type FROM linked_receipts ORDER BY decision_id, receipt_id;
DROP TABLE linked_receipts;
ALTER TABLE new_linked_receipts RENAME TO linked_receipts;

-- One winner before execution, and one record, whatever the code above does.
CREATE UNIQUE INDEX linked_receipts_one_claim ON linked_receipts (decision_id)
  WHERE receipt_type = 'execution_claim';
CREATE UNIQUE INDEX linked_receipts_one_record ON linked_receipts (decision_id)
  WHERE receipt_type = 'deployment_record';
