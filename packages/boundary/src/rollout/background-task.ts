/** Work that is done again and again beside the requests, on one node. */

export interface TaskPorts {
  /** Done once each time; what it throws is told, and it is done again. */
  readonly turn: () => Promise<void>;
  /** Whether this node is the one that works now. */
  readonly isLeader: () => boolean;
  /** Milliseconds between two turns. */
  readonly everyMs: number;
  readonly onFault: (error: unknown) => void;
}

export class BackgroundTask {
  readonly #ports: TaskPorts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(ports: TaskPorts) {
    this.#ports = ports;
  }

  /** Keeps no process alive by itself. */
  start(): void {
    const { everyMs } = this.#ports;
    this.#timer = setTimeout(() => {
      this.#running = this.once().then(() => {
        if (!this.#isClosed) this.start();
      });
    }, everyMs).unref();
  }

  /** One turn, if it is this node's to take. Never rejects. */
  async once(): Promise<void> {
    const { isLeader, turn, onFault } = this.#ports;
    try {
      if (isLeader()) await turn();
    } catch (error) {
      onFault(error);
    }
  }

  /** Ends after the turn that is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }
}
