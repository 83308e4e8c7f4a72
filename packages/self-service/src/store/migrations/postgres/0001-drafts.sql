-- One row for each thing that somebody did: rows are added, never changed and never taken away.
CREATE TABLE self_service_drafts (
  draft_id text COLLATE "C" NOT NULL,
  -- 1, 2, 3, ... in each draft: whoever adds the next one has seen all others.
  revision bigint NOT NULL CHECK (revision >= 1),
  version bigint NOT NULL CHECK (version BETWEEN 1 AND latest_version),
  state text COLLATE "C" NOT NULL CHECK (state IN ('saved', 'review_requested', 'withdrawn')),
  latest_version bigint NOT NULL,
  -- The version under review after this, if there is one.
  review_version bigint,
  organisation text COLLATE "C" NOT NULL,
  author text COLLATE "C" NOT NULL,
  title text COLLATE "C" NOT NULL,
  packet_digest text COLLATE "C" NOT NULL,
  -- Canonical JSON without its preview; only where the version was saved.
  packet text COLLATE "C" CHECK ((packet IS NOT NULL) = (state = 'saved')),
  production_write boolean NOT NULL DEFAULT false CHECK (production_write = false),
  review_only boolean NOT NULL DEFAULT true CHECK (review_only = true),
  created_at_ms bigint NOT NULL,
  PRIMARY KEY (draft_id, revision),
  UNIQUE (draft_id, version, state)
);

CREATE INDEX self_service_drafts_by_organisation ON self_service_drafts (organisation, draft_id);
CREATE INDEX self_service_drafts_by_digest ON self_service_drafts (packet_digest);

CREATE FUNCTION self_service_drafts_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'self_service_drafts only grows' USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER self_service_drafts_unchanged BEFORE UPDATE OR DELETE ON self_service_drafts
  FOR EACH ROW EXECUTE FUNCTION self_service_drafts_only_grow();
CREATE TRIGGER self_service_drafts_kept BEFORE TRUNCATE ON self_service_drafts
  FOR EACH STATEMENT EXECUTE FUNCTION self_service_drafts_only_grow();

CREATE TABLE self_service_store (
  one bigint PRIMARY KEY CHECK (one = 1),
  identity text COLLATE "C" NOT NULL,
  created_at_ms bigint NOT NULL
);
