import { readdirSync, readFileSync } from 'node:fs';
import { type Approval, loadPath, PathIndex } from '@craton/policy';
import {
  type Digest,
  type JsonObject,
  type Opening,
  parseCheckRequest,
  parseTime,
  type Receipt,
  utf8,
} from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { HmacKey } from './hmac-key.ts';
import { FakeSources } from '../../test/fake-sources.ts';
import { createSigner } from '../signing/signer.ts';
import { issueDecision } from './issue-decision.ts';
import { nodeSha256 } from './node-sha256.ts';
import type { CheckCommand } from './port.ts';
import type { IssuedDecision, LedgerTransaction, Stream } from './transaction.ts';

interface GoldenDecision {
  readonly name: string;
  readonly input: {
    readonly receipt_type: string;
    readonly issuer: string;
    readonly environment: string;
    readonly seeds_hex: { readonly signing: string };
    readonly nonce_hex: string;
    readonly stream_key_hex: string;
    readonly request_id: string;
    readonly evaluated_at: string;
    readonly issued_at: string;
    readonly epoch: number;
    readonly seq: number;
    readonly ledger: {
      readonly reference_reused: boolean;
      readonly window_count_24h?: number;
      readonly window_sum_usd_cents_24h?: number;
    };
    readonly body_text: string;
    readonly paths: readonly JsonObject[];
    /** What was found out about the evidence. */
    readonly approval?: { readonly class: string; readonly issuer: string };
    /** What this ledger does not issue yet. */
    readonly seen?: unknown;
    readonly evaluation_fails?: unknown;
  };
  readonly expected: {
    readonly opening: string;
    readonly commitment_id: string;
    readonly stream: Digest;
    readonly payload: string;
    readonly receipt: Receipt;
    readonly log_entry: string;
  };
}

const EARLIER = `bnd_${'A'.repeat(43)}`;
const folder = new URL('../../../../spec/vectors/golden/', import.meta.url);
const decisions = readdirSync(folder)
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as GoldenDecision)
  .filter(({ input }) => input.receipt_type === 'boundary_decision');
const issuable = decisions.filter(({ input, expected }) => {
  const { authority } = JSON.parse(expected.opening) as Opening;
  // Nobody is asked for the status of an approval yet.
  return authority.class !== 'status_checked' && !input.seen && !input.evaluation_fails;
});

/** A transaction that knows what the case says and remembers what was stored. */
class GoldenTransaction implements LedgerTransaction {
  readonly stored: IssuedDecision[] = [];
  readonly #golden: GoldenDecision;
  readonly #paths: PathIndex;

  constructor(golden: GoldenDecision) {
    this.#golden = golden;
    this.#paths = new PathIndex(golden.input.paths.map((path) => loadPath(path, nodeSha256)));
  }

  livePaths(): PathIndex {
    return this.#paths;
  }

  findApiKey(keyId: string) {
    const { environment, body_text } = this.#golden.input;
    const { partnerId } = parseCheckRequest(utf8(body_text));
    const scopes = ['check'] as const;
    return { keyId, kind: 'bnd', environment, partnerId, scopes, expiresAtMs: Infinity } as const;
  }

  findReference(): string | undefined {
    return this.#golden.input.ledger.reference_reused ? EARLIER : undefined;
  }

  isApprovalUsed(): boolean {
    return false;
  }

  findStream(owner: Stream['owner'], pathId: string, receiptType: Stream['receiptType']) {
    const { stream_key_hex, epoch, seq } = this.#golden.input;
    // A first receipt finds no stream: the issuing code makes it.
    if (epoch === 1 && seq === 1) return undefined;
    return {
      owner,
      pathId,
      receiptType,
      key: new HmacKey(Buffer.from(stream_key_hex, 'hex')),
      digest: this.#golden.expected.stream,
      epoch,
      lastSeq: seq - 1,
      lastIssuedAtMs: 0,
    };
  }

  totalsSince() {
    const { window_count_24h, window_sum_usd_cents_24h } = this.#golden.input.ledger;
    return { count: window_count_24h ?? NaN, sumUsdCents: window_sum_usd_cents_24h ?? NaN };
  }

  insertDecision(decision: IssuedDecision): void {
    this.stored.push(decision);
  }

  findAnswer(): undefined {
    return undefined;
  }

  findDecision(): undefined {
    return undefined;
  }

  findLinked(): readonly [] {
    return [];
  }

  insertLinked(): void {
    throw new Error('Only decisions are issued here.');
  }

  insertRecord(): void {
    throw new Error('Only decisions are issued here.');
  }

  touchApiKey(): void {
    return;
  }

  applyChange(): void {
    throw new Error('Nothing is changed here.');
  }
}

/** One that binds the request, whose signature somebody verified. */
function approvalBy(issuer: string): Approval {
  return { issuer, jti: 'approval-1', notBeforeMs: 0, expiresAtMs: Infinity, isBound: true };
}

function issue(golden: GoldenDecision) {
  const { input } = golden;
  const sources = new FakeSources(parseTime(input.evaluated_at));
  sources.presetRequestIds.push(input.request_id);
  const preset = [input.nonce_hex, input.stream_key_hex];
  sources.presetBytes.push(...preset.map((hex) => Buffer.from(hex, 'hex')));
  sources.onRequestId = () => sources.set(parseTime(input.issued_at));
  const signer = createSigner(Buffer.from(input.seeds_hex.signing, 'hex'));
  const issuing = {
    issuer: input.issuer,
    signers: new Map([[input.environment, signer]]),
    seen: new Map(),
    sources,
  };
  const command: CheckCommand = {
    environment: input.environment,
    keyId: 'key_1',
    request: parseCheckRequest(utf8(input.body_text)),
    deadlineMs: Infinity,
    ...(input.approval && { approval: approvalBy(input.approval.issuer) }),
  };
  const transaction = new GoldenTransaction(golden);
  const outcome = issueDecision(issuing, transaction, command);
  if (outcome.kind !== 'issued') throw new Error(outcome.code);
  return { answer: JSON.parse(outcome.responseText) as JsonObject, stored: transaction.stored };
}

describe('the ledger issues the golden decisions byte for byte', () => {
  it('all but those that need the status of an approval, a checkpoint or a broken rule', () => {
    expect(decisions.length - issuable.length).toBe(3);
    expect(issuable.length).toBeGreaterThan(60);
  });

  it.each(issuable)('$name', (golden) => {
    const { expected, input } = golden;
    const { answer, stored } = issue(golden);
    const [decision] = stored;
    expect(stored).toHaveLength(1);
    expect(Buffer.from(decision?.payload ?? []).toString('utf8')).toBe(expected.payload);
    expect(Buffer.from(decision?.leaf ?? []).toString('utf8')).toBe(expected.log_entry);
    expect(decision?.openingText).toBe(expected.opening);
    expect(answer['receipt']).toEqual(expected.receipt);
    expect(answer['commitment_id']).toBe(expected.commitment_id);
    const payload = JSON.parse(expected.payload) as JsonObject;
    for (const member of ['verdict', 'reasons', 'obligations', 'expires_at', 'request_id']) {
      expect(answer[member]).toEqual(payload[member]);
    }
    expect(answer['opening']).toEqual(JSON.parse(expected.opening));
    const earlier = input.ledger.reference_reused ? EARLIER : undefined;
    expect(answer['earlier_commitment_id']).toBe(earlier);
    expect(Object.keys(answer).slice(0, 8)).toEqual([
      'verdict',
      'reasons',
      'obligations',
      'expires_at',
      'commitment_id',
      'request_id',
      'boundary_snapshot',
      'opening',
    ]);
  });
});
