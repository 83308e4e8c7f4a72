/** What passes between a writer's thread and the thread that started it. */
import type { ErrorCode } from '@craton/protocol';
import type { LogWrite, LogWritten } from '../log/log-write.ts';
import type { BatchReply, Commit, CommitReply } from './batch.ts';
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

/**
 * Replies of a part of a batch, in order. What was issued and is no replay travels as its text alone,
 * which is copied three times as fast.
 */
export type PackedReply = string | CommitReply;

/**
 * Replies in one message: above 100 KB the engine puts all of it where only a full collection finds it
 * again, and an answer has about 3 KB.
 */
export const REPLIES_IN_MESSAGE_MAX = 16;

/** From the thread; `ready` or `refused` comes first, and once. */
export type FromWriter =
  | { readonly kind: 'ready'; readonly keys: readonly PublicSigningKey[] }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'part'; readonly id: number; readonly replies: readonly PackedReply[] }
  /** After all parts, which have the replies. */
  | { readonly kind: 'reply'; readonly id: number; readonly reply: Omit<BatchReply, 'replies'> }
  | { readonly kind: 'log_written'; readonly id: number; readonly written: LogWritten }
  | {
      readonly kind: 'log_failed';
      readonly id: number;
      readonly code: ErrorCode;
      readonly message: string;
    }
  | { readonly kind: 'closed' };
