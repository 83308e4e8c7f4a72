/** Keys in a file that operators change while the server runs. */
import { statSync } from 'node:fs';
import { CratonError } from '@craton/protocol';
import { readKeyFile } from './key-file.ts';
import { KeyRing, type KeyScope, type SelfServiceKey } from './keys.ts';

/** Milliseconds between two looks at the file. */
const LOOK_MS = 1_000;

export interface WatchedKeysPorts {
  readonly path: string;
  /** As they were read at the start. */
  readonly keys: readonly SelfServiceKey[];
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
  /** Told how many keys there are now, or why there are none. */
  readonly onRead: (result: number | CratonError) => void;
}

/**
 * Looks, when a key is asked for and at most once a second, whether the file is another one than
 * before, and then reads it again. While it cannot be read, nobody is let in: a key that was taken
 * out of it must not work on because of a misplaced comma.
 */
export class WatchedKeys implements Pick<KeyRing, 'accept'> {
  readonly #ports: WatchedKeysPorts;
  #ring: KeyRing | undefined;
  /** Nothing before the first look: the file may have changed while the server started. */
  #seen: string | undefined;
  #lookedAtMs: number;

  constructor(ports: WatchedKeysPorts) {
    this.#ports = ports;
    this.#ring = new KeyRing(ports.keys, ports.nowMs);
    this.#lookedAtMs = ports.monotonicMs();
  }

  /** As of `KeyRing`; also throws `ERR_DRAFT_STORE_UNAVAILABLE` while the file cannot be read. */
  accept(text: string | undefined, scope: KeyScope): SelfServiceKey {
    this.#look();
    if (this.#ring !== undefined) return this.#ring.accept(text, scope);
    const message = 'The keys cannot be read: an operator must mend their file. Nothing was saved.';
    throw new CratonError('ERR_DRAFT_STORE_UNAVAILABLE', message);
  }

  #look(): void {
    const { path, monotonicMs } = this.#ports;
    if (monotonicMs() - this.#lookedAtMs < LOOK_MS) return;
    this.#lookedAtMs = monotonicMs();
    const identity = identityOf(path);
    if (identity === this.#seen) return;
    this.#seen = identity;
    this.#read();
  }

  #read(): void {
    const { path, nowMs, onRead } = this.#ports;
    try {
      const keys = readKeyFile(path);
      this.#ring = new KeyRing(keys, nowMs);
      onRead(keys.length);
    } catch (error) {
      if (!(error instanceof CratonError)) throw error;
      this.#ring = undefined;
      onRead(error);
    }
  }
}

/** Another one after each change that somebody makes; empty for a file that is not there. */
function identityOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : [stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ');
}
