import type { JsonObject } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { ROLLOUT_GATES } from '../gates/gate-catalogue.ts';
import {
  assertPolicyFits,
  DEFAULT_GATE_POLICY,
  gatePolicyDigest,
  readGatePolicy,
} from './gate-policy.ts';
import { SEED_CRITERIA } from './terms.ts';

function policyWith(changes: Readonly<Record<string, unknown>>): JsonObject {
  return JSON.parse(JSON.stringify({ ...DEFAULT_GATE_POLICY, ...changes })) as JsonObject;
}

const criteriaWith = (id: string, changes: object) => ({
  criteria: DEFAULT_GATE_POLICY.criteria.map((one) =>
    one.id === id ? { ...one, ...changes } : one,
  ),
});

describe('the gate policy', () => {
  it('reads its own default, and has a digest that any change changes', () => {
    const digest = gatePolicyDigest(DEFAULT_GATE_POLICY);
    expect(gatePolicyDigest(readGatePolicy(policyWith({})))).toBe(digest);
    expect(gatePolicyDigest(readGatePolicy(policyWith({ version: 2 })))).not.toBe(digest);
  });

  it('has every criterion of the public catalogue, under its gate and of its kind', () => {
    const published = ROLLOUT_GATES.flatMap(({ id: gate, criteria }) =>
      criteria.map(({ id, kind }) => ({ id, gate, kind })),
    );
    expect(published.map(({ id }) => id)).toEqual(SEED_CRITERIA);
    for (const criterion of published) {
      expect(DEFAULT_GATE_POLICY.criteria).toContainEqual(
        expect.objectContaining({ ...criterion, waivable: false }),
      );
    }
    expect(DEFAULT_GATE_POLICY.gates).toEqual(
      ROLLOUT_GATES.map(({ id, owners: { rule, roles } }) => ({ id, rule, roles })),
    );
  });

  it.each([
    [
      'a criterion of the seed that can be waived',
      criteriaWith('G2.1', { waivable: true }),
      'criteria',
    ],
    ['a measured criterion as declared', criteriaWith('G2.1', { kind: 'declared' }), 'criteria'],
    ['a criterion in another gate', criteriaWith('G2.1', { gate: 'G1' }), 'criteria'],
    ['a criterion left out', { criteria: DEFAULT_GATE_POLICY.criteria.slice(1) }, 'criteria'],
    [
      'a criterion twice',
      { criteria: [...DEFAULT_GATE_POLICY.criteria, DEFAULT_GATE_POLICY.criteria[0]] },
      'criteria',
    ],
    ['a gate left out', { gates: DEFAULT_GATE_POLICY.gates.slice(1) }, 'gates'],
    [
      'one role where two are asked for',
      {
        gates: DEFAULT_GATE_POLICY.gates.map((gate) => ({
          ...gate,
          roles: gate.roles.slice(0, 1),
        })),
      },
      'gates',
    ],
    [
      'any where all are asked for',
      { gates: DEFAULT_GATE_POLICY.gates.map((gate) => ({ ...gate, rule: 'any' })) },
      'gates',
    ],
    ['older evidence', { evidence_age_s_max: 61 }, 'evidence_age_s_max'],
    ['longer waivers', { waiver_s_max: 30 * 86_400 + 1 }, 'waiver_s_max'],
    ['an unknown member', { allow_all: true }, 'allow_all'],
    ['another schema', { schema: 'craton.gate_policy.v2' }, 'schema'],
  ])('is refused with %s', (_title, changes, field) => {
    expect(() => readGatePolicy(policyWith(changes))).toThrow(
      expect.objectContaining({ code: 'ERR_GATE_POLICY', field }),
    );
  });

  it('may add criteria, and only those can be waived', () => {
    const added = { id: 'X.legal', gate: 'G2', kind: 'declared', lifetime_s: 60, waivable: true };
    const policy = readGatePolicy(
      policyWith({ criteria: [...DEFAULT_GATE_POLICY.criteria, added] }),
    );
    expect(policy.criteria.filter(({ waivable }) => waivable)).toEqual([added]);
  });

  it('lets one person do all only where nothing is like production', () => {
    const policy = readGatePolicy(policyWith({ single_operator: true }));
    expect(() => assertPolicyFits(policy, false)).not.toThrow();
    expect(() => assertPolicyFits(DEFAULT_GATE_POLICY, true)).not.toThrow();
    expect(() => assertPolicyFits(policy, true)).toThrow(
      expect.objectContaining({ code: 'ERR_GATE_POLICY', field: 'single_operator' }),
    );
  });
});
