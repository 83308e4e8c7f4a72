/** Callers at once, each request with an idempotency key, some of them sent twice at the same time. */
import { strict as assert } from 'node:assert';
import { sampleBody } from '../sample.ts';
import type { BoundaryProcess } from './boundary-process.ts';

const CALLERS = 32;
/** Every so many requests, two with one key are under way at once. */
const TWIN_EVERY = 4;
const CALL_TIMEOUT_MS = 20_000;
const RETRIES_MAX = 50;
const RETRY_MS = 100;
const BUSY = 503;

/** What was asked under one idempotency key, and what came back. */
export interface Attempt {
  /** Idempotency key and external reference: one never stands for another. */
  readonly name: string;
  readonly body: Uint8Array;
  /** The answer's bytes as text, once somebody has received them. */
  text?: string;
  /** When they had come, milliseconds since 1970. */
  answeredAtMs?: number;
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly isReplay: boolean;
}

export class Load {
  readonly attempts: Attempt[] = [];
  readonly #target: BoundaryProcess;
  readonly #prefix: string;
  #isStopped = false;
  #onFirst: () => void = () => undefined;

  constructor(target: BoundaryProcess, prefix: string) {
    this.#target = target;
    this.#prefix = prefix;
  }

  /** Resolves `first` with the first answer, and `ended` when all callers have lost the server. */
  start(): { readonly first: Promise<void>; readonly ended: Promise<unknown> } {
    const first = new Promise<void>((resolve) => {
      this.#onFirst = resolve;
    });
    const ended = Promise.all(Array.from({ length: CALLERS }, () => this.#caller()));
    return { first, ended };
  }

  /** A request that nobody has sent yet. */
  next(): Attempt {
    const serial = this.attempts.length;
    const attempt = makeAttempt(`${this.#prefix}-${serial}`, serial);
    this.attempts.push(attempt);
    return attempt;
  }

  /** No caller asks again, whatever its last answer was. */
  stop(): void {
    this.#isStopped = true;
  }

  async #caller(): Promise<void> {
    while (!this.#isStopped) {
      const attempt = this.next();
      const count = this.attempts.length % TWIN_EVERY === 0 ? 2 : 1;
      const calls = Array.from({ length: count }, () => this.#ask(attempt));
      const areAnswered = await Promise.all(calls);
      if (areAnswered.includes(false)) return;
    }
  }

  /** False when the connection broke: the server is gone. */
  async #ask(attempt: Attempt): Promise<boolean> {
    const reply = await post(this.#target, attempt).catch(() => undefined);
    if (reply === undefined) return false;
    if (reply.status === BUSY) return true;
    take(attempt, reply);
    this.#onFirst();
    return true;
  }
}

function makeAttempt(name: string, serial: number): Attempt {
  const members = { external_reference: name, decision_size_usd: (serial % 12) * 100_000 };
  return { name, body: sampleBody(members) };
}

function take(attempt: Attempt, { status, text }: Reply): void {
  assert.equal(status, 200, text);
  // Whoever asked with this key before, and wherever: one answer.
  if (attempt.text !== undefined) assert.equal(text, attempt.text);
  attempt.text ??= text;
  attempt.answeredAtMs ??= Date.now();
}

/** Asks again with the same key until there is an answer; true if it had been issued before. */
export async function replay(target: BoundaryProcess, attempt: Attempt): Promise<boolean> {
  const wasAnswered = attempt.text !== undefined;
  for (let retry = 0; retry < RETRIES_MAX; retry++) {
    const reply = await post(target, attempt);
    if (reply.status !== BUSY) {
      take(attempt, reply);
      if (wasAnswered) assert.ok(reply.isReplay, 'an acknowledged key was issued again');
      return reply.isReplay;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  throw new Error('The server stayed busy.');
}

async function post(target: BoundaryProcess, { name, body }: Attempt): Promise<Reply> {
  const answer = await fetch(`${target.address}/v1/boundary/check`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${target.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': name,
    },
    body: Buffer.from(body),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  const isReplay = answer.headers.get('idempotency-replayed') === 'true';
  return { status: answer.status, text: await answer.text(), isReplay };
}
