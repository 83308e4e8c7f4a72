/** The writer's thread, as seen from the thread that started it. */
import { Worker } from 'node:worker_threads';
import { CratonError } from '@craton/protocol';
import type { BatchPort, BatchReply, Commit } from './batch.ts';
import type { FromWriter, PublicSigningKey, ToWriter } from './writer-message.ts';

interface Caller {
  resolve(reply: BatchReply): void;
  reject(error: Error): void;
}

/** Batches on their way to and from the thread. If it dies, all of them are rejected. */
export class WriterPort implements BatchPort {
  readonly #worker: Worker;
  readonly #callers = new Map<number, Caller>();
  readonly #exited: Promise<void>;
  #nextId = 1;
  #death: Error | undefined;
  #isClosing = false;
  #onGone: (() => void) | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'reply') this.#answer(message.id, message.reply);
    });
    worker.on('error', (error: Error) => this.#die(error));
    this.#exited = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#die(new Error('The writer thread ended.'));
        resolve();
      });
    });
  }

  /**
   * Starts the thread whose entry file this is, and resolves when it can issue; rejects with what its
   * `openWriter` throws.
   */
  static async start(
    entry: URL,
    settings: unknown,
  ): Promise<{ port: WriterPort; keys: readonly PublicSigningKey[] }> {
    // The thread empties its copies of the seeds when it has the keys.
    const worker = new Worker(entry, { workerData: settings });
    const port = new WriterPort(worker);
    const keys = await new Promise<readonly PublicSigningKey[]>((resolve, reject) => {
      worker.on('message', (message: FromWriter) => {
        if (message.kind === 'ready') resolve(message.keys);
        if (message.kind === 'refused') reject(new CratonError(message.code, message.message));
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('The writer thread ended at its start.')));
    });
    return { port, keys };
  }

  run(commits: readonly Commit[]): Promise<BatchReply> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#callers.set(id, { resolve, reject });
      this.#post({ kind: 'batch', id, commits });
    });
  }

  onGone(listener: () => void): void {
    this.#onGone = listener;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#post({ kind: 'close' });
    await this.#exited;
  }

  #post(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  #answer(id: number, reply: BatchReply): void {
    this.#callers.get(id)?.resolve(reply);
    this.#callers.delete(id);
  }

  #die(error: Error): void {
    if (this.#death !== undefined) return;
    this.#death = error;
    if (!this.#isClosing) this.#onGone?.();
    for (const caller of this.#callers.values()) caller.reject(this.#death);
    this.#callers.clear();
  }
}
