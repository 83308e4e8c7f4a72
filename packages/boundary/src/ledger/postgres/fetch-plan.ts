/** What a batch is going to ask about, worked out before the questions are asked. */
import { type ReceiptType, UNMATCHED_PATH_ID } from '@craton/protocol';
import type { HmacKey } from '../hmac-key.ts';
import { approvalHash, type ApprovalName, hashOfKey, type KeyKind } from '../key-hash.ts';
import { WINDOW_MS } from '../issue-decision.ts';
import type { CheckCommand, LedgerEntry, Owner } from '../port.ts';
import type { WriterSnapshot } from './snapshot.ts';

/** A stream before anybody knows whether it is stored. */
export interface StreamName {
  readonly owner: Owner;
  readonly pathId: string;
  readonly receiptType: ReceiptType;
}

/** A window of a decision stream that begins at `sinceMs`. */
export interface WindowName extends StreamName {
  readonly sinceMs: number;
}

/** A decision by its request_id or commitment_id. */
export interface DecisionName {
  readonly owner: Owner;
  readonly id: string;
}

/** Environments, labels and ids hold no space, so joined names cannot meet. */
export function ownerName({ environment, partnerId }: Owner): string {
  return `${environment} ${partnerId}`;
}

export function streamName({ owner, pathId, receiptType }: StreamName): string {
  return `${ownerName(owner)} ${pathId} ${receiptType}`;
}

export function decisionName({ owner, id }: DecisionName): string {
  return `${ownerName(owner)} ${id}`;
}

export function hashName(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString('hex');
}

/** Questions, each once. Grows when the issuing code asks for something that was not foreseen. */
export class FetchPlan {
  readonly owners = new Map<string, Owner>();
  readonly streams = new Map<string, StreamName>();
  readonly windows = new Map<string, WindowName>();
  readonly references = new Map<string, Uint8Array>();
  readonly idempotencyKeys = new Map<string, Uint8Array>();
  readonly decisions = new Map<string, DecisionName>();
  readonly approvals = new Map<string, Uint8Array>();
  readonly #indexKey: HmacKey;
  readonly #hashes = new Map<string, Uint8Array>();

  constructor(indexKey: HmacKey) {
    this.#indexKey = indexKey;
  }

  /** What these entries will ask, if paths are as in this snapshot at this time. */
  foresee(entries: readonly LedgerEntry[], snapshot: WriterSnapshot, nowMs: number): void {
    for (const entry of entries) {
      const owner = ownerOfEntry(entry);
      this.owners.set(ownerName(owner), owner);
      if (entry.kind === 'decision' || entry.kind === 'deployment') {
        this.#foreseeDecision(owner, entry, { snapshot, nowMs });
      }
      if (entry.kind === 'deployment') continue;
      if (entry.idempotencyKey !== undefined) this.addIdempotencyKey(owner, entry.idempotencyKey);
      if (entry.kind !== 'decision') this.addDecision({ owner, id: entry.request.decisionId });
    }
  }

  addStream(name: StreamName): void {
    this.streams.set(streamName(name), name);
  }

  addWindow(name: WindowName): void {
    this.addStream(name);
    this.windows.set(streamName(name), name);
  }

  addReference(owner: Owner, externalReference: string): void {
    const hash = this.hashOf('reference', owner, externalReference);
    this.references.set(hashName(hash), hash);
  }

  addIdempotencyKey(owner: Owner, idempotencyKey: string): void {
    const hash = this.hashOf('idempotency', owner, idempotencyKey);
    this.idempotencyKeys.set(hashName(hash), hash);
  }

  addApproval(approval: ApprovalName): void {
    const hash = this.hashOfApproval(approval);
    this.approvals.set(hashName(hash), hash);
  }

  hashOfApproval(approval: ApprovalName): Uint8Array {
    return approvalHash(this.#indexKey, approval);
  }

  addDecision(name: DecisionName): void {
    this.decisions.set(decisionName(name), name);
  }

  /** Computed once for a text: the plan, the question and the row need the same. */
  hashOf(kind: KeyKind, owner: Owner, text: string): Uint8Array {
    const name = `${kind} ${ownerName(owner)} ${text}`;
    const known = this.#hashes.get(name);
    if (known !== undefined) return known;
    const hash = hashOfKey(this.#indexKey, kind, owner, text);
    this.#hashes.set(name, hash);
    return hash;
  }

  #foreseeDecision(
    owner: Owner,
    { request, approval }: Pick<CheckCommand, 'request' | 'approval'>,
    { snapshot, nowMs }: { readonly snapshot: WriterSnapshot; readonly nowMs: number },
  ): void {
    this.addReference(owner, request.externalReference);
    if (approval !== undefined) this.addApproval(approval);
    const match = snapshot.pathsByEnvironment.get(owner.environment)?.match(request);
    const path = match?.match === 'one' ? match.path : undefined;
    const pathId = path?.document.path_id ?? UNMATCHED_PATH_ID;
    const name = { owner, pathId, receiptType: 'boundary_decision' } as const;
    this.addStream(name);
    if (path !== undefined && path.windowFacts.length > 0) {
      this.addWindow({ ...name, sinceMs: nowMs - WINDOW_MS });
    }
  }
}

/** Whose ledger an entry belongs to. */
export function ownerOfEntry(entry: LedgerEntry): Owner {
  const { environment } = entry;
  const isCheck = entry.kind === 'decision' || entry.kind === 'deployment';
  const { partnerId } = isCheck ? entry.request : entry;
  return { environment, partnerId };
}
