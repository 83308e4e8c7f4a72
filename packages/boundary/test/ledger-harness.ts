/** What the contract suite needs of a store, and a small world to ask checks in. */
import { createPublicKey, verify } from 'node:crypto';
import {
  commitmentId,
  type DecisionPayload,
  decodeBase64,
  decodeBase64url,
  digestBytes,
  encodeLogEntry,
  type Opening,
  parseCheckRequest,
  readPayload,
  type Receipt,
  streamDigest,
  streamTag,
} from '@craton/protocol';
import { expect } from 'vitest';
import type {
  ApiKey,
  CheckCommand,
  CheckOutcome,
  LedgerEntry,
  Owner,
  PartnerStream,
} from '../src/ledger/port.ts';
import type { Sources } from '../src/ledger/sources.ts';
import type { OpenLedger } from '../src/ledger/sqlite/open.ts';
import type { StoreWrapper } from '../src/ledger/sqlite/writer.ts';
import type { PublicSigningKey, SigningKey } from '../src/ledger/sqlite/writer-message.ts';
import { FakeSources } from './fake-sources.ts';
import { SAMPLE_DOCUMENT, sampleBody } from './sample.ts';

export interface OpenOptions {
  readonly sources?: Sources;
  readonly wrapStore?: StoreWrapper;
  readonly queueMax?: number;
  readonly issuer?: string;
  readonly signingKeys?: readonly SigningKey[];
  readonly onFault?: (fault: string) => void;
}

/** One store that lives on while ledgers are opened on it and closed. */
export interface StoreUnderTest {
  /** With sources or a wrapper the writer is in this thread, else as in production. */
  open(options?: OpenOptions): Promise<OpenLedger>;
  /** The entries that wait for the log, in the order of their receipts. */
  readLeaves(): readonly Uint8Array[];
  /** How many rows a table has. */
  countRows(table: 'receipts' | 'openings' | 'log_leaves' | 'streams' | 'answers'): number;
  remove(): void;
}

export type StoreMaker = () => StoreUnderTest;

export const ISSUER = 'golden.example';
export const DEVELOPMENT: Owner = {
  environment: 'development',
  partnerId: SAMPLE_DOCUMENT.partner_id,
};
export const STAGING: Owner = { ...DEVELOPMENT, environment: 'staging' };
export const OTHER_PARTNER: Owner = { environment: 'development', partnerId: 'southwind_bank' };

const OWNERS: readonly [string, Owner][] = [
  ['key_development', DEVELOPMENT],
  ['key_staging', STAGING],
  ['key_other', OTHER_PARTNER],
];
const YEAR_MS = 365 * 86_400_000;

export function signingKeys(): SigningKey[] {
  return [
    { environment: 'development', seed: new Uint8Array(32).fill(2) },
    { environment: 'staging', seed: new Uint8Array(32).fill(3) },
  ];
}

type Members = Record<string, unknown>;

/** A path like the sample, with members replaced. */
export function pathText(members: Members = {}): string {
  return JSON.stringify({ ...SAMPLE_DOCUMENT, ...members });
}

/** A path with these rules; each is `[when, verdict, reason]`. */
export function rulesText(rules: readonly (readonly string[])[], members: Members = {}): string {
  const policy = {
    ...SAMPLE_DOCUMENT.policy,
    rules: rules.map(([when, verdict, reason], index) => ({
      id: `rule-${index}`,
      when,
      verdict,
      reason,
    })),
  };
  return pathText({ policy, ...members });
}

export interface Answer {
  readonly verdict: string;
  readonly reasons: readonly string[];
  readonly expires_at: string;
  readonly commitment_id: string;
  readonly request_id: string;
  readonly boundary_snapshot: { readonly path_id: string };
  readonly opening: Opening;
  readonly earlier_commitment_id?: string;
  readonly needs?: readonly unknown[];
  readonly receipt: Receipt;
}

export interface AskOptions {
  readonly owner?: Owner;
  readonly idempotencyKey?: string;
  readonly deadlineMs?: number;
  readonly keyId?: string;
}

/** A ledger with two environments, two partners, their keys, and the sample path for each. */
export class World {
  readonly ledger: OpenLedger;
  readonly sources: Sources;
  #references = 0;

  private constructor(ledger: OpenLedger, sources: Sources) {
    this.ledger = ledger;
    this.sources = sources;
  }

  static async open(store: StoreUnderTest, options: OpenOptions = {}): Promise<World> {
    const sources = options.sources ?? new FakeSources();
    const world = new World(await store.open({ ...options, sources }), sources);
    await world.#furnish();
    return world;
  }

  /** With the writer in its own thread and the system's clock. */
  static async openThreaded(store: StoreUnderTest, options: OpenOptions = {}): Promise<World> {
    const now = { nowMs: () => Date.now() };
    const world = new World(await store.open(options), Object.assign(new FakeSources(), now));
    await world.#furnish();
    return world;
  }

