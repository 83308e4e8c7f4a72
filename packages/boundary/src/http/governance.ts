/** Role holders and gate policies: proposed by one person, confirmed or refused by another. */
import {
  type GatePolicy,
  gatePolicyDigest,
  type Governance,
  readGatePolicy,
  RECORD_DEPTH_MAX,
} from '@craton/policy';
import {
  canonicalBytes,
  CratonError,
  DEPTH_MAX,
  formatTime,
  isDigest,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  Members,
  parseStrict,
} from '@craton/protocol';
import { bodyBytes, type Route, type RouteDocument } from '@craton/service';
import Type from 'typebox';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import {
  assertKnownPeople,
  confirmProposal,
  type GovernancePorts,
  type LoadedGovernance,
  loadGovernance,
  propose,
  refuseProposal,
} from '../people/governance.ts';
import {
  assertPerson,
  demandRecentSignIn,
  type OperatorDoorPorts,
} from '../people/operator-identity.ts';
import { reasonOf } from '../rollout/reason.ts';
import { KEY_ERRORS, type OperatorDocument, operatorRoute } from './authenticate.ts';
import { BODY_ERRORS } from './error-lists.ts';
import { ActId, PartnerId, Time } from './operator-schemas.ts';
import { NoParameters, PathId } from './schemas.ts';

export interface GovernanceRoutePorts extends OperatorDoorPorts, GovernancePorts {
  readonly environment: string;
  readonly nowMs: () => number;
}

const BASE = '/operator/api/governance';
const closed = { additionalProperties: false } as const;
/** Bytes of a proposal: a gate policy is the largest. */
const PROPOSAL_BYTES_MAX = 64 * 1024;
/** A gate policy in a body. */
const PROPOSAL_DEPTH_MAX = 6;

const Digest = (description: string) =>
  Type.String({ pattern: '^sha256:[0-9a-f]{64}$', description });
const Reason = Type.String({ maxLength: 1_000, description: 'Why; shown to people.' });
const RoleHolders = Type.Record(Type.String(), Type.Array(ActId), {
  description: 'For each role who holds it; a role that is left out nobody holds.',
});

const NewRoleHolders = Type.Object(
  {
    role_holders: RoleHolders,
    reason: Reason,
    partner_id: Type.Optional(PartnerId),
    path_id: Type.Optional(PathId),
  },
  { ...closed, $id: 'NewRoleHolders' },
);
const NewGatePolicy = Type.Object(
  { policy: Type.Object({}, { description: 'A `craton.gate_policy.v1`.' }), reason: Reason },
  { ...closed, $id: 'NewGatePolicy' },
);
const Confirmation = Type.Object(
  { proposal: Digest('Digest of an open proposal.') },
  { ...closed, $id: 'Confirmation' },
);
const Refusal = Type.Object(
  { proposal: Digest('Digest of an open proposal.'), reason: Reason },
  { ...closed, $id: 'Refusal' },
);

const Proposal = Type.Object(
  {
    proposal: Digest('Digest of its record; a confirmation names it.'),
    kind: Type.String(),
    proposed_by: Type.String({ description: 'An `act_` id, or `start`.' }),
    proposed_at: Time('When it was recorded.'),
    body: Type.Object({}, { description: 'What would hold, and why.' }),
  },
  { ...closed, $id: 'Proposal' },
);

const GovernanceAnswer = Type.Object(
  {
    environment: Type.String(),
    records: Type.Integer({ minimum: 0, description: 'Records of the chain so far.' }),
    head: Type.Optional(Digest('Digest of the newest record.')),
    set_up_by_start: Type.Boolean({
      description: 'Holders were set up by the start of a development machine, by no two people.',
    }),
    policy_digest: Digest('Digest of the gate policy in force.'),
    policy: Type.Object({}, { description: 'The gate policy in force.' }),
    role_holders: Type.Array(
      Type.Object(
        {
          path: Type.Optional(Type.String({ description: 'Absent: for every path.' })),
          role_holders: RoleHolders,
        },
        closed,
      ),
    ),
    open_proposals: Type.Array(Proposal),
  },
  { ...closed, $id: 'Governance' },
);

