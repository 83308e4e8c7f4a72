import type { Decision, DecisionPayload, JsonObject, Opening } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { PLAIN_PATH, pathWithCondition } from '../test/documents.ts';
import { openingWith } from '../test/openings.ts';
import { payloadOf } from '../test/payload.ts';
import { evaluate, loadPath, recomputeVerdict } from './index.ts';

const DECIDED = evaluate(loadPath(PLAIN_PATH), openingWith());
const UNMATCHED = openingWith({
  boundary_snapshot: { path_id: 'unmatched', partner_id: 'harbor_bank' },
  ledger: { match: 'none', reference_reused: false },
});

function recompute(
  changes: Partial<Decision> = {},
  opening: Opening = openingWith(),
  policy: JsonObject = PLAIN_PATH,
) {
  return recomputeVerdict({
    payload: payloadOf(opening, { ...DECIDED, ...changes }),
    opening,
    policy,
  });
}

it('is verified when everything is found again', () => {
  expect(recompute()).toMatchObject({ status: 'verified', code: 'ok', vouched_by: 'verifier' });
});

describe('fails when one member differs', () => {
  it.each<[keyof Decision, Partial<Decision>]>([
    ['verdict', { verdict: 'constrain' }],
    ['reasons', { reasons: [] }],
    ['reasons', { reasons: ['accepted', 'accepted'] }],
    ['obligations', { obligations: [{ type: 'dual_control' }] }],
    ['enforcement', { enforcement: 'observe' }],
    ['expires_at', { expires_at: '2026-11-21T18:05:00.001Z' }],
  ])('%s', (member, changes) => {
    expect(recompute(changes)).toMatchObject({
      status: 'failed',
      code: 'verdict_mismatch',
      data: { differing: [member] },
    });
  });

  it('and names every one of them', () => {
    const result = recompute(
      {},
      openingWith(),
      pathWithCondition('false', { enforcement: 'observe' }),
    );
    expect(result.data).toEqual({ differing: ['verdict', 'reasons', 'enforcement'] });
  });
});

it('is absent without the opening or the path document', () => {
  const payload = payloadOf(openingWith(), DECIDED);
  const absent = { status: 'absent', code: 'inputs_missing' };
  expect(recomputeVerdict({ payload, policy: PLAIN_PATH })).toMatchObject(absent);
  expect(recomputeVerdict({ payload, opening: openingWith() })).toMatchObject(absent);
});

it('fails on a path document that may not be loaded', () => {
  const refused = { status: 'failed', code: 'policy_refused' };
  expect(recompute({}, openingWith(), pathWithCondition('missing || true'))).toMatchObject(refused);
  expect(recompute({}, openingWith(), {})).toMatchObject(refused);
});

describe('an unmatched decision', () => {
  const decision = evaluate(undefined, UNMATCHED);
  const check = (changes: Partial<DecisionPayload>, opening = UNMATCHED) =>
    recomputeVerdict({ payload: { ...payloadOf(opening, decision), ...changes }, opening });

  it('is what the ledger says', () => {
    expect(check({})).toMatchObject({ status: 'asserted', code: 'ledger_statement' });
  });

  it.each<Partial<DecisionPayload>>([
    { verdict: 'allow' },
    { reasons: ['ambiguous_boundary'] },
    { reasons: ['external_reference_reused', 'no_live_boundary'] },
    { obligations: [{ type: 'x' }] },
    { enforcement: 'observe' },
    { expires_at: '2026-11-21T19:00:00.000Z' },
  ])('fails with %j', (changes) => {
    expect(check(changes).code).toBe('verdict_mismatch');
  });

  it('fails where the ledger says that one path matched', () => {
    const opening = { ...UNMATCHED, ledger: { match: 'one', reference_reused: false } } as const;
    expect(check({}, opening)).toMatchObject({
      code: 'verdict_mismatch',
      data: { differing: ['ledger'] },
    });
  });
});

it('fails where a path is named and the ledger says that none matched', () => {
  const opening = openingWith({ ledger: { match: 'none', reference_reused: false } });
  expect(recompute({}, opening).code).toBe('verdict_mismatch');
});
