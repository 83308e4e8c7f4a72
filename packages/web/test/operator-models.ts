/** View models of the operators' pages for tests: a rollout in the middle of its gates. */
import type { JudgedCriterion, JudgedGate } from '@craton/policy';
import type { Digest } from '@craton/protocol';
import type {
  GateModel,
  InboxEntry,
  InboxModel,
  OperatorViewer,
  PathAction,
  PathListModel,
  PathPageModel,
  RolloutPageModel,
} from '../src/operator-model.ts';
import { siteModel } from './models.ts';

const AT = '2026-11-21T18:00:00.000Z';
const atMs = Date.parse(AT);
const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;

const viewer: OperatorViewer = {
  name: 'Oda Operator',
  roles: ['craton operator'],
  csrfToken: 'A'.repeat(43),
};
const page = { site: siteModel, viewer, at: AT } as const;

const entry = (changes: Partial<InboxEntry>): InboxEntry => ({
  rolloutId: `rol_${'A'.repeat(22)}`,
  path: 'northstar_controls/payment-release',
  state: 'in_review',
  version: 2,
  changedAt: '2026-11-21T16:20:00.000Z',
  gate: 'G2',
  reasons: ['approval_missing'],
  yours: [],
  ...changes,
});

const empty = {
  ...page,
  ...{ yours: [], blocked: [], expiring: [], attention: [], others: [] },
  ...{ reviews: [], isReviewListMissing: false, frozenBy: [] },
} satisfies InboxModel;

export const inboxModels = {
  busy: {
    ...empty,
    yours: [entry({ yours: ['approve'] })],
    blocked: [
      entry({
        rolloutId: `rol_${'B'.repeat(22)}`,
        path: 'northstar_controls/data-export',
        gate: 'G1',
        reasons: ['not_evaluated', 'approval_of_one_missing'],
      }),
    ],
    expiring: [
      entry({
        rolloutId: `rol_${'C'.repeat(22)}`,
        path: 'southstar_controls/privileged-access',
        expiresAt: '2026-11-22T03:00:00.000Z',
      }),
    ],
    attention: [
      entry({
        rolloutId: `rol_${'D'.repeat(22)}`,
        path: 'southstar_controls/manual-override',
        state: 'attention',
        reasons: ['verification_failing'],
      }),
    ],
    reviews: [
      {
        packetDigest: digest('e'),
        organisation: 'northstar',
        version: 1,
        requestedAt: '2026-11-21T15:00:00.000Z',
      },
    ],
    frozenBy: ['year_end'],
  },
  empty,
  partial: { ...empty, isReviewListMissing: true },
  forbidden: { ...empty, problem: { message: 'You hold no role here yet.' } },
} as const satisfies Record<string, InboxModel>;

const measured = (gate: JudgedGate['id'], id: string, changes: Partial<JudgedCriterion> = {}) => ({
  ...({ id, gate, kind: 'measured', result: 'pass', code: 'passed' } as const),
  ...{ evidenceDigest: digest('a'), evaluatedAtMs: atMs - 3 * 3_600_000 },
  ...changes,
});
const untouched = { result: 'not_evaluated', code: 'not_evaluated' } as const;
const none = { evidenceDigest: undefined, evaluatedAtMs: undefined } as const;

/** The same without members that are undefined. */
function criterion(gate: JudgedGate['id'], id: string, changes: Partial<JudgedCriterion> = {}) {
  const all = Object.entries(measured(gate, id, changes));
  return Object.fromEntries(
    all.filter(([, value]) => value !== undefined),
  ) as unknown as JudgedCriterion;
}

const later = (gate: JudgedGate['id'], ids: readonly string[]) =>
  ids.map((id) => criterion(gate, id, { ...untouched, ...none } as never));

