/** The lines `log_inclusion` and `witnesses`: what the transparency log shows (PROTOCOL 5, 6). */
import { encodeBase64 } from '../base64.ts';
import { CratonError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json/canonical.ts';
import { Members } from '../json/members.ts';
import { digestBytes } from '../digest.ts';
import { isDigest, isHashText } from '../names.ts';
import type { Payload } from '../receipt.ts';
import type { CheckResult } from '../report.ts';
import { encodeLogEntry, type LogEntry } from '../stream.ts';
import { parseTime } from '../time.ts';
import {
  type Cosignature,
  evaluateQuorum,
  leafHash as hashLeaf,
  parseCheckpoint,
  parseNote,
  parseTlogProof,
  verifyCheckpointUnder,
  type TlogProof,
  verifyInclusion,
} from '../tlog/index.ts';
import type { Requirement, TrustPolicy } from '../trust-policy.ts';
import type { Tools } from './envelope.ts';
import { type CodeOf, result } from './result.ts';

/** A proof that leads to a checkpoint of a log of the policy. */
export interface Inclusion {
  readonly entry: LogEntry;
  readonly index: number;
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Valid cosignatures by witnesses of the policy; undefined if one of them is wrong. */
  readonly cosignatures: readonly Cosignature[] | undefined;
}

export interface LogSubject {
  readonly payload: Payload;
  readonly payloadBytes: Uint8Array;
  readonly kid: string;
}

type LogCode = CodeOf<'log_inclusion'>;

/** Follows the proof that came along; answers the inclusion, or the code of what is wrong. */
export async function followLogProof(
  logProof: JsonObject,
  subject: LogSubject,
  trust: TrustPolicy,
  tools: Tools,
): Promise<Inclusion | LogCode> {
  const entry = readEntry(logProof['entry']);
  if (entry === undefined) return 'log_entry_malformed';
  const digest = digestBytes(subject.payloadBytes, tools.sha256);
  if (entry.digest !== digest || entry.kid !== subject.kid) return 'log_entry_mismatch';
  const proof = readProof(logProof['proof']);
  if (proof === undefined) return 'log_proof_malformed';
  const { origin } = subject.payload.log;
  const stated = originOf(proof);
  if (stated === undefined) return 'log_proof_malformed';
  if (stated !== origin) return 'log_origin_mismatch';
  if (!trust.tlog.logs.some(({ key }) => key.name === origin)) return 'log_not_in_policy';
  const checkpoint = await openCheckpoint(proof.checkpoint, trust, tools);
  if (typeof checkpoint === 'string') return checkpoint;
  const { treeSize, root, cosignatures } = checkpoint;
  const leafHash = hashLeaf(encodeLogEntry(entry), tools.sha256);
  const { index, hashes } = proof;
  const claim = { index: BigInt(index), size: BigInt(treeSize), leafHash, root, proof: hashes };
  if (!verifyInclusion(claim, tools.sha256)) return 'log_inclusion_invalid';
  const { seen } = subject.payload.log;
  const isFork = seen?.size === treeSize && seen.root !== encodeBase64(root);
  return isFork
    ? 'log_seen_conflict'
    : { entry, index, origin, size: treeSize, root, cosignatures };
}

/** The line where there is no proof. */
export function withoutLogProof(payload: Payload, atMs: number): CheckResult {
  const isPending = atMs < parseTime(payload.log.merge_by);
  return result('log_inclusion', isPending ? 'log_inclusion_pending' : 'log_proof_missing');
}

/** The line `witnesses` for an inclusion; `required` may ask for a number of witnesses. */
export function checkWitnesses(
  inclusion: Inclusion,
  trust: TrustPolicy,
  required: readonly Requirement[],
): CheckResult {
  if (trust.tlog.quorum === 'none') return result('witnesses', 'no_quorum_in_policy');
  if (inclusion.cosignatures === undefined) return result('witnesses', 'cosignature_invalid');
  const { reached, cosigned, eligible } = evaluateQuorum(trust.tlog, inclusion.cosignatures);
  const independent = cosigned.filter((name) => !trust.issuerOperated.includes(name)).length;
  const data: JsonObject = { cosigned, eligible, independent };
  if (inclusion.cosignatures.length === 0) return result('witnesses', 'not_witnessed', data);
  const wanted = Math.max(0, ...required.map(({ count }) => count ?? 0));
  return result('witnesses', reached && independent >= wanted ? 'ok' : 'quorum_not_met', data);
}

function readEntry(value: JsonValue | undefined): LogEntry | undefined {
  try {
    const entry = Members.of(value, 'entry', 'ERR_PROOF_FORMAT');
    // A member more would be hashed by the log and skipped by us, so none is allowed here.
    entry.only('v', 'digest', 'kid', 'tag');
    entry.constant('v', 1);
    entry.text('digest', isDigest);
    entry.text('kid', isHashText);
    entry.text('tag', isHashText);
    return entry.object as unknown as LogEntry;
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

function readProof(value: JsonValue | undefined): TlogProof | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return parseTlogProof(value);
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

function originOf(proof: TlogProof): string | undefined {
  try {
    return parseCheckpoint(parseNote(proof.checkpoint).text).origin;
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}

interface OpenedCheckpoint {
  readonly treeSize: number;
  readonly root: Uint8Array;
  readonly cosignatures: readonly Cosignature[] | undefined;
}

/** First the log's own signature, then the witnesses': a wrong cosignature is not the log's fault. */
async function openCheckpoint(
  note: string,
  trust: TrustPolicy,
  tools: Tools,
): Promise<OpenedCheckpoint | LogCode> {
  try {
    const { treeSize, root } = await verifyCheckpointUnder(
      { ...trust.tlog, witnesses: [] },
      note,
      tools.ed25519,
    );
    return { treeSize, root, cosignatures: await cosignaturesOf(note, trust, tools) };
  } catch (error) {
    const isForm = error instanceof CratonError && error.code !== 'ERR_NOTE_SIGNATURE';
    return codeFor(error, isForm ? 'log_proof_malformed' : 'log_signature_invalid');
  }
}

async function cosignaturesOf(
  note: string,
  trust: TrustPolicy,
  tools: Tools,
): Promise<readonly Cosignature[] | undefined> {
  try {
    return (await verifyCheckpointUnder(trust.tlog, note, tools.ed25519)).cosignatures;
  } catch (error) {
    if (error instanceof CratonError && error.code === 'ERR_NOTE_SIGNATURE') return undefined;
    throw error;
  }
}

function codeFor(error: unknown, code: LogCode): LogCode {
  if (!(error instanceof CratonError)) throw error;
  return error.code === 'ERR_CRYPTO_UNAVAILABLE' ? 'crypto_unavailable' : code;
}
