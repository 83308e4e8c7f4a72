/** The log of an audit: which checkpoint it is read up to, and who stands behind that. */
import {
  type Cosignature,
  CratonError,
  encodeBase64,
  equalBytes,
  evaluateQuorum,
  type TrustPolicy,
  type VerifiedCheckpoint,
  verifyCheckpointUnder,
} from '@craton/protocol';
import type { AuditedCheckpoint } from '@craton/protocol/audit';
import { CommandFailure } from '../failure.ts';
import { assertExtends, type Head } from '../monitor/contradictions.ts';
import { InconsistentLogError } from '../monitor/alarm.ts';
import type { LogReader } from '../monitor/log-reader.ts';

/** A checkpoint that its log signed, with the note it stands in. */
export interface KnownCheckpoint extends Head {
  readonly cosignatures: readonly Cosignature[];
}

export interface AuditedLogSource {
  readonly reader: LogReader;
  /** What the log shows now. */
  readonly newest: KnownCheckpoint;
  /** What the export is compared with: not larger than `newest`. */
  readonly checkpoint: KnownCheckpoint;
  /** Further ones that say what the log was at their time, `checkpoint` included. */
  readonly known: readonly KnownCheckpoint[];
}

export interface OpenLogOptions {
  readonly reader: LogReader;
  readonly origin: string;
  readonly trust: TrustPolicy;
  /** The one in the export's header: everything that it covers must be in the export. */
  readonly exported: string | undefined;
  /** Given by the auditor: the first one takes the place of the export's. */
  readonly given: readonly string[];
  /** Of cut-offs: they say what the log was then, and are not compared with. */
  readonly stated: readonly string[];
}

/**
 * Reads and verifies the checkpoints. Throws `InconsistentLogError` if one of them is not of the
 * history that the log shows now; fails with `badInput` for a given one that does not verify.
 */
export async function openAuditedLog(options: OpenLogOptions): Promise<AuditedLogSource> {
  const { reader, exported, given, stated } = options;
  const newest = await openNote(await reader.checkpoint(), options, wrongCheckpoint);
  const others: KnownCheckpoint[] = [];
  for (const note of given) others.push(await openNote(note, options, badCheckpoint));
  if (exported !== undefined) others.push(await openNote(exported, options, wrongCheckpoint));
  const [checkpoint = newest] = others;
  for (const note of stated) others.push(await openNote(note, options, badCheckpoint));
  for (const other of others) await assertOneHistory(other, newest, reader);
  return { reader, newest, checkpoint, known: [checkpoint, ...others, newest] };
}

async function openNote(
  note: string,
  { trust, origin }: OpenLogOptions,
  refuse: (problem: string, note: string) => Error,
): Promise<KnownCheckpoint> {
  try {
    // The log's own signature first: a wrong cosignature is no fault of the log, and counts nothing.
    const alone = await verifyCheckpointUnder({ ...trust.tlog, witnesses: [] }, note);
    const whole: VerifiedCheckpoint =
      (await verifyCheckpointUnder(trust.tlog, note).catch(() => undefined)) ?? alone;
    const { treeSize, root, cosignatures } = whole;
    if (whole.origin === origin) return { treeSize, root, note, cosignatures };
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    throw refuse(error.message, note);
  }
  throw refuse('it is of another log', note);
}

function badCheckpoint(problem: string): CommandFailure {
  const details = { exit: 'badInput', code: 'checkpoint_invalid' } as const;
  return new CommandFailure(
    `A checkpoint given with --checkpoint or --compromised: ${problem}`,
    details,
  );
}

function wrongCheckpoint(problem: string, note: string): InconsistentLogError {
  const message = `What the log or the export shows is no checkpoint of the log: ${problem}`;
  return new InconsistentLogError('checkpoint_invalid', message, { checkpoints: [note] });
}

async function assertOneHistory(
  other: KnownCheckpoint,
  newest: KnownCheckpoint,
  reader: LogReader,
): Promise<void> {
  if (other.treeSize > newest.treeSize) {
    const message = 'The log shows less than the checkpoint that the export holds.';
    const checkpoints = [other.note, newest.note];
    throw new InconsistentLogError('shrink', message, { checkpoints });
  }
  const isSame = other.treeSize === newest.treeSize && equalBytes(other.root, newest.root);
  if (!isSame) await assertExtends(other, newest, reader);
}

/** Who cosigned, as the report says it. */
export function describeWitnesses(
  { treeSize, root, cosignatures }: KnownCheckpoint,
  trust: TrustPolicy,
): AuditedCheckpoint {
  const { cosigned, eligible, reached } = evaluateQuorum(trust.tlog, cosignatures);
  const independent = cosigned.filter((name) => !trust.issuerOperated.includes(name));
  const wanted = Math.max(0, ...trust.require.map(({ count }) => count ?? 0));
  const timesS = cosignatures.map(({ timestampS }) => timestampS);
  return {
    size: treeSize,
    root: encodeBase64(root),
    cosigned,
    eligible,
    independent,
    isAskedFor: trust.tlog.quorum !== 'none',
    isReached: trust.tlog.quorum !== 'none' && reached && independent.length >= wanted,
    ...(timesS.length > 0 && { witnessedAtMs: Math.min(...timesS) * 1000 }),
  };
}
