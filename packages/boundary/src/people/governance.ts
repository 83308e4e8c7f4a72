/** Who holds which role, and what gates ask for: proposed by one person, confirmed by another. */
import {
  type BodyOf,
  composeRecord,
  encodeRecordBody,
  foldGovernance,
  type Governance,
  governanceChain,
  type GovernanceKind,
  type GovernanceRecord,
  type GovernanceRefusal,
  type OpenProposal,
  readRecords,
} from '@craton/policy';
import { CratonError, type Digest, isDigest } from '@craton/protocol';
import type { LedgerAdmin } from '../ledger/administration.ts';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import type { OperatorRecord, OperatorRecords } from '../ledger/operator-records.ts';
import { intact } from '../rollout/read-rollout.ts';

export interface GovernancePorts {
  readonly operatorRecords: Pick<OperatorRecords, 'readChain' | 'listPeople'>;
  readonly admin: Pick<LedgerAdmin, 'apply'>;
  /** The environment that this instance serves. */
  readonly environment: string;
  readonly isProductionLike: boolean;
  readonly nowMs: () => number;
}

/** What the records say, and where they end. */
export interface LoadedGovernance {
  readonly governance: Governance;
  readonly records: readonly GovernanceRecord[];
  /** The newest record; absent before the first. */
  readonly last: OperatorRecord | undefined;
}

/** Throws `ERR_RECORDS_BROKEN` if a record is not what was stored, `ERR_STORE_UNAVAILABLE`. */
export async function loadGovernance({
  operatorRecords,
  environment,
  isProductionLike,
}: Pick<GovernancePorts, 'environment' | 'isProductionLike'> & {
  readonly operatorRecords: Pick<OperatorRecords, 'readChain'>;
}): Promise<LoadedGovernance> {
  const stored = await operatorRecords.readChain(governanceChain(environment));
  const records = readRecords('governance', intact(stored));
  return {
    governance: foldGovernance(records, { isProductionLike }),
    records,
    last: stored.at(-1),
  };
}

type ProposalKind = OpenProposal['kind'];

/** Something that one person asks for. */
export interface NewProposal<K extends ProposalKind> {
  /** `act_` id, or `start`. */
  readonly actor: string;
  readonly kind: K;
  readonly body: BodyOf<'governance', K>;
}

/**
 * Appends a proposal and answers it as it is open now. Nothing holds by it. Throws
 * `ERR_OPERATOR_RECORD` and `ERR_GATE_POLICY` for a body that does not have its form.
 */
export async function propose<K extends ProposalKind>(
  ports: GovernancePorts,
  { actor, kind, body }: NewProposal<K>,
): Promise<OpenProposal> {
  const loaded = await loadGovernance(ports);
  await append(ports, loaded, {
    actor,
    kind,
    bodyText: encodeRecordBody('governance', kind, body),
  });
  const { governance } = await loadGovernance(ports);
  const known = new Set(loaded.governance.open.map(({ digest }) => digest));
  const made = governance.open.findLast(
    (open) => open.proposer === actor && open.kind === kind && !known.has(open.digest),
  );
  if (made !== undefined) return made;
  throw new CratonError('ERR_INTERNAL', 'A proposal was recorded and is not open.');
}

/** An answer to an open proposal. */
export interface Decision {
  readonly actor: string;
  /** Digest of its record. */
  readonly proposal: string;
}

/**
 * Confirms an open proposal: from then on it holds. Throws `ERR_NOT_FOUND` if it is not open,
 * `ERR_ROLLOUT_REFUSED` with the reason as a label if this person cannot confirm it, and
 * `ERR_RECORD_CONFLICT` if somebody was quicker.
 */
