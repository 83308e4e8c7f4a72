/** The log of one node: publishes where it may, and keeps the node's view of it fresh. */
import { randomUUID } from 'node:crypto';
import { CratonError, type ErrorCode } from '@craton/protocol';
import { Witnesses } from './ask-witnesses.ts';
import type { LogSigner } from './log-signer.ts';
import { LogView, type SeenCheckpoint } from './log-view.ts';
import type { LogStore } from './port.ts';
import { isFatal, Publisher, type Step } from './publisher.ts';
import type { WitnessFailure } from './witness-client.ts';
import type { WitnessPolicy } from './witness-policy.ts';

/** Milliseconds between two steps: how often a checkpoint is signed while there is something new. */
export const STEP_MS = 1_000;

export interface LogServicePorts {
  readonly store: LogStore;
  /** Absent: this node does not publish. */
  readonly signer: LogSigner | undefined;
  readonly policy: WitnessPolicy;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly onSeen: (seen: SeenCheckpoint) => void;
  readonly onStep?: (step: Step, tookMs: number) => void;
  readonly onWitnessFailure?: (reason: WitnessFailure) => void;
  /** Told of failures: a fatal one, and the first of a row of passing ones. */
  readonly onFailure?: (code: ErrorCode, message: string, isFatal: boolean) => void;
  readonly stepMs?: number;
  readonly fetch?: typeof fetch;
}

export class LogService {
  readonly view: LogView;
  readonly signer: LogSigner | undefined;
  readonly policy: WitnessPolicy;
  readonly store: LogStore;
  readonly #ports: LogServicePorts;
  readonly #publisher: Publisher | undefined;
  #isFailing = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(ports: LogServicePorts) {
    const { store, policy, signer, onSeen } = ports;
    this.#ports = ports;
    this.store = store;
    this.policy = policy;
    this.signer = signer;
    const hasWitnesses = policy.witnesses.length > 0;
    this.view = new LogView({ log: store, hasWitnesses, onSeen });
    this.#publisher = signer && makePublisher(ports, signer);
    if (signer !== undefined) this.view.status = 'starting';
  }

  /** Runs a step now and then one after another, until it is closed. */
  start(): void {
    this.#running = this.#turn();
  }

  /** One step, and a fresh view after it. Never rejects. */
  async step(): Promise<void> {
    await this.#publish();
    await this.look();
  }

  /** A fresh view, of what was published before as well. Never rejects. */
  async look(): Promise<void> {
    try {
      await this.view.refresh();
    } catch (error) {
      this.#tell(error);
    }
  }

  /** Ends what is under way and lets another node publish. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
    try {
      await this.#publisher?.close();
    } catch (error) {
      this.#tell(error);
    }
  }

  async #turn(): Promise<void> {
    await this.step();
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#turn();
    }, this.#ports.stepMs ?? STEP_MS);
    this.#timer.unref();
  }

  async #publish(): Promise<void> {
    if (this.#publisher === undefined || this.view.status === 'failed') return;
    const startedMs = performance.now();
    try {
      const step = await this.#publisher.step();
      this.#isFailing = false;
      this.view.status = step === 'standby' ? 'standby' : 'publishing';
      this.#ports.onStep?.(step, performance.now() - startedMs);
    } catch (error) {
      this.#tell(error);
    }
  }

  #tell(error: unknown): void {
    const { onFailure } = this.#ports;
    if (isFatal(error)) {
      this.view.status = 'failed';
      this.view.failure = error.code;
      onFailure?.(error.code, error.message, true);
      return;
    }
    if (this.#isFailing) return;
    this.#isFailing = true;
    const known = error instanceof CratonError ? error : undefined;
    onFailure?.(known?.code ?? 'ERR_INTERNAL', known?.message ?? 'The log step failed.', false);
  }
}

function makePublisher(ports: LogServicePorts, signer: LogSigner): Publisher {
  const { store, policy, nowMs, onWitnessFailure = () => undefined } = ports;
  const { fetch } = ports;
  const witnesses = new Witnesses({
    log: store,
    signer,
    policy,
    nowMs,
    onFailure: onWitnessFailure,
    ...(fetch && { fetch }),
  });
  return new Publisher({ store, signer, policy, witnesses, holder: randomUUID(), nowMs });
}
