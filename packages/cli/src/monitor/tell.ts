/** How a look at a log is told, to people and to programs. */
import { encodeBase64, type TrustPolicy } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { grouped, printable } from '../text.ts';
import type { InconsistentLogError } from './alarm.ts';
import type { SeenKeyEvent } from './key-events.ts';
import type { Look } from './watch-log.ts';

export interface ToldLook {
  readonly origin: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly found: Look;
  readonly trust: TrustPolicy;
}

/** Whether witnesses and receipts are as the trust policy asks; if not, nothing is wrong yet. */
export function isEnough({ quorum, unverified }: Look): boolean {
  return quorum.reached && unverified.length === 0;
}

/** The report for programs. */
export function lookDocument({ origin, atMs, found, trust }: ToldLook): object {
  const { state, grownFrom, quorum, receipts, unverified, keyEvents } = found;
  return {
    object: 'craton.monitor.report.v1',
    outcome: isEnough(found) ? 'reached' : 'insufficient',
    origin,
    looked_at: new Date(atMs).toISOString(),
    checkpoint: { size: state.head.treeSize, root: encodeBase64(state.head.root) },
    grown_from: grownFrom,
    witnesses: {
      asked_for: trust.tlog.quorum !== 'none',
      reached: quorum.reached,
      cosigned: quorum.cosigned,
      eligible: quorum.eligible,
      independent: independentOf(found, trust).length,
    },
    receipts: { in_log: receipts.inLog, pending: receipts.pending, unverified },
    key_events: {
      total: keyEvents.total,
      listed: keyEvents.listed.map(({ index, digest, rootKeyId, said }) => ({
        index,
        digest,
        root_key_id: rootKeyId,
        ...(said && { kind: said.kind, subject_kid: said.subjectKid }),
      })),
    },
  };
}

/** The report for people. */
export function lookLines(context: CliContext, { origin, found, trust }: ToldLook): string[] {
  const { state, receipts, unverified, keyEvents } = found;
  const size = grouped(state.head.treeSize);
  const hasReceipts = receipts.inLog + receipts.pending + unverified.length > 0;
  return [
    `${origin}: ${size} entries, root ${encodeBase64(state.head.root)}; ${growth(found)}.`,
    witnessLine(context, found, trust),
    ...(hasReceipts
      ? [`Receipts: ${receipts.inLog} in the log, ${receipts.pending} not due yet.`]
      : []),
    ...keyEvents.listed.map(keyEventLine),
    ...(keyEvents.total > keyEvents.listed.length
      ? [`${grouped(keyEvents.total)} key events in all; the others are not listed.`]
      : []),
    ...unverified.map(
      ({ file, code }) => `${context.paint('yellow', 'Not verified')}: ${printable(file)}: ${code}`,
    ),
  ];
}

const SAID = {
  key_attested: 'attests the key',
  key_compromised: 'says that others may have the key',
} as const;

function keyEventLine({ index, digest, rootKeyId, said }: SeenKeyEvent): string {
  const what =
    said === undefined
      ? 'a statement that is not among those of --keys. Is it yours?'
      : `${SAID[said.kind]} ${said.subjectKid}.`;
  return printable(`Key event at ${index}, root ${rootKeyId}: ${what} ${digest}`);
}

function growth({ grownFrom, state }: Look): string {
  if (grownFrom === undefined) return 'first look';
  if (grownFrom === state.head.treeSize) return 'no new entries';
  return `grown from ${grouped(grownFrom)}, and nothing before has changed`;
}

function witnessLine(context: CliContext, found: Look, trust: TrustPolicy): string {
  if (trust.tlog.quorum === 'none') {
    return context.paint('yellow', 'Not witnessed: the trust policy asks for no witness.');
  }
  const { cosigned, eligible, reached } = found.quorum;
  const names = cosigned.length === 0 ? '' : ` (${cosigned.join(', ')})`;
  const others = independentOf(found, trust).length;
  const enough = reached ? 'enough' : context.paint('yellow', 'not enough');
  return (
    `Cosigned by ${cosigned.length} of ${eligible.length} witnesses${names}, ` +
    `${others} of them not the issuer’s: ${enough}.`
  );
}

function independentOf({ quorum }: Look, { issuerOperated }: TrustPolicy): string[] {
  return quorum.cosigned.filter((name) => !issuerOperated.includes(name));
}

/** An alarm with its evidence, as it is printed; the file holds the same and the receipts. */
export function alarmLines(
  context: CliContext,
  { code, message, evidence }: InconsistentLogError,
): string[] {
  const { checkpoints, proof, tile } = evidence;
  const lines = [
    ...checkpoints.flatMap((note) => ['', ...note.trimEnd().split('\n')]),
    ...(proof === undefined
      ? []
      : [
          '',
          `Consistency proof from ${proof.size1} to ${proof.size2}, of the root ${proof.root1}:`,
        ]),
    ...(proof?.hashes ?? []),
    ...(tile === undefined
      ? []
      : ['', `${tile.path}: SHA-256 ${tile.served_sha256} instead of ${tile.computed_sha256}`]),
    '',
  ];
  return [
    `${context.paint('red', 'ALARM')} ${code}: ${printable(message)}`,
    ...lines.map(printable),
  ];
}
