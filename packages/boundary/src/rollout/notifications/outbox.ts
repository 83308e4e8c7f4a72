/**
 * Tells receivers of records: at least once, in order, each receiver for itself. The records are the
 * outbox; a cursor in the store says how far each receiver was told.
 */
import type { LedgerAdmin } from '../../ledger/administration.ts';
import type { OperatorRecord, OperatorRecords } from '../../ledger/operator-records.ts';
import { composeNotification, isTold, type NotificationPorts } from './compose-notification.ts';
import type { Receiver } from './receivers.ts';
import type { SendWebhook, WebhookAnswer } from './send-webhook.ts';

export interface OutboxPorts extends NotificationPorts {
  readonly operatorRecords: Pick<OperatorRecords, 'readChain' | 'listSince' | 'cursorOf'>;
  readonly admin: Pick<LedgerAdmin, 'apply'>;
  readonly receivers: readonly Receiver[];
  readonly send: SendWebhook;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Told of every attempt that failed; the answer names no address. */
  readonly onFailure?: (receiver: string, answer: WebhookAnswer) => void;
}

/** Records that are looked at for one receiver in one turn. */
const RECORDS_PER_TURN = 100;
const BACKOFF_MS_MIN = 1_000;
/** An hour: a receiver that comes back is told within it. */
export const BACKOFF_MS_MAX = 3_600_000;

interface Attempts {
  readonly failures: number;
  readonly notBeforeMs: number;
}

export class Outbox {
  readonly #ports: OutboxPorts;
  readonly #attempts = new Map<string, Attempts>();

  constructor(ports: OutboxPorts) {
    this.#ports = ports;
  }

  /**
   * One turn: whoever is due is told of what is next. A receiver that does not answer keeps no other
   * one waiting. Throws `ERR_STORE_UNAVAILABLE`.
   */
  async turn(): Promise<void> {
    await Promise.all(this.#ports.receivers.map((receiver) => this.#tell(receiver)));
  }

  async #tell(receiver: Receiver): Promise<void> {
    const { operatorRecords, nowMs } = this.#ports;
    const { notBeforeMs = 0 } = this.#attempts.get(receiver.name) ?? {};
    if (nowMs() < notBeforeMs) return;
    const cursor = await operatorRecords.cursorOf(receiver.name);
    const records = await operatorRecords.listSince(cursor, RECORDS_PER_TURN);
    let told = cursor;
    for (const record of records) {
      if (concerns(receiver, record)) {
        // Moved after each message: a process that ends here repeats one message at most.
        if (!(await this.#deliver(receiver, record))) break;
        await this.#move(receiver, record.recordId);
      }
      told = record.recordId;
    }
    if (told > cursor) await this.#move(receiver, told);
  }

  async #deliver(receiver: Receiver, record: OperatorRecord): Promise<boolean> {
    const { send, nowMs, onFailure } = this.#ports;
    const message = await composeNotification(this.#ports, record);
    const answer = await send(receiver, message, nowMs());
    if (answer.isDelivered) {
      this.#attempts.delete(receiver.name);
      return true;
    }
    const failures = (this.#attempts.get(receiver.name)?.failures ?? 0) + 1;
    const waitMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** (failures - 1));
    this.#attempts.set(receiver.name, { failures, notBeforeMs: nowMs() + waitMs });
    onFailure?.(receiver.name, answer);
    return false;
  }

  #move({ name: receiver }: Receiver, recordId: number): Promise<void> {
    return this.#ports.admin.apply({ kind: 'move_cursor', receiver, recordId });
  }
}

function concerns({ kinds }: Receiver, record: OperatorRecord): boolean {
  return isTold(record) && (kinds === undefined || kinds.includes(record.kind));
}
