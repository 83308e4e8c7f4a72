import { canonicalBytes, encodeBase64, formatTime, type JsonObject } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { COMPLETE, draftWith, INPUTS, parsed } from '../../test/drafts.ts';
import { START_MS } from '../../test/rollouts.ts';
import { composePacket } from '../draft/packet.ts';
import { evaluatePacket } from './evaluate-packet.ts';
import { evaluateStaging, type StagingCheck } from './evaluate-staging.ts';
import { evidenceDigest } from './finding.ts';
import { DEFAULT_GATE_POLICY } from './gate-policy.ts';
import {
  judgeDeployRoute,
  judgeKeyRoute,
  judgeLeaks,
  judgeReadiness,
  judgeSecretSources,
  judgeSeparation,
  judgeSmokeRuns,
  judgeStability,
  type SmokeEvidence,
} from './judge-evidence.ts';
import type { CriterionResult } from './records.ts';

const context = { policy: DEFAULT_GATE_POLICY, nowMs: START_MS };
const NOW = formatTime(START_MS);
const brief = ({ id, result, code }: CriterionResult) => [id, result, code];
const answer = ({ result, code }: CriterionResult) => [result, code];
const DIGEST = `sha256:${'1'.repeat(64)}` as const;

describe('a packet', () => {
  const evaluate = (changes = {}) =>
    evaluatePacket(composePacket(parsed(draftWith(changes)), INPUTS), context, [
      'approval_workflow',
    ]);

  it('passes the four criteria that it alone decides', () => {
    expect(evaluate().map(brief)).toEqual([
      ['G1.1', 'pass', 'passed'],
      ['G1.2', 'pass', 'passed'],
      ['G1.4', 'pass', 'passed'],
      ['G4.3', 'pass', 'passed'],
    ]);
  });

  it('is declared where people declare, and ends with the lifetime of the policy', () => {
    const [mapped, , , service] = evaluate();
    expect(mapped).toMatchObject({ kind: 'measured', evaluated_at: NOW });
    expect(mapped?.valid_until).toBe(formatTime(START_MS + 30 * 86_400_000));
    expect(service?.kind).toBe('declared');
    const packet = composePacket(parsed(draftWith()), INPUTS);
    const evidence = { packet_digest: packet.packet_digest, fields: [], notes: [] };
    expect(mapped?.evidence_digest).toBe(evidenceDigest('G1.1', evidence));
    expect(mapped?.evidence_digest).not.toBe(evidenceDigest('G1.2', evidence));
  });

  it.each([
    ['G1.1', { primary_path: { ...COMPLETE.primary_path, unit: undefined } }, 'primary_path.unit'],
    ['G1.2', { authority: { ...COMPLETE.authority, context: ' n/a ' } }, 'authority.context'],
    ['G1.4', { expansion_moves: [] }, 'expansion_moves'],
    ['G4.3', { sla: { hours: '24x7', response_targets: ' ' } }, 'sla.response_targets'],
    ['G4.3', { support: {} }, 'support.contact'],
  ])('fails %s by the member that is missing', (id, changes, field) => {
    const found = evaluate(changes).find((one) => one.id === id);
    expect(found).toMatchObject({ result: 'fail', code: 'fields_missing' });
    expect(found?.detail).toContain(field);
  });

  it('says apart whether the service level or the support is missing', () => {
    const partsOf = (changes: object) => evaluate(changes).at(-1)?.parts;
    expect(partsOf({ support: { contact: 'tbd' } })).toEqual([
      { name: 'sla', result: 'pass' },
      { name: 'support', result: 'fail' },
    ]);
    expect(partsOf({ sla: undefined })).toEqual([
      { name: 'sla', result: 'fail' },
      { name: 'support', result: 'pass' },
    ]);
  });

  it('notes a source that nobody registered, and passes', () => {
    const packet = composePacket(parsed(draftWith()), INPUTS);
    const [, named] = evaluatePacket(packet, context, []);
    expect(named).toMatchObject({ result: 'pass', code: 'authority_source_unregistered' });
  });
});

