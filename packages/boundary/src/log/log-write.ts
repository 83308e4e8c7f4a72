/** Writes to the log as messages: on SQLite the writer's thread alone writes the file. */
import type { Growth, LogName, NewKeyEvent, Publication, StoredCheckpoint } from './port.ts';

/** One write to the log of an environment. */
export type LogWrite = LogName &
  (
    | {
        readonly kind: 'acquire';
        readonly holder: string;
        readonly nowMs: number;
        readonly ttlMs: number;
        /** Whoever had the lease is known to be gone. */
        readonly isTakeover: boolean;
      }
    | {
        readonly kind: 'store_key_events';
        readonly events: readonly NewKeyEvent[];
        readonly nowMs: number;
      }
    | { readonly kind: 'release'; readonly token: number }
    | { readonly kind: 'grow'; readonly token: number; readonly growth: Growth }
    | { readonly kind: 'sign'; readonly token: number; readonly checkpoint: StoredCheckpoint }
    | { readonly kind: 'publish'; readonly token: number; readonly publication: Publication }
  );

/** `held`: another holder has the lease; `lost`: had. Only `acquire` answers a token. */
export type LogWritten =
  | { readonly kind: 'done'; readonly token?: number }
  | { readonly kind: 'held' }
  | { readonly kind: 'lost' };
