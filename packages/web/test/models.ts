/** View models for tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  composePacket,
  diffDocuments,
  evaluateDraftCoverage,
  evaluateReadiness,
  gateCatalogue,
  parseReadinessConfig,
  readDraft,
  type ReadinessProbes,
  type ReadinessStatus,
  recommend,
} from '@craton/policy';
import type { JsonObject } from '@craton/protocol';
import type {
  ActivationModel,
  AgentApiModel,
  LogFacts,
  LogModel,
  PlanPageModel,
  ReadinessModel,
  SiteModel,
  VerifyModel,
} from '../src/models.ts';
import type { PlanFormModel, TryPageModel } from '../src/plan-form-model.ts';
import type { WizardModel, WizardValues } from '../src/wizard-model.ts';
import { goldenCase } from './golden.ts';

export const siteModel: SiteModel = {
  baseUrl: 'http://127.0.0.1:8080',
  environment: 'development',
  issuer: 'localhost',
  version: '0.1.0',
};

const spec = join(import.meta.dirname, '../../../spec');

export const agentApiModel: AgentApiModel = {
  site: siteModel,
  openapi: JSON.parse(readFileSync(join(spec, 'openapi.json'), 'utf8')),
  errors: JSON.parse(readFileSync(join(spec, 'error-codes.json'), 'utf8')),
};

const { jwk, attestations } = goldenCase('allow').expected;

export const verifyModel: VerifyModel = {
  site: siteModel,
  offlineBundle: {
    key_bundle: { keys: [jwk as JsonObject] },
    attestations: attestations as JsonObject[],
  },
};

const publishing: LogFacts = {
  origin: 'craton.example/production',
  verifierKey: `craton.example/production+00000000+${'A'.repeat(44)}`,
  status: 'publishing',
  published: {
    treeSize: 1234,
    root: `${'A'.repeat(43)}=`,
    signedAt: '2026-11-21T18:00:00.000Z',
    cosignedBy: ['bank'],
  },
  witnesses: [
    { name: 'bank', isIssuers: false },
    { name: 'ours', isIssuers: true },
  ],
  hasOpenTiles: false,
};

/** The states in which the log's page differs. */
export const logModels = {
  witnessed: { site: siteModel, log: publishing },
  alone: { site: siteModel, log: { ...publishing, witnesses: [], hasOpenTiles: true } },
  off: {
    site: siteModel,
    log: { origin: publishing.origin, status: 'off', witnesses: [], hasOpenTiles: true },
  },
} as const satisfies Record<string, LogModel>;

const NOW = Date.parse('2026-11-21T18:00:00.000Z');

const PRODUCTION = {
  CRATON_ENV: 'production',
  DATABASE_URL: 'postgres://a@db.example/craton',
  SELF_SERVICE_DATABASE_URL: 'postgres://b@drafts.example/drafts',
  REQUIRE_SELF_SERVICE_DATABASE_URL: 'true',
};
const POSTURE = {
  measuredAtMs: NOW,
  primaryConfigured: true,
  primaryReachable: true,
  storeIdentities: ['one'],
  migrationsPending: false,
  signingKey: 'configured',
  rootAttested: true,
  logAvailable: true,
  rolesFilled: true,
} as const;
const PROBES = {
  nowMs: NOW,
  ageMsMax: 30_000,
  crashed: false,
  draftStore: {
    measuredAtMs: NOW,
    reachable: true,
    storeIdentities: ['two'],
    migrationsPending: false,
    canWriteProduction: false,
  },
  verification: { measuredAtMs: NOW, verified: true },
} as const;

/** An answer; without changes all is clear, as the seed page shows it. */
function detailOf(
  settings: Readonly<Record<string, string>> = PRODUCTION,
  probes: Partial<ReadinessProbes> = {},
) {
  const { config } = parseReadinessConfig(settings);
  return evaluateReadiness(config, POSTURE, { ...PROBES, ...probes }).detail;
}

export const readinessModel: ReadinessModel = {
  site: siteModel,
  detail: detailOf(),
  showsDetail: true,
};

const unreachable = { ...PROBES.draftStore, reachable: false };
const readiness = { site: siteModel, showsDetail: true } as const;

