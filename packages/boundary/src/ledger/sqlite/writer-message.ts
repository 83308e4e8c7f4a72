import type { SigningKey } from '../writer-message.ts';

/** What the thread is started with. */
export interface WriterSettings {
  readonly file: string;
  readonly issuer: string;
  readonly signingKeys: readonly SigningKey[];
}
