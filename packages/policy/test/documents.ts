/** Path documents for tests, made from a plain one by changing members. */
import type { JsonObject } from '@craton/protocol';

export const PLAIN_PATH = {
  schema: 'craton.boundary.path.v1',
  path_id: 'release',
  version: 1,
  salt: 'AAECAwQFBgcICQoLDA0ODw',
  partner_id: 'harbor_bank',
  unit: 'treasury',
  gate_type: 'payment_release',
  system_scope: 'payment_hub',
  decision_types: ['release'],
  authority: { sources: ['*'], owners: ['*'], minimum_class: 'submitted' },
  facts: [],
  action_digest: 'optional',
  enforcement: 'enforce',
  reference_reuse: 'flag',
  on_unavailable: { mode: 'block' },
  policy: {
    profile: 'craton.cel.profile.v1',
    lifetime_s: 300,
    rules: [{ id: 'any', when: 'true', verdict: 'allow', reason: 'accepted' }],
  },
} as const satisfies JsonObject;

/** The plain document with other members; `undefined` leaves one out. */
export function pathWith(changes: Record<string, unknown>): JsonObject {
  const merged = { ...PLAIN_PATH, ...changes };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

export function pathWithRules(rules: readonly unknown[], changes = {}): JsonObject {
  return pathWith({ ...changes, policy: { profile: 'craton.cel.profile.v1', rules } });
}

/** One rule that allows, under the condition given. */
export function pathWithCondition(when: string, changes = {}): JsonObject {
  return pathWithRules([{ id: 'only', when, verdict: 'allow', reason: 'held' }], changes);
}