const CASES = [
  {
    case: 'small',
    request: { decision_size_usd: 100, external_reference: 'case-small' },
    verdict: 'allow',
  },
  { case: 'none', request: {}, verdict: 'reject' },
];
const PACKET = composePacket(parsed(draftWith({ expected_verdicts: CASES })), INPUTS);

function checkOf(
  externalReference: string,
  verdict: string,
  changes: { payload?: object; snapshot?: object; receipt?: object; isVerified?: boolean } = {},
): StagingCheck {
  const payload: JsonObject = JSON.parse(
    JSON.stringify({
      ...{ protocol: 'craton.receipt.protocol.v1', receipt_type: 'boundary_decision' },
      ...{ issuer: 'golden.example', environment: 'staging', issued_at: NOW, epoch: 1, seq: 1 },
      stream: DIGEST,
      log: { origin: 'golden.example/staging', merge_by: formatTime(START_MS + 3_600_000) },
      request_id: 'req_019aa9a0-0000-7000-8000-000000000001',
      commitment_id: `bnd_${'A'.repeat(43)}`,
      boundary_snapshot: {
        ...{ path_id: 'threshold-operations-console', path_version: 1, unit: 'operations' },
        ...{ partner_id: 'northstar_controls', gate_type: 'threshold_gate' },
        ...{ system_scope: 'operations_console', policy_digest: PACKET.boundary_object_digest },
        ...changes.snapshot,
      },
      ...{ enforcement: 'enforce', verdict, reasons: ['a_reason'], obligations: [] },
      ...{ evaluated_at: NOW, expires_at: formatTime(START_MS + 300_000), max_uses: 1 },
      ...changes.payload,
    }),
  ) as JsonObject;
  const receipt = {
    payload_b64: encodeBase64(canonicalBytes(payload)),
    ...{ signature: 'A'.repeat(86) + '==', kid: 'k'.repeat(43), sig_alg: 'ed25519' },
    ...changes.receipt,
  };
  return { receipt, externalReference, isVerified: changes.isVerified ?? true };
}

const production = {
  environment: 'production',
  log: { origin: 'golden.example/production', merge_by: formatTime(START_MS + 3_600_000) },
};

