/** What an operator found from outside and sent in: kept once, for good, in a chain of records. */
import { CratonError, DEPTH_MAX, formatTime, parseStrict, parseTime } from '@craton/protocol';
import Type, { type TSchema } from 'typebox';
import type { ApiKeyPorts } from '../commands/accept-api-key.ts';
import { listText, objectText } from '../commands/describe-receipt.ts';
import type { OperatorPorts } from '../commands/operator.ts';
import type { OperatorRecord, OperatorRecords } from '../ledger/operator-records.ts';

export interface FindingPorts extends ApiKeyPorts, OperatorPorts {
  readonly operatorRecords: Pick<OperatorRecords, 'readChain'>;
}

/** Findings in one answer at most. */
export const FINDINGS_MAX = 100;
/** What ended later than this after the clock here did not end yet. */
const CLOCK_SKEW_MS = 5_000;

const Time = Type.String({ format: 'date-time' });

/** A finding as it is answered, with the finding itself under `member`. */
export function recordedShape(id: string, member: string, finding: TSchema) {
  return Type.Object(
    {
      record_id: Type.Integer({ minimum: 1 }),
      recorded_at: Time,
      actor: Type.String({ description: 'Public id of the operator’s key.' }),
      [member]: finding,
    },
    { additionalProperties: false, $id: id },
  );
}

/** The body of a request, before its members are read. */
export function parseFinding(bytes: Uint8Array) {
  return parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.request });
}

/** Throws `ERR_REQUEST_FIELD` for an environment that is not served, or an end still to come. */
export function expectOwn(
  { environment, ended_at: endedAt }: { readonly environment: string; readonly ended_at: string },
  served: readonly string[],
  nowMs: number,
): void {
  if (!served.includes(environment)) throw wrong('environment', 'is not served here');
  if (parseTime(endedAt) > nowMs + CLOCK_SKEW_MS) {
    throw wrong('ended_at', 'is in the future of this server');
  }
}

function wrong(field: string, what: string): CratonError {
  return new CratonError('ERR_REQUEST_FIELD', `${field} ${what}.`, { field });
}

export interface NewFinding {
  readonly chain: string;
  readonly actor: string;
  readonly recordKind: string;
  /** The canonical form of the finding. */
  readonly bodyText: string;
}

/** Sent again, because its answer was lost, a finding is kept once. */
export async function keepOnce(
  { admin, operatorRecords }: FindingPorts,
  finding: NewFinding,
): Promise<OperatorRecord> {
  const find = async (): Promise<OperatorRecord | undefined> =>
    (await operatorRecords.readChain(finding.chain)).find(
      ({ bodyText }) => bodyText === finding.bodyText,
    );
  const known = await find();
  if (known !== undefined) return known;
  await admin.apply({ kind: 'append_record', ...finding });
  const kept = await find();
  if (kept !== undefined) return kept;
  throw new CratonError('ERR_INTERNAL', 'What was recorded is not there.');
}

/** The newest findings of a chain, the newest first, as the text of a JSON list. */
export async function newestText(
  { operatorRecords }: FindingPorts,
  chain: string,
  member: string,
): Promise<string> {
  const newest = (await operatorRecords.readChain(chain)).slice(-FINDINGS_MAX).reverse();
  return listText(newest.map((record) => recordedText(member, record)));
}

export function recordedText(
  member: string,
  { recordId, atMs, actor, bodyText }: OperatorRecord,
): string {
  return objectText({
    record_id: String(recordId),
    recorded_at: JSON.stringify(formatTime(atMs)),
    actor: JSON.stringify(actor),
    [member]: bodyText,
  });
}
