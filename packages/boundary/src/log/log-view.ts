/** What one node knows of the log, whoever publishes it: refreshed about once a second. */
import { type ErrorCode, encodeBase64 } from '@craton/protocol';
import type { LogLag, LogReader, LogState, StoredCheckpoint } from './port.ts';

/**
 * `off`: no log key is configured here. `standby`: another node publishes. `failed`: the stored log
 * contradicts what was signed, and nothing is published until somebody has looked.
 */
export type LogStatus = 'off' | 'starting' | 'publishing' | 'standby' | 'failed';

/** The newest cosigned checkpoint, as receipts name it. */
export interface SeenCheckpoint {
  readonly size: number;
  /** Base64, as in the checkpoint. */
  readonly root: string;
}

export interface LogViewPorts {
  readonly log: LogReader;
  /** Whether a promise needs a cosigned checkpoint, or a published one is enough. */
  readonly hasWitnesses: boolean;
  /** Told when there is a newer cosigned checkpoint. */
  readonly onSeen: (seen: SeenCheckpoint) => void;
}

/** The log as of the last refresh. */
export class LogView {
  readonly #ports: LogViewPorts;
  readonly #waiters = new Set<() => void>();
  #state: LogState = { treeSize: 0 };
  #lag: LogLag = { waiting: 0 };
  #seenSize = 0;
  status: LogStatus = 'off';
  /** Why it failed. */
  failure: ErrorCode | undefined;

  constructor(ports: LogViewPorts) {
    this.#ports = ports;
  }

  get state(): LogState {
    return this.#state;
  }

  /** Whether a promise needs a cosigned checkpoint. */
  get hasWitnesses(): boolean {
    return this.#ports.hasWitnesses;
  }

  get lag(): LogLag {
    return this.#lag;
  }

  /** The newest checkpoint that keeps the promise of the receipts below its size. */
  get covering(): StoredCheckpoint | undefined {
    return this.#ports.hasWitnesses ? this.#state.cosigned : this.#state.published;
  }

  /** Reads how far the log is. Throws what the store throws. */
  async refresh(): Promise<void> {
    this.#state = await this.#ports.log.readState();
    this.#lag = await this.#ports.log.readLag(this.covering?.treeSize ?? 0);
    const { cosigned } = this.#state;
    if (cosigned !== undefined && cosigned.treeSize > this.#seenSize) {
      this.#seenSize = cosigned.treeSize;
      this.#ports.onSeen({ size: cosigned.treeSize, root: encodeBase64(cosigned.root) });
    }
    const waiters = Array.from(this.#waiters);
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }

  /** Resolves at the next refresh, or after this time. */
  async untilRefreshed(timeoutMs: number): Promise<void> {
    let wake: () => void = () => undefined;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      wake = resolve;
      this.#waiters.add(wake);
      timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
    this.#waiters.delete(wake);
  }
}