describe('staging', () => {
  const small = checkOf('case-small', 'allow');
  const none = checkOf('expected-2', 'reject');
  const evaluate = (...checks: StagingCheck[]) =>
    evaluateStaging({ packet: PACKET, environment: 'production' }, checks, context);
  const answers = (...checks: StagingCheck[]) => evaluate(...checks).results.map(brief);
  const codes = (...checks: StagingCheck[]) => evaluate(...checks).cases.map(({ code }) => code);

  it('passes when every case was observed as a person expects it', () => {
    expect(answers(small, none)).toEqual([
      ['G3.1', 'pass', 'passed'],
      ['G3.2', 'pass', 'passed'],
      ['G3.exit', 'pass', 'passed'],
    ]);
    expect(evaluate(small, none).cases[0]).toMatchObject({
      ...{ case: 'small', external_reference: 'case-small', expected: 'allow', observed: 'allow' },
    });
  });

  it('is open while a case was not observed, and says which', () => {
    expect(answers(small).at(-1)).toEqual(['G3.exit', 'inconclusive', 'not_observed']);
    expect(evaluate(small).results.at(-1)?.detail).toContain('none (not_observed)');
    expect(answers()).toEqual([
      ['G3.1', 'inconclusive', 'no_receipts'],
      ['G3.2', 'inconclusive', 'no_receipts'],
      ['G3.exit', 'inconclusive', 'not_observed'],
    ]);
  });

  it('fails by the case whose verdict differs', () => {
    const other = checkOf('case-small', 'reject');
    expect(answers(other, none).at(-1)).toEqual(['G3.exit', 'fail', 'verdict_differs']);
    expect(codes(other, none)).toEqual(['verdict_differs', 'agrees']);
  });

  it('fails by a verdict of another boundary object, which is shown and does not count', () => {
    const other = checkOf('case-small', 'allow', { snapshot: { policy_digest: DIGEST } });
    expect(codes(other, none)).toEqual(['other_boundary_object', 'agrees']);
    expect(answers(other, none).at(-1)).toEqual(['G3.exit', 'fail', 'other_boundary_object']);
  });

  it('takes the newest of several checks with one reference', () => {
    const later = { issued_at: formatTime(START_MS + 1_000) };
    const merge_by = formatTime(START_MS + 3_601_000);
    const log = { origin: 'golden.example/staging', merge_by };
    const wrong = checkOf('case-small', 'reject');
    const right = checkOf('case-small', 'allow', { payload: { ...later, log } });
    expect(codes(right, wrong, none)).toEqual(['agrees', 'agrees']);
  });

  it('refuses evidence of production', () => {
    const live = checkOf('case-small', 'allow', { payload: production });
    expect(answers(live, none)[0]).toEqual(['G3.1', 'fail', 'evidence_of_production']);
    expect(answers(live, none)[2]).toEqual(['G3.exit', 'fail', 'evidence_of_production']);
  });

  it('refuses evidence of the environment to which the path will be deployed', () => {
    const scope = { packet: PACKET, environment: 'staging' };
    const [tested] = evaluateStaging(scope, [small, none], context).results;
    expect(tested).toMatchObject({ result: 'fail', code: 'evidence_of_production' });
  });

  it('never counts what our own smoke test did, nor what other partners did', () => {
    for (const partner_id of ['craton_smoke', 'somebody_else']) {
      const foreign = checkOf('case-small', 'allow', { snapshot: { partner_id } });
      expect(answers(foreign)[0]).toEqual(['G3.1', 'inconclusive', 'no_receipts']);
    }
  });

  it('fails by a receipt that does not verify', () => {
    const forged = checkOf('case-small', 'allow', { isVerified: false });
    expect(answers(forged, none)[0]).toEqual(['G3.1', 'fail', 'receipt_not_verified']);
    expect(codes(forged, none)).toEqual(['not_observed', 'agrees']);
  });

  it.each(['commitment_id', 'verdict'])('fails without %s in the payload', (name) => {
    const bare = checkOf('case-small', 'allow', { payload: { [name]: undefined } });
    expect(answers(bare, none)[1]).toEqual(['G3.2', 'fail', 'receipt_malformed']);
  });

  it.each([
    ['kid', ''],
    ['sig_alg', 'rsa'],
    ['signature', ''],
    ['payload_b64', 'not base64'],
    ['payload_b64', 1],
  ])('fails with a wrong %s in the envelope', (name, value) => {
    const bare = checkOf('case-small', 'allow', { receipt: { [name]: value } });
    expect(answers(bare, none)[1]).toEqual(['G3.2', 'fail', 'receipt_malformed']);
  });

  it('fails without a case that a person typed', () => {
    const packet = composePacket(parsed(draftWith({ expected_verdicts: [] })), INPUTS);
    const { results } = evaluateStaging({ packet, environment: 'production' }, [small], context);
    expect(results.at(-1)).toMatchObject({ result: 'fail', code: 'no_expected_verdicts' });
  });

  it('does not take a path that only observed for one that enforces', () => {
    const observing = { enforcement: 'observe', crit: ['enforcement'] };
    const check = checkOf('case-small', 'allow', { payload: observing });
    expect(codes(check, none)).toEqual(['only_observing', 'agrees']);
  });
});

