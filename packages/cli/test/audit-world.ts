/** An export with everything that belongs to it: receipts of the golden issuer, and their log. */
import { createHash } from 'node:crypto';
import {
  commitmentId,
  composeCommon,
  composeDecision,
  type DecisionPayload,
  digestBytes,
  encodeBase64url,
  encodeKeyEvent,
  encodeLogEntry,
  encodePayload,
  formatTime,
  formatVerifierKey,
  type JsonObject,
  type JsonValue,
  MERGE_DELAY_MS,
  type Opening,
  type Payload,
  parseTime,
  readKeyEvent,
  type Receipt,
  sealReceipt,
  streamDigest,
  streamTag,
} from '@craton/protocol';
import { keyPairOf } from '../src/keys/key-pair.ts';
import { type FakeContext, writeText } from './fake-context.ts';
import { logSigner, ORIGIN, ServedLog, witnessLine } from './served-log.ts';
import { golden, trustPolicy } from './signed-receipt.ts';

const SIGNING_SEED = new Uint8Array(32).fill(2);
const { kid } = golden.expected.jwk;
const GOLDEN_OPENING = golden.full.bundle.opening as unknown as Opening;
/** What the root says of the key that signs here. */
export const GOLDEN_ATTESTATION = golden.full.bundle.attestation as unknown as JsonValue;
const GOLDEN_PAYLOAD = JSON.parse(golden.expected.payload) as DecisionPayload;
/** When the first receipt was issued, milliseconds since 1970. */
export const STARTED_MS = parseTime(GOLDEN_PAYLOAD.issued_at);
const SECOND_MS = 1000;

/** The policy of an auditor who asks for the log and its witness. */
export const TRUST = trustPolicy(
  `log ${formatVerifierKey(logSigner().key)}`,
  witnessLine(),
  'quorum witness.example',
);

/** Without any witness. */
export const UNWITNESSED = trustPolicy(`log ${formatVerifierKey(logSigner().key)}`, 'quorum none');

export type Line = Record<string, unknown>;

export interface MadeReceipt {
  readonly line: Line & { readonly receipt: Receipt };
  readonly entry: Uint8Array;
  readonly payload: Payload;
}

/** One stream under construction. */
export class MadeStream {
  readonly identity;
  readonly stream;
  readonly receipts: MadeReceipt[] = [];
  /** Of the next receipt. */
  seq = 1;
  readonly #key: Uint8Array;