/** Each status of readiness. */
export const readinessModels: Readonly<Record<ReadinessStatus, ReadinessModel>> = {
  ready_for_review: readinessModel,
  development_only: { ...readiness, detail: detailOf({ CRATON_ENV: 'development' }) },
  degraded: { ...readiness, detail: detailOf(PRODUCTION, { draftStore: unreachable }) },
  missing: { ...readiness, detail: detailOf({ CRATON_ENV: 'production' }) },
  blocked: {
    ...readiness,
    detail: detailOf({ ...PRODUCTION, SELF_SERVICE_DATABASE_URL: PRODUCTION.DATABASE_URL }),
  },
  error: {
    ...readiness,
    detail: detailOf(PRODUCTION, { crashed: true }),
    requestId: 'req_00000000-0000-7000-8000-000000000000',
  },
};

export const activationModel: ActivationModel = { site: siteModel, catalogue: gateCatalogue() };

const wizardValues: WizardValues = {
  preset: 'threshold',
  partner_id: 'northstar_controls',
  unit: 'operations',
  system_scope: 'operations_console',
  allow_up_to: '500000',
  constrain_up_to: '1000000',
  authority_context: 'The head of operations approves',
  authority_source: 'approval_workflow',
  none_planned: 'true',
  title: 'Console limits',
};

/** A draft that lacks nothing. */
export const completeDraft = readDraft({
  schema: 'craton.draft.v1',
  title: 'Console limits',
  primary_path: {
    production_bound: true,
    partner_id: 'northstar_controls',
    unit: 'operations',
    gate_type: 'threshold_gate',
    system_scope: 'operations_console',
    decision_types: ['threshold_execution_request'],
  },
  authority: { context: 'The head of operations approves', source: 'approval_workflow' },
  policy: { preset: 'threshold', allow_up_to: 50_000_000, constrain_up_to: 100_000_000 },
  expected_verdicts: [
    { case: 'small', request: { decision_size_usd: 500_000 }, verdict: 'allow' },
    { case: 'large', request: { decision_size_usd: 1_000_000.01 }, verdict: 'reject' },
  ],
  expansion_moves: [
    { kind: 'draft_coverage', order: 1, type: 'new_unit', scope: { unit: 'treasury' } },
  ],
  owners: { platform_owner: 'Ada Platform' },
});

const packetInputs = {
  salt: 'AAAAAAAAAAAAAAAAAAAAAA',
  version: 1,
  evaluatedAt: '2026-11-21T18:00:00.000Z',
};
export const completePacket = composePacket(completeDraft, packetInputs);

const wizard = { site: siteModel, values: wizardValues, canSave: true } as const;
const exampleRequest = { partner_id: 'northstar_controls', gate_type: 'threshold_gate' };

/** Every screen of Start, and the states of its preview. */
export const wizardModels = {
  action: { ...wizard, screen: 'action', values: {} },
  resumed: {
    ...wizard,
    screen: 'action',
    values: {},
    person: 'Ada Platform',
    latest: {
      draftId: 'drf_00000000-0000-7000-8000-000000000000',
      title: 'Console limits',
      version: 3,
      changedAt: packetInputs.evaluatedAt,
    },
  },
  pattern: {
    ...wizard,
    screen: 'pattern',
    values: { description: 'export customer records to a file', preset: 'data_export' },
    recommendation: recommend('export customer records to a file'),
  },
  unsure: {
    ...wizard,
    screen: 'pattern',
    values: { description: 'something' },
    recommendation: recommend('something'),
  },
  scope: { ...wizard, screen: 'scope' },
  refused: {
    ...wizard,
    screen: 'scope',
    values: { preset: 'threshold' },
    problem: { field: 'partner_id', message: 'Partner must be a label.' },
  },
  limits: { ...wizard, screen: 'limits' },
  authority: { ...wizard, screen: 'authority' },
  moves: { ...wizard, screen: 'moves' },
  review: {
    ...wizard,
    screen: 'review',
    packet: completePacket,
    access: {
      endpoint: 'https://YOUR-BOUNDARY/v1/boundary/check',
      headers: { Authorization: 'Bearer <YOUR_API_KEY>' },
      required_fields: ['partner_id', 'gate_type'],
      example_request: exampleRequest,
      curl: 'curl -sS https://YOUR-BOUNDARY/v1/boundary/check',
    },
  },
  gaps: {
    ...wizard,
    screen: 'review',
    canSave: false,
    packet: composePacket(readDraft({ schema: 'craton.draft.v1' }), packetInputs),
  },
} as const satisfies Record<string, WizardModel>;