describe('live evidence', () => {
  const separated = {
    ...{ production_identities: ['a'], draft_identities: ['b'], write_probe: 'refused' as const },
  };
  it.each([
    ['two stores and a refused write', {}, 'pass', 'passed'],
    ['one identity in common', { draft_identities: ['b', 'a'] }, 'fail', 'stores_not_separated'],
    ['an accepted write', { write_probe: 'accepted' }, 'fail', 'drafts_can_write_production'],
    ['no answer of production', { production_identities: [] }, 'inconclusive', 'store_not_reached'],
    ['no answer of drafts', { draft_identities: [] }, 'inconclusive', 'store_not_reached'],
    ['no probe', { write_probe: 'not_run' }, 'inconclusive', 'write_probe_not_run'],
  ])('of the stores: %s', (_title, changes, ...expected) => {
    const evidence = { ...separated, ...changes } as typeof separated;
    expect(answer(judgeSeparation(evidence, context))).toEqual(expected);
  });

  const secret = (source: string, required = true) => ({ name: 'CRATON_KEY', source, required });
  it.each([
    ['a secret file', true, [secret('secret_file')], 'pass', 'passed'],
    [
      'a generated key in production',
      true,
      [secret('development')],
      'fail',
      'secret_not_configured',
    ],
    ['a generated key in development', false, [secret('development')], 'pass', 'passed'],
    ['a default', false, [secret('default')], 'fail', 'secret_not_configured'],
    ['a missing secret', false, [secret('absent')], 'fail', 'secret_not_configured'],
    ['a secret that may be missing', true, [secret('absent', false)], 'pass', 'passed'],
    ['no report', true, [], 'inconclusive', 'no_secrets_reported'],
  ] as const)('of secrets: %s', (...row) => {
    const [, is_production_like, secrets, ...expected] = row;
    const evidence = { is_production_like, secrets } as Parameters<typeof judgeSecretSources>[0];
    const found = judgeSecretSources(evidence, context);
    expect(answer(found)).toEqual(expected);
    expect(found.detail ?? 'CRATON_KEY').toContain('CRATON_KEY');
  });

  const snapshot = {
    ...{ snapshot_digest: DIGEST, signature: 'verified' as const, measured_at: NOW },
    production_write_from_self_service: false,
  };
  it.each([
    ['fresh and signed', {}, 'pass', 'passed'],
    ['tampered with', { signature: 'failed' }, 'fail', 'snapshot_not_verified'],
    ['an alarm', { production_write_from_self_service: true }, 'fail', 'drafts_write_production'],
    ['not signed', { signature: 'absent' }, 'inconclusive', 'snapshot_missing'],
    ['old', { measured_at: formatTime(START_MS - 60_001) }, 'inconclusive', 'snapshot_stale'],
    [
      'from the future',
      { measured_at: formatTime(START_MS + 1) },
      'inconclusive',
      'snapshot_stale',
    ],
  ])('of readiness: %s', (_title, changes, ...expected) => {
    const evidence = { ...snapshot, ...changes } as typeof snapshot;
    expect(answer(judgeReadiness(evidence, context))).toEqual(expected);
  });

  it('of readiness: none', () => {
    expect(answer(judgeReadiness(undefined, context))).toEqual([
      'inconclusive',
      'snapshot_missing',
    ]);
  });

  const search = { build: 'b1', searched: 9, found: [] as string[] };
  it.each([
    ['both searches', { canary: search, live: search }, 'pass', 'passed'],
    [
      'something came out',
      { canary: search, live: { ...search, found: ['pem'] } },
      'fail',
      'secret_came_out',
    ],
    ['one search', { canary: search }, 'inconclusive', 'search_missing'],
    [
      'a search of nothing',
      { canary: search, live: { ...search, searched: 0 } },
      'inconclusive',
      'search_missing',
    ],
    [
      'another build',
      { canary: { ...search, build: 'b0' }, live: search },
      'inconclusive',
      'search_of_another_build',
    ],
  ])('of leaks: %s', (_title, searches, ...expected) => {
    expect(answer(judgeLeaks({ build: 'b1', ...searches }, context))).toEqual(expected);
  });

  const keys = { jwks_reached: true, receipts: ['r'], verified: 1, wrong_keys_refused: true };
  it.each([
    ['verified, and refused with wrong keys', {}, 'pass', 'passed'],
    ['not verified', { verified: 0 }, 'fail', 'receipt_not_verified'],
    ['verified with any key', { wrong_keys_refused: false }, 'fail', 'wrong_keys_accepted'],
    ['no keys', { jwks_reached: false, verified: 0 }, 'inconclusive', 'keys_not_reached'],
    ['no receipts', { receipts: [], verified: 0 }, 'inconclusive', 'no_receipts'],
  ])('of the key route: %s', (_title, changes, ...expected) => {
    expect(answer(judgeKeyRoute({ ...keys, ...changes }, context))).toEqual(expected);
  });

  const run = (target: 'boundary' | 'self_service', changes = {}): SmokeEvidence => ({
    ...{ target, environment: 'staging', build: 'b1', outcome: 'passed', ended_at: NOW },
    ...{ digest: DIGEST, ...changes },
  });
  const both = [run('boundary'), run('self_service')];
  const failed = { outcome: 'failed', ended_at: NOW };
  it.each([
    ['both passed', both, 'pass', 'passed'],
    ['one is missing', both.slice(1), 'inconclusive', 'smoke_test_missing'],
    ['the newest failed', [...both, run('boundary', failed)], 'fail', 'smoke_test_failed'],
    [
      'an earlier one failed',
      [run('boundary', { ...failed, ended_at: formatTime(START_MS - 1) }), ...both],
      'pass',
      'passed',
    ],
    [
      'elsewhere',
      [run('boundary', { environment: 'development' }), run('self_service')],
      'inconclusive',
      'smoke_test_missing',
    ],
    [
      'of another build',
      [run('boundary', { build: 'b0' }), run('self_service')],
      'inconclusive',
      'smoke_test_of_another_build',
    ],
    [
      'too long ago',
      both.map((one) => ({ ...one, ended_at: formatTime(START_MS - 86_400_000) })),
      'inconclusive',
      'smoke_test_stale',
    ],
  ] as const)('of smoke tests: %s', (_title, runs, ...expected) => {
    const selected = { environment: 'staging', build: 'b1' };
    expect(answer(judgeSmokeRuns(runs, selected, context))).toEqual(expected);
  });

  it.each([
    ['the operator side only', ['POST /deploy'], [], 'pass', 'passed'],
    ['drafts too', ['POST /deploy'], ['POST /deploy'], 'fail', 'drafts_can_deploy'],
    ['nobody', [], [], 'inconclusive', 'no_deploy_route'],
  ] as const)('of the way to deploy: %s', (...row) => {
    const [, operator_routes, self_service_routes, ...expected] = row;
    const found = judgeDeployRoute({ operator_routes, self_service_routes }, context);
    expect(answer(found)).toEqual(expected);
    expect(found.kind).toBe('structural');
  });

  const checks = (total: number, verified = total) =>
    Array.from({ length: total }, (_, index) => ({
      ...{ at: formatTime(START_MS + index * 1_000), receipt_digest: DIGEST },
      verified: index < verified,
    }));
  it.each([
    ['enough, all verified, window over', checks(12), 3_600_000, 'pass'],
    ['window open', checks(12), 3_599_999, 'inconclusive'],
    ['too few', checks(11), 3_600_000, 'fail'],
    ['one that does not verify, at once', checks(3, 2), 10_000, 'fail'],
    [
      'only from before',
      checks(12).map((one) => ({ ...one, at: formatTime(START_MS - 1) })),
      3_600_000,
      'fail',
    ],
  ])('of the live path: %s', (_title, seen, afterMs, result) => {
    const later = { ...context, nowMs: START_MS + afterMs };
    expect(judgeStability(seen, START_MS, later)).toMatchObject({ result });
  });
});
