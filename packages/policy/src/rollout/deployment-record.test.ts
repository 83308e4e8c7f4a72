import { readFileSync } from 'node:fs';
import {
  canonicalBytes,
  DEPTH_MAX,
  type JsonObject,
  type JsonValue,
  parseStrict,
} from '@craton/protocol';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { digestOf, jsonOf, readyWorld, type RolloutWorld } from '../../test/rollouts.ts';
import {
  composeDeploymentRecord,
  type DeploymentDetails,
  deploymentRecordDigest,
  parseDeploymentRecord,
  verifyDeploymentRecords,
} from './deployment-record.ts';
import { SEED_CRITERIA } from './terms.ts';

const READINESS = digestOf('8');
const compose = (world: RolloutWorld, details: Partial<DeploymentDetails> = {}) =>
  composeDeploymentRecord(world.inputs, world.judgement, {
    ...{ action: 'deploy', actor: 'act_otto', readinessDigest: READINESS },
    ...details,
  });
const RECORD = compose(readyWorld());

function recordWith(changes: Readonly<Record<string, unknown>>): JsonObject {
  return jsonOf({ ...RECORD, ...changes });
}

describe('a deployment record', () => {
  it('holds the path, all criteria with their evidence, and who approved what', () => {
    expect(RECORD.gates.map(({ id }) => id)).toEqual(expect.arrayContaining([...SEED_CRITERIA]));
    expect(RECORD.gates.find(({ id }) => id === 'G2.1')).toEqual({
      ...{ id: 'G2.1', kind: 'measured', result: 'pass', evaluator: 'test/1' },
      ...{ evidence_digest: digestOf('e'), evaluated_at: RECORD.at },
    });
    expect(RECORD.approvals).toHaveLength(6);
    expect(RECORD.approvals[0]).toEqual({
      ...{ gate: 'G1', role: 'platform_owner', actor: 'act_pat', decision: 'approved' },
      ...{ packet_digest: RECORD.packet_digest, at: RECORD.at },
    });
    expect(RECORD).toMatchObject({
      ...{ readiness_digest: READINESS, separation_of_duties: 'enforced', actor: 'act_otto' },
      path: { partner_id: 'northstar_controls', path_id: 'threshold-operations-console' },
    });
  });

  it('fits into a signed payload', () => {
    const payload = canonicalBytes({ record: RECORD });
    expect(() =>
      parseStrict(payload, { numbers: 'safe', depthMax: DEPTH_MAX.payload }),
    ).not.toThrow();
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['without a criterion', { gates: RECORD.gates.slice(1) }, 'gates'],
    ['with a criterion twice', { gates: [...RECORD.gates, RECORD.gates[0]] }, 'gates'],
    ...(['fail', 'stale', 'inconclusive', 'not_evaluated', 'waived'] as const).map(
      (result): [string, Readonly<Record<string, unknown>>, string] => [
        `of a deploy with a criterion that is ${result}`,
        { gates: RECORD.gates.map((gate) => (gate.id === 'G2.3' ? { ...gate, result } : gate)) },
        'gates',
      ],
    ),
    ['with an approval of another packet', { packet_digest: digestOf('9') }, 'approvals'],
    [
      'with one person in two roles of a gate',
      { approvals: RECORD.approvals.map((one) => ({ ...one, actor: 'act_pat' })) },
      'approvals',
    ],
    [
      'without the approvals of a gate',
      { approvals: RECORD.approvals.filter(({ gate }) => gate !== 'G3') },
      'approvals',
    ],
    ['of a rollback without a reason', { action: 'rollback' }, 'reason_digest'],
    [
      'of an emergency without an end',
      { action: 'break_glass', reason_digest: digestOf('d') },
      'expires_at',
    ],
    ['of an action that there is not', { action: 'activate' }, 'action'],
    ['with an unknown member', { note: 'fine' }, 'note'],
    ['with a name for an actor', { actor: 'Otto' }, 'actor'],
  ])('is refused %s', (_title, changes, field) => {
    expect(() => parseDeploymentRecord(recordWith(changes))).toThrow(
      expect.objectContaining({ code: 'ERR_DEPLOYMENT_RECORD', field }),
    );
  });

  it('is refused without the readiness that it was deployed on', () => {
    expect(() => parseDeploymentRecord(recordWith({ readiness_digest: undefined }))).toThrow(
      expect.objectContaining({ field: 'readiness_digest' }),
    );
  });

  it('is not composed of a rollout that has not passed', () => {
    const world = readyWorld();
    world.evaluate(world.result('G2.1', { result: 'fail', code: 'found' }));
    expect(() => compose(world)).toThrow(expect.objectContaining({ field: 'gates' }));
  });
});

