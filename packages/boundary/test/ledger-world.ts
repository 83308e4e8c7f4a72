/** A small world to ask checks in, and what it needs of a store. */
import {
  type ClaimPayload,
  type ConfirmationPayload,
  type DecisionPayload,
  decodeBase64,
  type Opening,
  parseCheckRequest,
  parseClaimRequest,
  parseConfirmRequest,
  readPayload,
  utf8,
  type Receipt,
} from '@craton/protocol';
import type {
  ApiKey,
  CheckCommand,
  CheckOutcome,
  ClaimCommand,
  ConfirmCommand,
  LedgerEntry,
  Owner,
} from '../src/ledger/port.ts';
import type { Sources } from '../src/ledger/sources.ts';
import type { OpenLedger } from '../src/ledger/open-ledger.ts';
import type { StoreWrapper } from '../src/ledger/open-writer.ts';
import type { SigningKey } from '../src/ledger/writer-message.ts';
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
  readLeaves(): Promise<readonly Uint8Array[]>;
  /** How many rows a table has. */
  countRows(
    table:
      | 'receipts'
      | 'openings'
      | 'log_leaves'
      | 'streams'
      | 'answers'
      | 'used_approvals'
      | 'operator_records',
  ): Promise<number>;
  remove(): Promise<void>;
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
  /** Absent only after an erasure. */
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

type Opener = Pick<StoreUnderTest, 'open'>;

/** A ledger with two environments, two partners, their keys, and the sample path for each. */
export class World {
  readonly ledger: OpenLedger;
  readonly sources: Sources;
  #references = 0;

  private constructor(ledger: OpenLedger, sources: Sources) {
    this.ledger = ledger;
    this.sources = sources;
  }

  static async open(store: Opener, options: OpenOptions = {}): Promise<World> {
    const sources = options.sources ?? new FakeSources();
    const world = new World(await store.open({ ...options, sources }), sources);
    await world.#furnish();
    return world;
  }

  /** With the writer in its own thread and the system's clock. */
  static async openThreaded(store: Opener, options: OpenOptions = {}): Promise<World> {
    const now = { nowMs: () => Date.now() };
    const world = new World(await store.open(options), Object.assign(new FakeSources(), now));
    await world.#furnish();
    return world;
  }

  async #furnish(): Promise<void> {
    if (this.ledger.reader.apiKeys().size > 0) return;
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
        scopes: ['check', 'claim', 'confirm', 'read'],
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
    const { owner = DEVELOPMENT } = options;
    const body = sampleBody({
      partner_id: owner.partnerId,
      external_reference: `reference-${this.#references++}`,
      ...members,
    });
    return { request: parseCheckRequest(body), ...this.#asking(options) };
  }

  /** A claim of a decision, by its commitment_id unless the members name it otherwise. */
  claimCommand(members: Members, options: AskOptions = {}): ClaimCommand {
    const { partnerId } = options.owner ?? DEVELOPMENT;
    const request = parseClaimRequest(utf8(JSON.stringify(members)));
    return { request, partnerId, ...this.#asking(options) };
  }

  confirmCommand(members: Members, options: AskOptions = {}): ConfirmCommand {
    const { partnerId } = options.owner ?? DEVELOPMENT;
    const request = parseConfirmRequest(utf8(JSON.stringify({ outcome: 'executed', ...members })));
    return { request, partnerId, ...this.#asking(options) };
  }

  /** Whose key it is, and how long they wait. */
  #asking({ owner = DEVELOPMENT, keyId, idempotencyKey, deadlineMs }: AskOptions) {
    const known = OWNERS.find(
      ([, other]) => other.environment === owner.environment && other.partnerId === owner.partnerId,
    );
    return {
      environment: owner.environment,
      keyId: keyId ?? known?.[0] ?? 'key_unknown',
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

  claim(members: Members, options: AskOptions = {}): Promise<CheckOutcome> {
    return this.ledger.writer.claim(this.claimCommand(members, options));
  }

  confirm(members: Members, options: AskOptions = {}): Promise<CheckOutcome> {
    return this.ledger.writer.confirm(this.confirmCommand(members, options));
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

export function payloadOf(receipt: Receipt): DecisionPayload {
  const payload = anyPayloadOf(receipt);
  if (payload.receipt_type === 'boundary_decision') return payload;
  throw new Error('Not a decision.');
}

export type LinkedPayload = ClaimPayload | ConfirmationPayload;

/** The payload of a decision, a claim or a confirmation. */
export function anyPayloadOf({ payload_b64 }: Receipt): DecisionPayload | LinkedPayload {
  const reading = readPayload(decodeBase64(payload_b64));
  if ('payload' in reading && 'commitment_id' in reading.payload) {
    const { payload } = reading;
    if (payload.receipt_type !== 'deployment_record') return payload;
  }
  throw new Error('No such receipt.');
}
