/** What passes between a writer's thread and the thread that started it. */
import type { ErrorCode } from '@craton/protocol';
import type { BatchReply, Commit } from './batch.ts';

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
  | { readonly kind: 'close' };

/** From the thread; `ready` or `refused` comes first, and once. */
export type FromWriter =
  | { readonly kind: 'ready'; readonly keys: readonly PublicSigningKey[] }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'reply'; readonly id: number; readonly reply: BatchReply }
  | { readonly kind: 'closed' };
