/** When a key was last used: for whoever decides which keys can be revoked. */
import type { LedgerAdmin } from '../ledger/administration.ts';

/** A key's use is noted this often at most. */
export const NOTE_INTERVAL_MS = 60_000;

export interface KeyUsePorts {
  readonly admin: Pick<LedgerAdmin, 'apply'>;
  readonly nowMs: () => number;
}

/**
 * A function that notes uses, each key at most once a minute. Nobody waits for it, and a note that
 * cannot be stored is dropped: the next use writes another.
 */
export function keyUseNotes({ admin, nowMs }: KeyUsePorts): (keyId: string) => void {
  const notedAtMs = new Map<string, number>();
  return (keyId) => {
    const now = nowMs();
    if (now - (notedAtMs.get(keyId) ?? -Infinity) < NOTE_INTERVAL_MS) return;
    notedAtMs.set(keyId, now);
    void admin.apply({ kind: 'touch_api_key', keyId }).catch(() => notedAtMs.delete(keyId));
  };
}
