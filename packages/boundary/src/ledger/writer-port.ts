/** The writer's thread, as seen from the thread that started it. */
import { Worker } from 'node:worker_threads';
import { CratonError } from '@craton/protocol';
import type { LogWrite, LogWritten } from '../log/log-write.ts';
import type { BatchPort, BatchReply, Commit, CommitReply } from './batch.ts';
import type { SeenOfLog } from './issuing.ts';
import type { FromWriter, PackedReply, PublicSigningKey, ToWriter } from './writer-message.ts';

interface Caller<Answer> {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

interface BatchCaller extends Caller<BatchReply> {
  readonly id: number;
  /** Of the parts that came so far. */
  readonly replies: CommitReply[];
}

/** Batches on their way to and from the thread. If it dies, all of them are rejected. */
export class WriterPort implements BatchPort {
  readonly #worker: Worker;
  /**
   * Of a few batches, by id. A list, because a `Map` that always gains and loses entries leaves a chain
   * of old tables, and each of them keeps its batch in memory until the next full collection.
   */
  readonly #callers: BatchCaller[] = [];
  readonly #logCallers = new Map<number, Caller<LogWritten>>();
  readonly #exited: Promise<void>;
  #nextId = 1;
  #death: Error | undefined;
  #isClosing = false;
  #onGone: (() => void) | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'part') this.#collect(message.id, message.replies);
      if (message.kind === 'reply') this.#answer(message.id, message.reply);
      if (message.kind === 'log_written') this.#answerLog(message.id)?.resolve(message.written);
      if (message.kind === 'log_failed') {
        const { id, code, message: text } = message;
        this.#answerLog(id)?.reject(new CratonError(code, text));
      }
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
      this.#callers.push({ id, resolve, reject, replies: [] });
      this.#post({ kind: 'batch', id, commits });
    });
  }

  /** Rejects as `writeLog` throws, and if the thread is gone. */
  writeLog(write: LogWrite): Promise<LogWritten> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#logCallers.set(id, { resolve, reject });
      this.#post({ kind: 'log', id, write });
    });
  }

  noteSeen(seen: SeenOfLog): void {
    this.#post({ kind: 'seen', seen });
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

  #collect(id: number, replies: readonly PackedReply[]): void {
    const caller = this.#callers.find((one) => one.id === id);
    for (const reply of replies) caller?.replies.push(unpacked(reply));
  }

  #answer(id: number, reply: Omit<BatchReply, 'replies'>): void {
    const index = this.#callers.findIndex((caller) => caller.id === id);
    const [caller] = index === -1 ? [] : this.#callers.splice(index, 1);
    caller?.resolve({ ...reply, replies: caller.replies });
  }

  #answerLog(id: number): Caller<LogWritten> | undefined {
    const caller = this.#logCallers.get(id);
    this.#logCallers.delete(id);
    return caller;
  }

  #die(error: Error): void {
    if (this.#death !== undefined) return;
    this.#death = error;
    if (!this.#isClosing) this.#onGone?.();
    for (const caller of this.#callers.splice(0)) caller.reject(this.#death);
    for (const caller of this.#logCallers.values()) caller.reject(this.#death);
    this.#logCallers.clear();
  }
}

function unpacked(reply: PackedReply): CommitReply {
  if (typeof reply !== 'string') return reply;
  return { kind: 'outcomes', outcomes: [{ kind: 'issued', responseText: reply, replayed: false }] };
}
