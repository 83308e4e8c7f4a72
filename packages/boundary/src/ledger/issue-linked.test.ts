import { readdirSync, readFileSync } from 'node:fs';
import {
  type DecisionPayload,
  type Digest,
  type JsonObject,
  parseClaimRequest,
  parseConfirmRequest,
  parseTime,
  type Receipt,
  utf8,
} from '@craton/protocol';
import { PathIndex } from '@craton/policy';
import { describe, expect, it } from 'vitest';
import { HmacKey } from './hmac-key.ts';
import { FakeSources } from '../../test/fake-sources.ts';
import { createSigner } from '../signing/signer.ts';
import { issueEntry } from './issue-entry.ts';
import type { CheckOutcome, LedgerEntry, Owner } from './port.ts';
import type { IssuedReceipt, LedgerTransaction, StoredDecision, Stream } from './transaction.ts';

interface GoldenLinked {
  readonly name: string;
  readonly input: {
    readonly receipt_type: string;
    readonly issuer: string;
    readonly environment: string;
    readonly seeds_hex: { readonly signing: string };
    readonly stream_key_hex: string;
    readonly request_id: string;
    readonly issued_at: string;
    readonly epoch: number;
    readonly seq: number;
    readonly decision: string;
    readonly outcome?: string;
    readonly executed_at?: string;
    readonly action_digest?: Digest;
    readonly confirmer: { readonly key_id: string; readonly class: string };
    readonly flags: readonly string[];
  };
  readonly expected: {
    readonly commitment_id: string;
    readonly stream: Digest;
    readonly payload: string;
    readonly receipt: Receipt;
    readonly log_entry: string;
  };
}

