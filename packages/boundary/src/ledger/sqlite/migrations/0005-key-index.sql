-- The index of hashes without a foreign key: each entry that is moved into it would look its receipt
-- up, at a random place of a table that only grows. Rows are written by the writer alone, in the order
-- of the journal, after their receipts.
CREATE TABLE key_index_without_key (
  -- First 16 bytes: of the commitment's SHA-256, else of an HMAC-SHA-256 under the store's index_key.
  key_hash BLOB PRIMARY KEY CHECK (length(key_hash) = 16),
  receipt_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO key_index_without_key SELECT key_hash, receipt_id FROM key_index ORDER BY key_hash;
DROP TABLE key_index;
ALTER TABLE key_index_without_key RENAME TO key_index;
