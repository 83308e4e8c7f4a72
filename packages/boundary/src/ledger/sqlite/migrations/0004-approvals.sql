-- Approvals that a decision used up: each counts once. Kept for a while after their end, because
-- from then on it is their end that refuses them.
CREATE TABLE used_approvals (
  -- First 16 bytes of an HMAC-SHA-256 of issuer and id under the store's index_key.
  approval_hash BLOB PRIMARY KEY CHECK (length(approval_hash) = 16),
  -- Of the decision that used it.
  request_id TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX used_approvals_by_end ON used_approvals (expires_at_ms);
