-- One row for each thing that somebody did: rows are added, never changed and never taken away.
CREATE TABLE self_service_drafts (
  draft_id TEXT NOT NULL,
  -- 1, 2, 3, ... in each draft: whoever adds the next one has seen all others.
  revision INTEGER NOT NULL CHECK (revision >= 1),
  version INTEGER NOT NULL CHECK (version BETWEEN 1 AND latest_version),
  state TEXT NOT NULL CHECK (state IN ('saved', 'review_requested', 'withdrawn')),
  latest_version INTEGER NOT NULL,
  -- The version under review after this, if there is one.
  review_version INTEGER,
  organisation TEXT NOT NULL,
  author TEXT NOT NULL,
  title TEXT NOT NULL,
  packet_digest TEXT NOT NULL,
  -- Canonical JSON without its preview; only where the version was saved.
  packet TEXT CHECK ((packet IS NOT NULL) = (state = 'saved')),
  production_write BOOLEAN NOT NULL DEFAULT FALSE CHECK (production_write = FALSE),
  review_only BOOLEAN NOT NULL DEFAULT TRUE CHECK (review_only = TRUE),
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (draft_id, revision),
  UNIQUE (draft_id, version, state)
) WITHOUT ROWID;

CREATE INDEX self_service_drafts_by_organisation ON self_service_drafts (organisation, draft_id);
CREATE INDEX self_service_drafts_by_digest ON self_service_drafts (packet_digest);

CREATE TRIGGER self_service_drafts_unchanged BEFORE UPDATE ON self_service_drafts
BEGIN
  SELECT RAISE(ABORT, 'self_service_drafts only grows');
END;
CREATE TRIGGER self_service_drafts_kept BEFORE DELETE ON self_service_drafts
BEGIN
  SELECT RAISE(ABORT, 'self_service_drafts only grows');
END;

CREATE TABLE self_service_store (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  identity TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;
