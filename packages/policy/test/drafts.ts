/** Drafts for tests: a complete one, changes to it, and random ones. */
import { type JsonObject, utf8 } from '@craton/protocol';
import fc from 'fast-check';
import { type Draft, parseDraft, PRESETS } from '../src/index.ts';

export const SALT = 'AAECAwQFBgcICQoLDA0ODw';
export const EVALUATED_AT = '2026-11-21T18:00:00.000Z';
export const INPUTS = { salt: SALT, version: 1, evaluatedAt: EVALUATED_AT };

export const COMPLETE = {
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
    { case: 'one cent more', request: { decision_size_usd: 500_000.01 }, verdict: 'constrain' },
    { case: 'large', request: { decision_size_usd: 1_000_000.01 }, verdict: 'reject' },
    { case: 'none', request: {}, verdict: 'reject' },
  ],
  expansion_moves: [
    { kind: 'draft_coverage', order: 1, type: 'new_unit', scope: { unit: 'treasury' } },
  ],
  owners: { platform_owner: 'Ada Platform', security_owner: 'Sam Security' },
  sla: { hours: '24x7', response_targets: '15 minutes', document_url: 'https://docs.example/sla' },
  support: { contact: 'support desk' },
  rollback: { owner: 'Ros Rollback', incident_channel: 'incident room' },
  notes: 'First stage.\nSecond line.',
} as const satisfies JsonObject;

/** The complete draft with other members; `undefined` leaves one out. */
export function draftWith(changes: Readonly<Record<string, unknown>> = {}): JsonObject {
  return JSON.parse(JSON.stringify({ ...COMPLETE, ...changes })) as JsonObject;
}

/** The complete draft with other members of its primary path. */
export function draftWithPath(changes: Readonly<Record<string, unknown>>): JsonObject {
  return draftWith({ primary_path: { ...COMPLETE.primary_path, ...changes } });
}

export function parsed(draft: unknown): Draft {
  return parseDraft(utf8(JSON.stringify(draft)));
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const label = fc.constantFrom('alpha', 'beta_2', 'operations_console', 'a', 'z'.repeat(64));
const line = fc.constantFrom('', ' ', 'n/a', 'Ada', 'Straße 5, 2nd floor', '“quoted” é', '0');
const subset = (names: readonly string[], value: fc.Arbitrary<unknown>) =>
  fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });

const limits = fc
  .tuple(fc.nat(1_000_000), fc.nat(1_000_000))
  .map(([allowed, more]) => ({ allow_up_to: allowed, constrain_up_to: allowed + more }));
const policies = fc
  .tuple(fc.constantFrom(...PRESETS), limits, fc.boolean())
  .map(([preset, bounds, isLimited]) => ({
    preset: preset.id,
    ...(isLimited && preset.measure !== undefined && bounds),
  }));
const cases = fc
  .array(
    fc.record({
      amount: maybe(fc.integer({ min: 0, max: 200_000_000 })),
      verdict: fc.constantFrom('allow', 'constrain', 'reject'),
      owner: maybe(label),
    }),
    { maxLength: 4 },
  )
  .map((all) =>
    all.map(({ amount, verdict, owner }, index) => ({
      case: `case ${index}`,
      request: {
        ...(amount !== undefined && { decision_size_usd: amount / 100 }),
        ...(owner !== undefined && { decision_owner: owner }),
        external_reference: `case-${index}`,
      },
      verdict,
    })),
  );
const moves = fc
  .array(fc.record({ type: label, unit: label, note: maybe(line) }), { maxLength: 3 })
  .map((all) =>
    all.map(({ unit, ...rest }, index) => ({
      kind: 'draft_coverage',
      order: index + 1,
      ...rest,
      scope: { unit },
    })),
  );

/** Random drafts that parse: whole ones, and ones with gaps. */
export const drafts: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      title: line,
      primary_path: fc
        .tuple(
          subset(['partner_id', 'unit', 'gate_type', 'system_scope'], label),
          maybe(fc.uniqueArray(label, { minLength: 1, maxLength: 3 })),
        )
        .map(([scope, decision_types]) => ({ production_bound: true, ...scope, decision_types })),
      authority: fc.record(
        { context: line, source: fc.oneof(label, fc.constantFrom('', ' ')) },
        { requiredKeys: [] },
      ),
      policy: policies,
      expected_verdicts: cases,
      expansion_moves: moves,
      owners: subset(['platform_owner', 'risk_owner', 'security_owner'], line),
      sla: subset(['hours', 'response_targets'], line),
      support: subset(['contact'], line),
      rollback: subset(['owner', 'incident_channel'], line),
      notes: line,
    },
    { requiredKeys: [] },
  )
  .map((members) => {
    const draft = { schema: 'craton.draft.v1', ...members };
    return JSON.parse(JSON.stringify(draft)) as JsonObject;
  });

/** Random drafts of which a boundary object can be made. */
export const completeDrafts: fc.Arbitrary<JsonObject> = drafts.map((draft) => ({
  ...draft,
  primary_path: { ...COMPLETE.primary_path },
  authority: { ...COMPLETE.authority },
}));