const gates: readonly GateModel[] = [
  {
    judged: {
      id: 'G1',
      state: 'passed',
      criteria: [
        criterion('G1', 'G1.1'),
        criterion('G1', 'G1.2'),
        criterion('G1', 'G1.3', { kind: 'declared', code: 'approved' }),
        criterion('G1', 'G1.4'),
      ],
      approvals: {
        counted: [{ seq: 3, role: 'risk_owner', actor: 'Rita Risk', atMs: atMs - 2 * 3_600_000 }],
        notCounted: [],
        missing: [],
      },
      blockedBy: [],
    },
    rule: 'any',
    owners: [
      { role: 'platform_owner', people: ['Pat Platform'] },
      { role: 'risk_owner', people: ['Rita Risk'] },
    ],
    offered: [],
    isUnsatisfiable: false,
  },
  {
    judged: {
      id: 'G2',
      state: 'waiting_for_approval',
      criteria: [
        criterion('G2', 'G2.1'),
        criterion('G2', 'G2.2'),
        criterion('G2', 'G2.3'),
        criterion('G2', 'G2.4', { kind: 'measured_and_declared' }),
      ],
      approvals: {
        counted: [
          { seq: 5, role: 'security_owner', actor: 'Sam Security', atMs: atMs - 1_800_000 },
        ],
        notCounted: [
          {
            ...{ seq: 4, role: 'craton_operator', actor: 'Otto Operator' },
            ...{ atMs: atMs - 86_400_000, code: 'older_version' },
          },
        ],
        missing: ['craton_operator'],
      },
      blockedBy: [{ subject: 'craton_operator', code: 'approval_missing' }],
    },
    rule: 'all',
    owners: [
      { role: 'security_owner', people: ['Sam Security'] },
      { role: 'craton_operator', people: ['Oda Operator', 'Otto Operator'] },
    ],
    offered: [{ role: 'craton_operator', refusals: [] }],
    isUnsatisfiable: false,
  },
  {
    judged: {
      id: 'G3',
      state: 'locked',
      criteria: [
        criterion('G3', 'G3.1', { result: 'stale', code: 'evidence_stale' }),
        criterion('G3', 'G3.2', { result: 'fail', code: 'schema_differs' }),
        ...later('G3', ['G3.3', 'G3.4', 'G3.exit']),
      ],
      approvals: { counted: [], notCounted: [], missing: ['integration_engineer'] },
      blockedBy: [
        { subject: 'G3.1', code: 'evidence_stale' },
        { subject: 'integration_engineer', code: 'approval_of_one_missing' },
      ],
    },
    rule: 'any',
    owners: [{ role: 'integration_engineer', people: [] }],
    offered: [],
    isUnsatisfiable: true,
  },
  {
    judged: {
      id: 'G4',
      state: 'locked',
      criteria: later('G4', ['G4.1', 'G4.2', 'G4.3', 'G4.4']),
      approvals: { counted: [], notCounted: [], missing: ['business_owner', 'security_owner'] },
      blockedBy: [{ subject: 'G4.2', code: 'not_evaluated' }],
    },
    rule: 'all',
    owners: [
      { role: 'business_owner', people: ['Bea Business'] },
      { role: 'security_owner', people: ['Sam Security'] },
    ],
    offered: [],
    isUnsatisfiable: false,
  },
];

const record = (seq: number, kind: string, who: string, body: object) => ({
  ...{ seq, kind, who, at: `2026-11-21T1${seq}:00:00.000Z`, digest: digest(String(seq)) },
  bodyText: JSON.stringify(body, undefined, 2),
});

