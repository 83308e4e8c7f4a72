/** What passes between a writer's thread and the thread that started it. */
import type { ErrorCode } from '@craton/protocol';
import type { LogWrite, LogWritten } from '../log/log-write.ts';
import type { BatchReply, Commit } from './batch.ts';
import type { SeenOfLog } from './issuing.ts';

/** The private half; it is copied into the thread and wiped there once it is in use. */
export interface SigningKey {
  readonly environment: string;
  /** 32 bytes; one key per environment. */
  readonly seed: Uint8Array;
}

/** The public half, for key sets. */
export interface PublicSigningKey {
  readonly environment: string;
  readonly kid: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** To the thread. */
export type ToWriter =
  | { readonly kind: 'batch'; readonly id: number; readonly commits: readonly Commit[] }
  | { readonly kind: 'log'; readonly id: number; readonly write: LogWrite }
  | { readonly kind: 'seen'; readonly seen: SeenOfLog }
  | { readonly kind: 'close' };

/** From the thread; `ready` or `refused` comes first, and once. */
export type FromWriter =
  | { readonly kind: 'ready'; readonly keys: readonly PublicSigningKey[] }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'reply'; readonly id: number; readonly reply: BatchReply }
  | { readonly kind: 'log_written'; readonly id: number; readonly written: LogWritten }
  | {
      readonly kind: 'log_failed';
      readonly id: number;
      readonly code: ErrorCode;
      readonly message: string;
    }
  | { readonly kind: 'closed' };