  async #furnish(): Promise<void> {
    if ((await this.ledger.reader.listApiKeys()).size > 0) return;
    for (const [keyId, owner] of OWNERS) {
      await this.ledger.admin.apply(
        { kind: 'upsert_partner', partnerId: owner.partnerId, units: ['operations'] },
        {
          kind: 'apply_path',
          environment: owner.environment,
          documentText: pathText({ partner_id: owner.partnerId }),
        },
      );
      await this.addKey({ keyId, ...owner });
    }
  }

  async addKey(members: Partial<ApiKey> & { readonly keyId: string }): Promise<void> {
    const { keyId } = members;
    await this.ledger.admin.apply({
      kind: 'insert_api_key',
      keySha256: Buffer.from(keyId.padEnd(32, '.')).toString('hex'),
      key: {
        kind: 'bnd',
        scopes: ['check', 'read'],
        expiresAtMs: this.sources.nowMs() + YEAR_MS,
        ...DEVELOPMENT,
        ...members,
      },
    });
  }

  async applyPath(documentText: string, environment = 'development'): Promise<void> {
    await this.ledger.admin.apply({ kind: 'apply_path', environment, documentText });
  }

  /** A command that the sample path allows, with its own reference unless one is given. */
  command(members: Members = {}, options: AskOptions = {}): CheckCommand {
    const { owner = DEVELOPMENT, idempotencyKey, deadlineMs } = options;
    const known = OWNERS.find(
      ([, other]) => other.environment === owner.environment && other.partnerId === owner.partnerId,
    );
    const body = sampleBody({
      partner_id: owner.partnerId,
      external_reference: `reference-${this.#references++}`,
      ...members,
    });
    return {
      environment: owner.environment,
      keyId: options.keyId ?? known?.[0] ?? 'key_unknown',
      request: parseCheckRequest(body),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      deadlineMs: deadlineMs ?? this.sources.nowMs() + 3_600_000,
    };
  }

  entry(members: Members = {}, options: AskOptions = {}): LedgerEntry {
    return { kind: 'decision', ...this.command(members, options) };
  }

  ask(members: Members = {}, options: AskOptions = {}): Promise<CheckOutcome> {
    return this.ledger.writer.check(this.command(members, options));
  }

  /** The answer of a check that is issued. */
  async issue(members: Members = {}, options: AskOptions = {}): Promise<Answer> {
    return answerOf(await this.ask(members, options));
  }
}

export function answerOf(outcome: CheckOutcome): Answer {
  return JSON.parse(issuedText(outcome)) as Answer;
}

export function issuedText(outcome: CheckOutcome): string {
  if (outcome.kind === 'issued') return outcome.responseText;
  throw new Error(`Not issued: ${outcome.code} ${outcome.message}`);
}

/** The code of a check that is not issued. */
export function codeOf(outcome: CheckOutcome): string {
  return outcome.kind === 'issued' ? 'issued' : outcome.code;
}

export function payloadOf({ payload_b64 }: Receipt): DecisionPayload {
  const reading = readPayload(decodeBase64(payload_b64));
  if ('payload' in reading && reading.payload.receipt_type === 'boundary_decision') {
    return reading.payload;
  }
  throw new Error('Not a decision.');
}

/**
 * Fails unless signature, commitment, stream and leaf of a decision fit each other. Works with
 * `node:crypto` and the protocol's own hash, which is not the one that issued.
 */
export function expectGenuine(
  answer: Pick<Answer, 'receipt'> & { readonly opening?: Opening },
  { signingKeys: keys, streams, leaves }: Evidence,
): DecisionPayload {
  const bytes = decodeBase64(answer.receipt.payload_b64);
  const payload = payloadOf(answer.receipt);
  const key = keys.find(({ environment }) => environment === payload.environment);
  expect(answer.receipt.kid).toBe(key?.kid);
  const publicKey = publicKeyObject(key?.publicKey ?? new Uint8Array(32));
  expect(verify(null, bytes, publicKey, decodeBase64(answer.receipt.signature))).toBe(true);
  if (answer.opening !== undefined) {
    expect(payload.commitment_id).toBe(commitmentId(answer.opening));
    expect(answer.opening.request_id).toBe(payload.request_id);
  }
  const stream = streams.find((candidate) => candidate.stream === payload.stream);
  expect(leaves).toContain(leafText(payload, bytes, answer.receipt.kid, stream));
  return payload;
}

export interface Evidence {
  readonly signingKeys: readonly PublicSigningKey[];
  readonly streams: readonly PartnerStream[];
  readonly leaves: readonly string[];
}

export async function evidenceOf(
  { ledger }: World,
  store: StoreUnderTest,
  owner = DEVELOPMENT,
): Promise<Evidence> {
  return {
    signingKeys: ledger.signingKeys,
    streams: await ledger.reader.listStreams(owner),
    leaves: store.readLeaves().map((entry) => Buffer.from(entry).toString('utf8')),
  };
}

function leafText(
  payload: DecisionPayload,
  bytes: Uint8Array,
  kid: string,
  stream: PartnerStream | undefined,
): string {
  if (stream === undefined) throw new Error('The payload names a stream that is not listed.');
  const digest = streamDigest({
    origin: payload.log.origin,
    partner_id: payload.boundary_snapshot.partner_id,
    path_id: stream.path_id,
    receipt_type: 'boundary_decision',
    stream_key: stream.stream_key,
  });
  expect(payload.stream).toBe(digest);
  const { epoch, seq } = payload;
  const tag = streamTag(decodeBase64url(stream.stream_key), { stream: digest, epoch, seq });
  const entry = encodeLogEntry({ v: 1, digest: digestBytes(bytes), kid, tag });
  return Buffer.from(entry).toString('utf8');
}

function publicKeyObject(publicKey: Uint8Array) {
  const x = Buffer.from(publicKey).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** The sequence numbers of one stream, as stored. */
export async function sequenceOf(world: World, owner: Owner, pathId: string): Promise<number[]> {
  const page = await world.ledger.reader.listReceipts(owner, { pathId, fromSeq: 1, limit: 1000 });
  return page.receipts.map(({ seq }) => seq);
}

export function oneTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
