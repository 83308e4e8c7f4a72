-- What operators do: people, their sessions, and append-only records of rollouts, governance and paths.

-- Records name a person by act_id alone. Who that is stands here, and can be erased here.
CREATE TABLE people (
  act_id text COLLATE "C" PRIMARY KEY,
  -- Of the identity provider; absent once erased.
  issuer text COLLATE "C",
  subject text COLLATE "C",
  name text COLLATE "C",
  email text COLLATE "C",
  created_at_ms bigint NOT NULL,
  erased_at_ms bigint,
  UNIQUE (issuer, subject),
  CHECK (erased_at_ms IS NULL OR coalesce(issuer, subject, name, email) IS NULL)
);

CREATE TABLE sessions (
  -- SHA-256 of the cookie's text. The text itself is nowhere.
  session_hash bytea PRIMARY KEY CHECK (length(session_hash) = 32),
  act_id text COLLATE "C" NOT NULL REFERENCES people,
  -- When the person last showed who they are.
  authenticated_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  ended_at_ms bigint
);

-- Whose token a key of an operator is.
ALTER TABLE api_keys ADD COLUMN act_id text COLLATE "C" REFERENCES people;

CREATE TABLE operator_records (
  -- From 1 without a gap, over all chains: one transaction at a time makes changes.
  record_id bigint PRIMARY KEY CHECK (record_id > 0),
  chain text COLLATE "C" NOT NULL,
  -- From 1 without a gap in each chain.
  seq bigint NOT NULL CHECK (seq > 0),
  at_ms bigint NOT NULL,
  -- Public id of a person or a key, or 'start'.
  actor text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  -- Canonical JSON.
  body text COLLATE "C" NOT NULL,
  -- Over all of the above but record_id, and the digest of the record before it in the chain.
  digest text COLLATE "C" NOT NULL,
  UNIQUE (chain, seq)
);

CREATE FUNCTION refuse_change_of_operator_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Operator records are never changed or deleted.';
END $$;

CREATE TRIGGER operator_records_are_kept
  BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_records
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_operator_records();

-- How far each receiver of notifications was told of operator_records.
CREATE TABLE notification_cursors (
  receiver text COLLATE "C" PRIMARY KEY,
  record_id bigint NOT NULL CHECK (record_id >= 0)
);

-- A deployment record is linked to its decision as well.
ALTER TABLE linked_receipts DROP CONSTRAINT linked_receipts_receipt_type_check;
ALTER TABLE linked_receipts ADD CONSTRAINT linked_receipts_receipt_type_check
  CHECK (receipt_type IN ('execution_claim', 'execution_confirmation', 'deployment_record'));
CREATE UNIQUE INDEX linked_receipts_one_record ON linked_receipts (decision_id)
  WHERE receipt_type = 'deployment_record';