/** The key that asked, in every golden decision that was confirmed by the same key. */
const ASKING_KEY = 'host_key_1';
const folder = new URL('../../../../spec/vectors/golden/', import.meta.url);
const golden = readdirSync(folder).map(
  (file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as GoldenLinked,
);
const linked = golden.filter(({ input }) => /confirmation|claim/.test(input.receipt_type));
/** Keys of another party cannot confirm here, and what has expired cannot be claimed. */
const issuable = linked.filter(
  ({ input }) =>
    input.confirmer.class !== 'other_party' &&
    !(input.receipt_type === 'execution_claim' && input.flags.length > 0),
);

const expectedOf = (name: string) => {
  const found = golden.find((other) => other.name === name);
  if (found === undefined) throw new Error(`There is no golden case ${name}.`);
  return found.expected;
};

/** The owner of the decision that a case is about. */
function ownerOf({ input }: GoldenLinked): Owner {
  const { payload } = expectedOf(input.decision);
  const { boundary_snapshot } = JSON.parse(payload) as DecisionPayload;
  return { environment: input.environment, partnerId: boundary_snapshot.partner_id };
}

/** A transaction that knows what the case says and remembers what was stored. */
class GoldenTransaction implements LedgerTransaction {
  readonly stored: IssuedReceipt[] = [];
  readonly #golden: GoldenLinked;

  constructor(given: GoldenLinked) {
    this.#golden = given;
  }

  livePaths(): PathIndex {
    return new PathIndex([]);
  }

  findApiKey(keyId: string) {
    const scopes = ['claim', 'confirm'] as const;
    const owner = ownerOf(this.#golden);
    return { keyId, kind: 'bnd', ...owner, scopes, expiresAtMs: Infinity } as const;
  }

  findDecision(owner: Owner, id: string): StoredDecision {
    const { payload, receipt, commitment_id } = expectedOf(this.#golden.input.decision);
    expect([owner, id]).toEqual([ownerOf(this.#golden), commitment_id]);
    return {
      requestId: (JSON.parse(payload) as DecisionPayload).request_id,
      commitmentId: commitment_id,
      payload: utf8(payload),
      signature: Buffer.from(receipt.signature, 'base64'),
      kid: receipt.kid,
      keyId: ASKING_KEY,
    };
  }

  findLinked() {
    const { input } = this.#golden;
    const earlier = linked.filter(
      (other) => other.input.decision === input.decision && other.input.seq < input.seq,
    );
    return earlier.map(({ input: { request_id }, expected }) => ({
      receiptType: 'execution_confirmation' as const,
      requestId: request_id,
      payload: utf8(expected.payload),
    }));
  }

  isApprovalUsed(): boolean {
    return false;
  }

  findStream(owner: Owner, pathId: string, receiptType: Stream['receiptType']) {
    const { stream_key_hex, epoch, seq } = this.#golden.input;
    const stream = {
      owner,
      pathId,
      receiptType,
      key: new HmacKey(Buffer.from(stream_key_hex, 'hex')),
      digest: this.#golden.expected.stream,
      epoch,
      lastSeq: seq - 1,
      lastIssuedAtMs: 0,
    };
    // A first receipt finds no stream: the issuing code makes it.
    return epoch === 1 && seq === 1 ? undefined : stream;
  }

  insertLinked(receipt: IssuedReceipt): void {
    this.stored.push(receipt);
  }

  insertRecord(): void {
    throw new Error('No deployment is recorded here.');
  }

  findAnswer(): undefined {
    return undefined;
  }

  touchApiKey(): void {
    return;
  }

  findReference(): never {
    throw new Error('Only a check asks for references.');
  }

  totalsSince(): never {
    throw new Error('Only a check asks for windows.');
  }

  insertDecision(): never {
    throw new Error('Nothing is decided here.');
  }

  applyChange(): never {
    throw new Error('Nothing is changed here.');
  }
}

function entryOf(given: GoldenLinked): LedgerEntry {
  const { input } = given;
  const { outcome, executed_at, action_digest, confirmer } = input;
  const { commitment_id } = expectedOf(input.decision);
  const body = utf8(JSON.stringify({ commitment_id, outcome, executed_at, action_digest }));
  const asking = { ...ownerOf(given), keyId: confirmer.key_id, deadlineMs: Infinity };
  return outcome === undefined
    ? { kind: 'claim', ...asking, request: parseClaimRequest(body) }
    : { kind: 'confirmation', ...asking, request: parseConfirmRequest(body) };
}

function issue(given: GoldenLinked): {
  readonly outcome: CheckOutcome;
  readonly stored: readonly IssuedReceipt[];
} {
  const { input } = given;
  const sources = new FakeSources(parseTime(input.issued_at));
  sources.presetRequestIds.push(input.request_id);
  sources.presetBytes.push(Buffer.from(input.stream_key_hex, 'hex'));
  const signer = createSigner(Buffer.from(input.seeds_hex.signing, 'hex'));
  const { issuer, environment } = input;
  const issuing = { issuer, signers: new Map([[environment, signer]]), sources, seen: new Map() };
  const transaction = new GoldenTransaction(given);
  const outcome = issueEntry(issuing, transaction, entryOf(given));
  return { outcome, stored: transaction.stored };
}

describe('the ledger issues the golden claims and confirmations byte for byte', () => {
  it('all but those that it refuses by its rules', () => {
    expect([linked.length, issuable.length]).toEqual([14, 10]);
  });

  it.each(issuable)('$name', (given) => {
    const { expected, input } = given;
    const { outcome, stored } = issue(given);
    if (outcome.kind !== 'issued') throw new Error(outcome.code);
    const answer = JSON.parse(outcome.responseText) as JsonObject;
    const [receipt] = stored;
    expect(stored).toHaveLength(1);
    expect(Buffer.from(receipt?.payload ?? []).toString('utf8')).toBe(expected.payload);
    expect(Buffer.from(receipt?.leaf ?? []).toString('utf8')).toBe(expected.log_entry);
    expect(receipt?.keyId).toBe(input.confirmer.key_id);
    expect(answer['receipt']).toEqual(expected.receipt);
    const payload = JSON.parse(expected.payload) as JsonObject;
    const isClaim = input.receipt_type === 'execution_claim';
    expect(answer['decision']).toEqual(isClaim ? expectedOf(input.decision).receipt : undefined);
    for (const [member, value] of Object.entries(answer)) {
      if (!['receipt', 'decision', 'expires_at'].includes(member)) {
        expect(value).toEqual(payload[member]);
      }
    }
  });

  it('and refuses to claim what has expired', () => {
    const late = linked.find(({ name }) => name === 'claim_after_expiry');
    if (late === undefined) throw new Error('The case is not there.');
    expect(() => issue(late)).toThrow(expect.objectContaining({ code: 'ERR_DECISION_EXPIRED' }));
  });
});
