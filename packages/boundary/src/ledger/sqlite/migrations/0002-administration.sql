-- Keys of operators and review pulls belong to no partner. The table is made anew, because SQLite
-- cannot take back a NOT NULL.
CREATE TABLE new_api_keys (
  key_id TEXT PRIMARY KEY,
  -- Of the whole key text. The key itself is nowhere.
  key_sha256 BLOB NOT NULL UNIQUE CHECK (length(key_sha256) = 32),
  kind TEXT NOT NULL CHECK (kind IN ('bnd', 'sts', 'ops', 'pull')),
  environment TEXT NOT NULL,
  partner_id TEXT REFERENCES partners,
  -- Separated by one space.
  scopes TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  revoked_at_ms INTEGER,
  -- Exact to a minute.
  last_used_at_ms INTEGER,
  CHECK ((partner_id IS NULL) = (kind IN ('ops', 'pull')))
) STRICT;

INSERT INTO new_api_keys
  SELECT key_id, key_sha256, kind, environment,
    CASE WHEN kind IN ('ops', 'pull') THEN NULL ELSE partner_id END,
    scopes, created_at_ms, expires_at_ms, revoked_at_ms, last_used_at_ms
  FROM api_keys ORDER BY rowid;

DROP TABLE api_keys;
ALTER TABLE new_api_keys RENAME TO api_keys;

-- Who changed what, written in the transaction of the change. Numbered without a gap: a number that
-- is missing shows that somebody took a row away.
CREATE TABLE audit_events (
  event_id INTEGER PRIMARY KEY CHECK (event_id > 0),
  at_ms INTEGER NOT NULL,
  -- Public id of a key, or 'start'.
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  -- Canonical JSON.
  subject TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_events_are_not_changed BEFORE UPDATE ON audit_events
BEGIN SELECT raise(ABORT, 'Audit events are never changed.'); END;

CREATE TRIGGER audit_events_are_not_deleted BEFORE DELETE ON audit_events
BEGIN SELECT raise(ABORT, 'Audit events are never deleted.'); END;

-- Also keeps INSERT OR REPLACE from taking the place of a row.
CREATE TRIGGER audit_events_have_no_gap BEFORE INSERT ON audit_events
WHEN NEW.event_id IS NOT (SELECT coalesce(max(event_id), 0) + 1 FROM audit_events)
BEGIN SELECT raise(ABORT, 'Audit events are never numbered with a gap.'); END;