export async function confirmProposal(
  ports: GovernancePorts,
  { actor, proposal }: Decision,
): Promise<Governance> {
  const loaded = await loadGovernance(ports);
  const { kind } = openProposal(loaded, proposal);
  const confirmation = CONFIRMATIONS[kind];
  const body = { proposal: parseProposal(proposal) };
  const { atMs } = loaded.last ?? { atMs: 0 };
  const place = {
    chain: governanceChain(ports.environment),
    atMs: Math.max(ports.nowMs(), atMs),
    actor,
    ...(loaded.last && { last: loaded.last }),
  };
  const record = composeRecord('governance', place, { kind: confirmation, body }, nodeSha256);
  // Asked of the rule that reads the records later, so that what it would not count is not stored.
  const after = foldGovernance([...loaded.records, ...readRecords('governance', [record])], ports);
  const refusal = after.refused.find(({ seq }) => seq === record.seq);
  if (refusal !== undefined) throw refused(refusal.code);
  await append(ports, loaded, { actor, kind: confirmation, bodyText: record.bodyText });
  return (await loadGovernance(ports)).governance;
}

/** Closes an open proposal without effect; its proposer may do that, too. Throws as confirming. */
export async function refuseProposal(
  ports: GovernancePorts,
  { actor, proposal }: Decision,
  reason: Pick<BodyOf<'governance', 'proposal_refused'>, 'reason' | 'reason_digest'>,
): Promise<Governance> {
  const loaded = await loadGovernance(ports);
  openProposal(loaded, proposal);
  const body = { proposal: parseProposal(proposal), ...reason };
  const bodyText = encodeRecordBody('governance', 'proposal_refused', body);
  await append(ports, loaded, { actor, kind: 'proposal_refused', bodyText });
  return (await loadGovernance(ports)).governance;
}

const CONFIRMATIONS = {
  role_holders_proposed: 'role_holders_confirmed',
  gate_policy_proposed: 'gate_policy_confirmed',
  waiver_proposed: 'waiver_confirmed',
} as const satisfies Record<ProposalKind, GovernanceKind>;

/** The digest of something that is open is one. */
function parseProposal(text: string): Digest {
  if (isDigest(text)) return text as Digest;
  throw new TypeError('The digest of a record is none.');
}

function openProposal({ governance }: LoadedGovernance, proposal: string): OpenProposal {
  const found = governance.open.find(({ digest }) => digest === proposal);
  if (found !== undefined) return found;
  throw new CratonError('ERR_NOT_FOUND', 'There is no such open proposal.', { field: 'proposal' });
}

const REFUSALS: Readonly<Record<GovernanceRefusal, string>> = {
  same_person: 'Whoever proposes a change cannot confirm it. Ask another person.',
  not_a_person: 'Only people confirm changes. Sign in, or use a token that belongs to a person.',
  proposal_unknown: 'There is no such open proposal.',
  policy_not_allowed_here: 'This gate policy is not allowed in this environment.',
  policy_digest_differs: 'The digest of the proposal is not that of its gate policy.',
};

function refused(code: GovernanceRefusal): CratonError {
  return new CratonError('ERR_ROLLOUT_REFUSED', REFUSALS[code], { reasons: [code] });
}

interface Appended {
  readonly actor: string;
  readonly kind: GovernanceKind;
  readonly bodyText: string;
}

async function append(
  { admin, environment }: GovernancePorts,
  { last }: LoadedGovernance,
  { actor, kind, bodyText }: Appended,
): Promise<void> {
  await admin.apply({
    kind: 'append_record',
    chain: governanceChain(environment),
    afterSeq: last?.seq ?? 0,
    actor,
    recordKind: kind,
    bodyText,
  });
}

/** Throws `ERR_REQUEST_FIELD` unless everybody who is to hold a role is known, and not erased. */
export async function assertKnownPeople(
  { operatorRecords }: Pick<GovernancePorts, 'operatorRecords'>,
  actIds: readonly string[],
): Promise<void> {
  const people = await operatorRecords.listPeople();
  const known = new Set(
    people.filter(({ erasedAtMs }) => erasedAtMs === undefined).map(({ actId }) => actId),
  );
  if (actIds.every((actId) => known.has(actId))) return;
  const message =
    'role_holders names somebody who is not known here. They must sign in once before they can hold a role.';
  throw new CratonError('ERR_REQUEST_FIELD', message, { field: 'role_holders' });
}