describe('the published schema', () => {
  const SCHEMAS = new URL('../../../../spec/schemas/', import.meta.url);
  const ajv = new Ajv2020({ strict: false });
  for (const name of ['common', 'deployment-record']) {
    ajv.addSchema(
      JSON.parse(readFileSync(new URL(`${name}.schema.json`, SCHEMAS), 'utf8')) as JsonObject,
    );
  }
  const isValid = (value: unknown) => ajv.validate('urn:craton:spec:v1:deployment-record', value);

  it('accepts what is composed', () => {
    expect(isValid(jsonOf(RECORD)), JSON.stringify(ajv.errors)).toBe(true);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['an unknown member', { note: 'fine' }],
    ['an unknown action', { action: 'activate' }],
    ['fewer than sixteen criteria', { gates: RECORD.gates.slice(2) }],
    ['a name for an actor', { actor: 'Otto' }],
    ['a rollback without a reason', { action: 'rollback' }],
    ['an emergency without an end', { action: 'break_glass', reason_digest: digestOf('d') }],
  ])('refuses %s, as the parser does', (_title, changes) => {
    expect(isValid(recordWith(changes))).toBe(false);
    expect(() => parseDeploymentRecord(recordWith(changes))).toThrow();
  });

  it('refuses every member left out that the parser demands', () => {
    for (const name of Object.keys(RECORD)) {
      const without = recordWith({ [name]: undefined });
      expect(isValid(without), name).toBe(false);
      expect(() => parseDeploymentRecord(without), name).toThrow();
    }
  });
});

describe('the records of a path', () => {
  const later = (ms: number) => ({ at: new Date(Date.parse(RECORD.at) + ms).toISOString() });
  const first = RECORD;
  const second = parseDeploymentRecord(
    recordWith({
      ...later(1_000),
      previous_record_digest: deploymentRecordDigest(first),
      supersedes: deploymentRecordDigest(first),
    }),
  );
  const third = parseDeploymentRecord(
    recordWith({
      ...later(2_000),
      ...{ action: 'rollback', reason_digest: digestOf('d') },
      previous_record_digest: deploymentRecordDigest(second),
      supersedes: deploymentRecordDigest(second),
      restores: deploymentRecordDigest(first),
    }),
  );
  const list = (...records: readonly unknown[]): JsonValue[] => records.map(jsonOf);
  const codesOf = (...records: readonly unknown[]) =>
    verifyDeploymentRecords(list(...records)).faults.map(({ index, code }) => [index, code]);

  it('are linked, and say what the next one must name', () => {
    expect(verifyDeploymentRecords(list(first, second, third))).toEqual({
      ...{ intact: true, fromFirst: true, records: 3, faults: [] },
      head: deploymentRecordDigest(third),
    });
    expect(verifyDeploymentRecords(list(second, third))).toMatchObject({
      ...{ intact: true, fromFirst: false },
    });
    expect(verifyDeploymentRecords([])).toEqual({
      ...{ intact: true, fromFirst: false, records: 0, faults: [] },
    });
  });

  it.each<[string, readonly unknown[], readonly (readonly [number, string])[]]>([
    [
      'one left out',
      [first, third],
      [
        [1, 'link_broken'],
        [1, 'supersedes_unknown'],
      ],
    ],
    [
      'one changed',
      [{ ...first, actor: 'act_eve' }, second],
      [
        [1, 'link_broken'],
        [1, 'supersedes_unknown'],
      ],
    ],
    ['one without its form', [first, { ...second, action: 'x' }], [[1, 'record_malformed']]],
    [
      'one of another path',
      [first, { ...second, path: { ...second.path, path_id: 'other' } }],
      [[1, 'other_path']],
    ],
    [
      'one from before',
      [first, { ...second, ...later(-1) }],
      [
        [1, 'evidence_after_record'],
        [1, 'time_goes_back'],
      ],
    ],
    [
      'one that undoes nothing known',
      [first, { ...second, supersedes: digestOf('7') }],
      [[1, 'supersedes_unknown']],
    ],
    ['evidence from after it', [{ ...first, ...later(-1) }], [[0, 'evidence_after_record']]],
  ])('with %s do not hold', (_title, records, faults) => {
    expect(codesOf(...records)).toEqual(faults);
    expect(verifyDeploymentRecords(list(...records))).not.toHaveProperty('head');
  });
});