const version = (number: number, state: 'saved' | 'withdrawn' | 'review_requested') => ({
  version: number,
  state,
  author: 'Ada Platform',
  savedAt: packetInputs.evaluatedAt,
  packetDigest: completePacket.packet_digest,
});
const incomplete = readDraft({ schema: 'craton.draft.v1', title: 'Hardly begun' });
const plan = {
  site: siteModel,
  person: 'Ada Platform',
  draftId: wizardModels.resumed.latest.draftId,
  packet: completePacket,
  coverage: evaluateDraftCoverage(completeDraft),
} as const;

/** The states of a saved plan. */
export const planModels = {
  saved: { ...plan, revision: 1, latestVersion: 1, versions: [version(1, 'saved')] },
  incomplete: {
    ...plan,
    revision: 1,
    latestVersion: 1,
    versions: [version(1, 'saved')],
    packet: composePacket(incomplete, packetInputs),
    coverage: evaluateDraftCoverage(incomplete),
    values: { title: 'Hardly begun' },
  },
  review: {
    ...plan,
    revision: 3,
    latestVersion: 2,
    reviewVersion: 2,
    packet: composePacket(completeDraft, { ...packetInputs, version: 2 }),
    versions: [version(1, 'saved'), version(2, 'review_requested')],
    values: wizardValues,
    comparison: {
      from: 1,
      to: 2,
      changes: diffDocuments({ title: 'Limits', none_planned: true }, { title: 'Console limits' }),
    },
  },
  old: {
    ...plan,
    revision: 3,
    latestVersion: 2,
    versions: [version(1, 'withdrawn'), version(2, 'saved')],
  },
} as const satisfies Record<string, PlanPageModel>;

const form = {
  site: siteModel,
  person: plan.person,
  draftId: plan.draftId,
  title: 'Console limits',
  revision: 3,
  latestVersion: 2,
  values: {},
} as const;
const cases = [
  { number: 1, name: 'small', verdict: 'allow' },
  { number: 2, name: 'large', verdict: 'reject' },
] as const;

/** The form of each section, empty, filled and refused. */
export const planFormModels = {
  'cases-none': { ...form, section: 'cases', cases: [], facts: [] },
  cases: {
    ...form,
    section: 'cases',
    cases,
    caseNumber: 2,
    facts: [{ name: 'beneficiary_is_new', type: 'boolean', required: true }],
    values: { case: 'large', amount: '1000000.01', verdict: 'reject', decision_owner: 'treasury' },
  },
  'cases-refused': {
    ...form,
    section: 'cases',
    cases,
    facts: [],
    values: { case: 'just above', amount: '1000000.01' },
    problem: { field: 'verdict', message: 'Expected verdict must be allow, constrain or reject.' },
  },
  moves: {
    ...form,
    section: 'moves',
    moveCount: 3,
    values: {
      move_1_type: 'new_unit',
      move_1_unit: 'treasury',
      move_2_type: 'new_system',
      move_2_system_scope: 'payments_console',
    },
  },
  people: { ...form, section: 'people', values: { platform_owner: 'Ada Platform' } },
  service: {
    ...form,
    section: 'service',
    reviewVersion: 2,
    values: { hours: '24 by 7' },
    problem: { field: 'document_url', message: 'Address of the agreement must begin with https.' },
  },
  rollback: { ...form, section: 'rollback' },
} as const satisfies Record<string, PlanFormModel>;

const [firstExample] = completePacket.preview?.example_requests.examples ?? [];
const tryPage = {
  site: siteModel,
  person: plan.person,
  draftId: plan.draftId,
  title: 'Console limits',
  version: 2,
} as const;
const triedText = JSON.stringify(firstExample?.request, undefined, 2);

export const tryModels = {
  before: { ...tryPage, tried: { text: triedText, authorityClass: 'submitted' } },
  after: {
    ...tryPage,
    tried: {
      text: triedText,
      authorityClass: 'submitted',
      ...(firstExample && { result: firstExample.result }),
    },
  },
  refused: {
    ...tryPage,
    tried: {
      text: '{',
      authorityClass: 'submitted',
      problem: { field: 'request', message: 'The text is not JSON.' },
    },
  },
} as const satisfies Record<string, TryPageModel>;