  constructor(receiptType: string, label: string) {
    this.#key = createHash('sha256').update(label).digest();
    const { partner_id, path_id } = GOLDEN_PAYLOAD.boundary_snapshot;
    this.identity = {
      origin: ORIGIN,
      partner_id,
      path_id,
      receipt_type: receiptType,
      stream_key: encodeBase64url(this.#key),
    };
    this.stream = streamDigest(this.identity);
  }

  tagOf(seq: number): string {
    return streamTag(this.#key, { stream: this.stream, epoch: 1, seq });
  }

  listed(): Line {
    const { partner_id, path_id, receipt_type, stream_key } = this.identity;
    const identity = { partner_id, path_id, receipt_type, stream_key };
    return { stream: this.stream, ...identity, epochs: [{ epoch: 1, last_seq: this.seq - 1 }] };
  }

  issuance(issuedAtMs: number, seen?: { readonly size: number; readonly root: string }) {
    const { issuer, environment } = GOLDEN_PAYLOAD;
    const place = { stream: this.stream, epoch: 1, seq: this.seq };
    return { issuer, environment, issuedAtMs, ...place, ...(seen && { seen }) };
  }

  /** Signs a payload, and puts it at its place. */
  add(payload: Payload, opening?: Opening, tag = this.tagOf(payload.seq)): MadeReceipt {
    const bytes = encodePayload(payload);
    const signature = keyPairOf(SIGNING_SEED).sign(bytes);
    const receipt = sealReceipt(bytes, signature, kid);
    const entry = encodeLogEntry({ v: 1, digest: digestBytes(bytes), kid, tag });
    const made = { line: { receipt, ...(opening && { opening }) }, entry, payload };
    this.receipts.push(made);
    this.seq++;
    return made;
  }

  /** A decision like the golden one, `at` seconds after the first. */
  decide(at: number, change: Partial<Payload> = {}, tag?: string): MadeReceipt {
    const issuedAtMs = STARTED_MS + at * SECOND_MS;
    const nonce = encodeBase64url(createHash('md5').update(`${this.stream} ${this.seq}`).digest());
    const time = formatTime(issuedAtMs);
    const opening: Opening = { ...GOLDEN_OPENING, nonce, evaluated_at: time };
    const decision = { ...GOLDEN_PAYLOAD, expires_at: formatTime(issuedAtMs + 300_000) };
    const id = commitmentId(opening);
    const payload = composeDecision(opening, decision, id, this.issuance(issuedAtMs));
    return this.add({ ...payload, ...change } as Payload, opening, tag);
  }

  /** Says what became of a decision. */
  confirm({ payload }: MadeReceipt, at: number): MadeReceipt {
    if (payload.receipt_type !== 'boundary_decision') throw new Error('Not a decision.');
    const { request_id, commitment_id, boundary_snapshot } = payload;
    return this.add({
      ...composeCommon(this.issuance(STARTED_MS + at * SECOND_MS)),
      receipt_type: 'execution_confirmation',
      request_id,
      commitment_id,
      boundary_snapshot,
      confirms: { request_id, payload_digest: digestBytes(encodePayload(payload)) },
      confirmer: { key_id: 'key_host', class: 'same_key' },
      flags: [],
      outcome: 'executed',
    });
  }

  /** Says that numbers of the decisions were lost. */
  disclose(at: number, fromSeq: number, toSeq: number): MadeReceipt {
    const { partner_id, path_id } = this.identity;
    return this.add({
      ...composeCommon(this.issuance(STARTED_MS + at * SECOND_MS)),
      receipt_type: 'gap_disclosure',
      partner_id,
      path_id,
      nonce: 'A'.repeat(22),
      gap: {
        receipt_type: 'boundary_decision',
        epoch: 1,
        from_seq: fromSeq,
        to_seq: toSeq,
        reason: 'restored_from_backup',
      },
    });
  }
}

/** The lines of an export, which a test changes before they are written. */
export interface MadeExport {
  header: Line;
  paths: Line[];
  /** By stream. */
  receipts: Line[][];
}

export class AuditWorld {
  readonly decisions = new MadeStream('boundary_decision', 'decisions');
  readonly confirmations = new MadeStream('execution_confirmation', 'confirmations');
  readonly log = new ServedLog();

  /** Statements of roots that have an entry, in the order of their entries. */
  readonly events: { readonly statement: JsonValue; readonly index: number }[] = [];

  /**
   * Twelve decisions, one a second, and six confirmations, in a log that a witness saw; before them
   * the attestation of their key.
   */
  static async make(count = 12, { attested = true } = {}): Promise<AuditWorld> {
    const world = new AuditWorld();
    if (attested) await world.logEvent(GOLDEN_ATTESTATION);
    for (let at = 0; at < count; at++) {
      const decision = world.decisions.decide(at);
      if (at % 2 === 0) world.confirmations.confirm(decision, at);
    }
    await world.publish();
    return world;
  }

  get streams(): MadeStream[] {
    return [this.decisions, this.confirmations];
  }

  /** Logs what is not logged yet, in the order of issue. */
  async publish(witnessed = true): Promise<void> {
    const all = this.streams
      .flatMap(({ receipts }) => receipts)
      .sort((a, b) => (a.payload.issued_at < b.payload.issued_at ? -1 : 1));
    const known = new Set(this.log.entries.map((entry) => Buffer.from(entry).toString()));
    const added = all.map(({ entry }) => entry);
    const fresh = added.filter((entry) => !known.has(Buffer.from(entry).toString()));
    await this.log.grow(fresh, { witnessed });
  }

  /** Gives a statement of a root its entry. */
  async logEvent(statement: JsonValue): Promise<void> {
    this.events.push({ statement, index: this.log.treeSize });
    await this.log.grow([encodeKeyEvent(readKeyEvent(statement))], { witnessed: true });
  }

  export(streams = this.streams): MadeExport {
    const { issuer, environment } = GOLDEN_PAYLOAD;
    const { key_bundle, attestation, policy } = golden.full.bundle;
    return {
      header: {
        object: 'craton.export.v1',
        issuer,
        environment,
        origin: ORIGIN,
        exported_at: formatTime(STARTED_MS + MERGE_DELAY_MS),
        streams: streams.map((stream) => stream.listed()),
        key_bundle,
        attestations: [attestation],
        ...(this.events.length > 0 && {
          key_events: this.events.map(({ statement, index }) => ({ statement, log: { index } })),
        }),
        checkpoint: this.log.note,
      },
      paths: [{ path: policy }],
      receipts: streams.map(({ receipts }) => receipts.map(({ line }) => line)),
    };
  }
}

/** The file, with a last line that fits: a forger would make it so. */
export function exportText({ header, paths, receipts }: MadeExport): string {
  const lines = [header, ...paths, ...receipts.flat()];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const streams = (header['streams'] as readonly { readonly stream: string }[]).map(
    ({ stream }, index) => ({ stream, receipts: receipts[index]?.length ?? 0 }),
  );
  const digest = digestBytes(Buffer.from(text));
  return `${text}${JSON.stringify({ trailer: { streams, digest } })}\n`;
}

/** Writes export and trust policy into the folder of a context. */
export function writeAuditFiles(context: FakeContext, text: string, trust = TRUST): void {
  writeText(context, 'export.jsonl', text);
  writeText(context, 'trust.txt', trust);
}

export interface PrintedReport {
  readonly outcome: string;
  readonly checks: readonly {
    readonly id: string;
    readonly status: string;
    readonly detail: string;
  }[];
  readonly totals: JsonObject;
  readonly log?: JsonObject;
  readonly disclosed_gaps: readonly JsonObject[];
  readonly exceptions: {
    readonly total: number;
    readonly by_code: Readonly<Record<string, number>>;
    readonly listed: readonly JsonObject[];
  };
  readonly limits: readonly string[];
  readonly rates: Readonly<Record<string, number>>;
}