const answer = { contentType: 'application/json', schema: GovernanceAnswer } as const;
const CHANGE_ERRORS = [
  ...KEY_ERRORS,
  ...BODY_ERRORS,
  'ERR_REQUEST_FIELD',
  'ERR_RECORD_CONFLICT',
  'ERR_QUEUE_FULL',
] as const;
const change = {
  method: 'POST',
  scope: 'review',
  keyHolder: 'operator',
  query: NoParameters,
} as const;

const SHOW_GOVERNANCE: OperatorDocument = {
  method: 'GET',
  path: BASE,
  operationId: 'showGovernance',
  summary: 'Who holds which role, the gate policy, and what is proposed',
  scope: 'read',
  keyHolder: 'operator',
  query: NoParameters,
  answer: { description: 'What holds now.', ...answer },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD'],
};
const PROPOSE_HOLDERS: OperatorDocument = {
  ...change,
  path: `${BASE}/role-holders`,
  operationId: 'proposeRoleHolders',
  summary: 'Propose who holds which role, for one path or for every path',
  description:
    'Nothing holds before another person has confirmed it. The list replaces the one before it for the same path. Everybody named must have signed in once.',
  body: NewRoleHolders,
  answer: { description: 'The proposal.', contentType: 'application/json', schema: Proposal },
  errors: [...CHANGE_ERRORS, 'ERR_OPERATOR_RECORD'],
};
const PROPOSE_POLICY: OperatorDocument = {
  ...change,
  path: `${BASE}/gate-policy`,
  operationId: 'proposeGatePolicy',
  summary: 'Propose a gate policy',
  description:
    'Nothing holds before another person has confirmed it. A rollout keeps the policy that was in force when its review was requested.',
  body: NewGatePolicy,
  answer: { description: 'The proposal.', contentType: 'application/json', schema: Proposal },
  errors: [...CHANGE_ERRORS, 'ERR_OPERATOR_RECORD', 'ERR_GATE_POLICY'],
};
const CONFIRM: OperatorDocument = {
  ...change,
  path: `${BASE}/confirm`,
  operationId: 'confirmProposal',
  summary: 'Confirm what another person proposed',
  description: 'By a session: only within five minutes of a sign-in.',
  body: Confirmation,
  answer: { description: 'What holds now.', ...answer },
  errors: [...CHANGE_ERRORS, 'ERR_NOT_FOUND', 'ERR_ROLLOUT_REFUSED'],
};
const REFUSE: OperatorDocument = {
  ...change,
  path: `${BASE}/refuse`,
  operationId: 'refuseProposal',
  summary: 'Refuse what somebody proposed, or take back one’s own proposal',
  body: Refusal,
  answer: { description: 'What holds now.', ...answer },
  errors: [...CHANGE_ERRORS, 'ERR_NOT_FOUND', 'ERR_OPERATOR_RECORD'],
};

export const GOVERNANCE_DOCUMENTS: readonly RouteDocument[] = [
  SHOW_GOVERNANCE,
  PROPOSE_HOLDERS,
  PROPOSE_POLICY,
  CONFIRM,
  REFUSE,
];

export function governanceRoutes(ports: GovernanceRoutePorts): readonly Route[] {
  const show = async (): Promise<JsonObject> => shown(ports, await loadGovernance(ports));
  return [
    operatorRoute(ports, SHOW_GOVERNANCE, show),
    ...proposalRoutes(ports),
    operatorRoute(ports, CONFIRM, async ({ actor, identity, request }) => {
      assertPerson(identity);
      demandRecentSignIn(identity, ports.nowMs());
      const body = readBody(bodyBytes(request));
      body.only('proposal');
      await confirmProposal(ports, { actor, proposal: body.text('proposal', isDigest) });
      return show();
    }),
    operatorRoute(ports, REFUSE, async ({ actor, identity, request }) => {
      assertPerson(identity);
      const body = readBody(bodyBytes(request));
      body.only('proposal', 'reason');
      const decision = { actor, proposal: body.text('proposal', isDigest) };
      await refuseProposal(ports, decision, reasonOf(body.text('reason')));
      return show();
    }),
  ];
}