const review: RolloutPageModel = {
  ...page,
  rolloutId: `rol_${'A'.repeat(22)}`,
  state: 'in_review',
  scope: {
    environment: 'production',
    partner_id: 'northstar_controls',
    unit: 'operations',
    gate_type: 'threshold_gate',
    system_scope: 'payments',
    path_id: 'payment-release',
  },
  packet: {
    version: 2,
    packetDigest: digest('c'),
    scopeDigest: digest('d'),
    boundaryObjectDigest: digest('b'),
    requestedAt: '2026-11-21T09:00:00.000Z',
    author: 'Ada Platform',
  },
  gates,
  facets: [
    { facet: 'owner', passed: false, lacking: ['business_owner'] },
    { facet: 'environment', passed: true, lacking: [] },
    { facet: 'security', passed: false, lacking: ['G3.2', 'craton_operator'] },
    { facet: 'sla', passed: true, lacking: [] },
    { facet: 'smoke_test', passed: false, lacking: ['G3.1'] },
    { facet: 'rollback', passed: false, lacking: ['G4.2'] },
    { facet: 'support', passed: true, lacking: [] },
  ],
  holders: [
    { role: 'platform_owner', people: ['Pat Platform'] },
    { role: 'craton_operator', people: ['Oda Operator', 'Otto Operator'] },
    { role: 'integration_engineer', people: [] },
    { role: 'rollback_owner', people: ['Ros Rollback'] },
  ],
  actions: [
    { action: 'evaluate', refusals: [] },
    { action: 'test_channel', refusals: [] },
    { action: 'deploy', refusals: ['security_not_passed', 'frozen', 'step_up_missing'] },
  ],
  frozenBy: ['year_end'],
  attention: [],
  approvalExpiresAt: '2026-11-24T16:00:00.000Z',
  timeline: [
    record(1, 'rollout_opened', 'Oda Operator', { version: 1 }),
    record(2, 'criteria_evaluated', 'Oda Operator', { results: 12 }),
    record(3, 'approved', 'Rita Risk', { gate: 'G1', role: 'risk_owner' }),
    record(5, 'approved', 'Sam Security', { gate: 'G2', role: 'security_owner' }),
  ],
};

/** The states of a rollout's page. */
export const rolloutModels = {
  review,
  refused: {
    ...review,
    problem: {
      message: 'reason is missing; say why.',
      field: 'G2-reason',
      reasons: [],
    },
    typed: { form: 'G2' },
  },
  ready: {
    ...review,
    state: 'ready_to_deploy',
    frozenBy: [],
    actions: [
      { action: 'evaluate', refusals: [] },
      { action: 'deploy', refusals: [] },
    ],
    done: 'evaluate',
    executionExpiresAt: '2026-11-22T18:00:00.000Z',
  },
  live: {
    ...review,
    state: 'attention',
    attention: ['verification_failing'],
    frozenBy: [],
    actions: [
      { action: 'evaluate', refusals: [] },
      { action: 'rollback', refusals: [] },
      { action: 'suspend', refusals: ['role_not_held'] },
    ],
    problem: { message: 'Not admitted.', reasons: ['role_not_held', 'evidence_too_old'] },
  },
  over: { ...review, state: 'rejected', actions: [] },
} as const satisfies Record<string, RolloutPageModel>;

const deployed: PathAction & { policyDigest: string } = {
  at: '2026-11-20T10:00:00.000Z',
  who: 'Otto Operator',
  action: 'deploy',
  isLive: true,
  version: 2,
  rolloutId: review.rolloutId,
  recordDigest: digest('f'),
  policyDigest: digest('9'),
};
const first = { ...deployed, version: 1, at: '2026-11-10T10:00:00.000Z' };
const place = { partnerId: 'northstar_controls', pathId: 'payment-release' } as const;
const way = { action: 'rollback', rolloutId: review.rolloutId, owners: ['Ros Rollback'] } as const;

export const pathModels = {
  live: {
    ...{ ...page, ...place, live: deployed, history: [first, deployed], isReviewOpen: false },
    rollback: { ...way, refusals: [] },
  },
  watched: {
    ...{ ...page, ...place, live: deployed, history: [first, deployed], isReviewOpen: true },
    rollback: { ...way, refusals: ['role_not_held'] },
  },
  never: { ...page, ...place, history: [], isReviewOpen: false },
} as const satisfies Record<string, PathPageModel>;

export const pathListModels = {
  some: {
    ...page,
    paths: [
      { ...place, live: deployed },
      { ...place, pathId: 'data-export' },
    ],
  },
  none: { ...page, paths: [] },
} as const satisfies Record<string, PathListModel>;