function proposalRoutes(ports: GovernanceRoutePorts): readonly Route[] {
  const holders = operatorRoute(ports, PROPOSE_HOLDERS, async ({ actor, identity, request }) => {
    assertPerson(identity);
    const body = parseRoleHolders(bodyBytes(request));
    await assertKnownPeople(ports, Object.values(body.role_holders).flat());
    const made = await propose(ports, { actor, kind: 'role_holders_proposed', body });
    return shownProposal(await loadGovernance(ports), made.digest);
  });
  const policy = operatorRoute(ports, PROPOSE_POLICY, async ({ actor, identity, request }) => {
    assertPerson(identity);
    const body = parseGatePolicy(bodyBytes(request));
    const made = await propose(ports, { actor, kind: 'gate_policy_proposed', body });
    return shownProposal(await loadGovernance(ports), made.digest);
  });
  return [holders, { ...policy, bodyBytesMax: PROPOSAL_BYTES_MAX }];
}

function readBody(bytes: Uint8Array, depthMax: number = DEPTH_MAX.request): Members {
  const value = parseStrict(bytes, { numbers: 'safe', depthMax });
  if (isJsonObject(value)) return Members.of(value, '', 'ERR_REQUEST_FIELD');
  throw new CratonError('ERR_REQUEST_FIELD', 'The body must be a JSON object.');
}

function parseRoleHolders(bytes: Uint8Array) {
  const body = readBody(bytes);
  body.only('role_holders', 'reason', 'partner_id', 'path_id');
  if (body.has('partner_id') !== body.has('path_id')) {
    throw body.wrong('path_id', 'and partner_id must be there both, or neither');
  }
  const place = body.has('path_id')
    ? { partner_id: body.text('partner_id'), path_id: body.text('path_id') }
    : {};
  const roleHolders = readHolders(body.members('role_holders'));
  return { role_holders: roleHolders, ...place, ...reasonOf(body.text('reason')) };
}

/** One spelling per set: sorted, each once. The record's reader refuses unknown roles. */
function readHolders(body: Members): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.keys(body.object).map((role) => [role, [...new Set(body.textList(role))].sort()]),
  );
}

function parseGatePolicy(bytes: Uint8Array) {
  const body = readBody(bytes, PROPOSAL_DEPTH_MAX);
  body.only('policy', 'reason');
  const policy: GatePolicy = readGatePolicy(body.value('policy'));
  const policyDigest = gatePolicyDigest(policy, nodeSha256);
  return { policy, policy_digest: policyDigest, ...reasonOf(body.text('reason')) };
}

function shown({ environment }: GovernanceRoutePorts, loaded: LoadedGovernance): JsonObject {
  const { governance, records, last } = loaded;
  const { policy, open, holders } = governance;
  return {
    environment,
    records: records.length,
    ...(last !== undefined && { head: last.digest }),
    set_up_by_start: records.some(
      ({ kind, actor }) => kind === 'role_holders_confirmed' && actor === 'start',
    ),
    policy_digest: gatePolicyDigest(policy, nodeSha256),
    policy: asJson(policy),
    role_holders: [...holders].map(([path, held]) => ({
      ...(path !== '' && { path }),
      role_holders: asJson(held),
    })),
    open_proposals: open.map(({ digest }) => shownProposal(loaded, digest)),
  };
}

function shownProposal({ governance, records }: LoadedGovernance, digest: string): JsonObject {
  const open = findOpen(governance, digest);
  const record = records.find((one) => one.digest === digest);
  return {
    proposal: digest,
    kind: open.kind,
    proposed_by: open.proposer,
    proposed_at: formatTime(open.atMs),
    body: asJson(record?.body ?? {}),
  };
}

function findOpen({ open }: Governance, digest: string): Governance['open'][number] {
  const found = open.find((one) => one.digest === digest);
  if (found !== undefined) return found;
  throw new CratonError('ERR_RECORD_CONFLICT', 'The proposal was answered at this very moment.');
}

/** What a reader of records made, as plain JSON. */
function asJson(value: object): JsonValue {
  return parseStrict(canonicalBytes(value), { numbers: 'safe', depthMax: RECORD_DEPTH_MAX });
}
