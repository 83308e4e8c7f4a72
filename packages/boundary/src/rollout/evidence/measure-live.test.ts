/** The evidence of a real instance, measured over real connections, and what its judges make of it. */
import {
  composeLeakReport,
  composeSmokeRun,
  type CriterionResult,
  DEFAULT_GATE_POLICY,
  type EvaluationContext,
  evaluateStaging,
  identityDigest,
  judgeDeployRoute,
  judgeKeyRoute,
  judgeLeaks,
  judgeReadiness,
  judgeSecretSources,
  judgeSeparation,
  judgeSmokeRuns,
  type Packet,
  SMOKE_STEPS,
} from '@craton/policy';
import { canonicalize, formatTime, type JsonObject } from '@craton/protocol';
import { Secret } from '@craton/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DraftsServer,
  PULL_KEY,
  snapshotOf,
  type SnapshotTerms,
} from '../../../test/drafts-server.ts';
import { ENVIRONMENT, Harness, OTHER_PARTNER_ID, PARTNER_ID } from '../../../test/harness.ts';
import { packetOf } from '../../../test/rollout-world.ts';
import { VERSION } from '../../version.ts';
import type { LiveEvidence } from '../live-evidence.ts';
import { type LivePorts, measureLive } from './measure-live.ts';
import { selfServiceView } from './self-service-view.ts';

const SEED = Buffer.alloc(32, 7).toString('base64');
let boundary: Harness;
let drafts: DraftsServer;
let ports: LivePorts;
let live: LiveEvidence;

beforeEach(async () => {
  boundary = await Harness.open({ hasStaging: true });
  drafts = await DraftsServer.open();
  const address = await boundary.server.listen({ host: '127.0.0.1', port: 0 });
  const { reader, operatorRecords } = boundary.ledger;
  ports = {
    ...{ reader, operatorRecords, material: boundary.material },
    ...{ environment: ENVIRONMENT, isProductionLike: true, build: VERSION },
    secrets: [
      { name: 'CRATON_SIGNING_KEY', source: 'environment', required: true, text: new Secret(SEED) },
      { name: 'DATABASE_URL', source: 'secret_file', required: true },
    ],
    posturePublicKey: boundary.posture.publicKey,
    selfService: selfServiceView({ url: drafts.url, pullKey: PULL_KEY }),
    nowMs: () => boundary.nowMs(),
    ownUrl: () => address,
    publicUrl: () => address,
  };
  live = measureLive(ports);
});
afterEach(async () => {
  await drafts.close();
  await boundary.close();
});

/** A clock that stands still for the judges. */
const context = (): EvaluationContext => ({ policy: DEFAULT_GATE_POLICY, nowMs: boundary.nowMs() });
const said = ({ result, code }: CriterionResult) => [result, code];

async function say(terms: Partial<SnapshotTerms> = {}): Promise<void> {
  const posture = await boundary.posture.current();
  drafts.snapshot = snapshotOf({
    ...{ environment: ENVIRONMENT, nowMs: boundary.nowMs(), posture },
    ...terms,
  });
}

describe('the separation of the stores (G2.1)', () => {
  const judged = async () => said(judgeSeparation(await live.separation(), context()));

  it('is compared over live connections of both sides', async () => {
    await say();
    expect(await judged()).toEqual(['pass', 'passed']);
  });

  it('fails when both sides are in one database, whatever their addresses say', async () => {
    const { identities } = await boundary.ledger.reader.measureStore();
    await say({ draftStore: { storeIdentities: identities.map((one) => identityDigest(one)) } });
    expect(await judged()).toEqual(['fail', 'stores_not_separated']);
  });

  it('fails when the write probe was accepted', async () => {
    await say({ draftStore: { canWriteProduction: true } });
    expect(await judged()).toEqual(['fail', 'drafts_can_write_production']);
  });

  it.each<[what: string, terms: () => Partial<SnapshotTerms>]>([
    ['older than a minute', () => ({ draftStore: { measuredAtMs: boundary.nowMs() - 61_000 } })],
    ['from the future', () => ({ draftStore: { measuredAtMs: boundary.nowMs() + 60_000 } })],
    ['of a store that does not answer', () => ({ draftStore: { reachable: false } })],
    ['that was not made', () => ({ draftStore: 'not_probed' })],
  ])('is not known from a measurement %s', async (_what, terms) => {
    await say(terms());
    expect(await judged()).toEqual(['inconclusive', 'store_not_reached']);
  });

  it('is not known from somebody who does not answer, or whom nobody can verify', async () => {
    expect(await judged()).toEqual(['inconclusive', 'store_not_reached']);
    drafts.snapshot = 'nothing of the kind';
    expect(await judged()).toEqual(['inconclusive', 'store_not_reached']);
  });

  it('is not known while the production store does not answer', async () => {
    await say();
    const reader = { ...ports.reader, measureStore: () => Promise.reject(new Error('down')) };
    const evidence = await measureLive({ ...ports, reader }).separation();
    expect(said(judgeSeparation(evidence, context()))).toEqual([
      'inconclusive',
      'store_not_reached',
    ]);
  });
});

describe('the sources of secrets (G2.2)', () => {
  it('are those of this process and of self-service, by name', async () => {
    await say();
    const evidence = await live.secrets();
    expect(evidence.secrets).toEqual([
      { name: 'CRATON_SIGNING_KEY', source: 'environment', required: true },
      { name: 'DATABASE_URL', source: 'secret_file', required: true },
      { name: 'SELF_SERVICE_DATABASE_URL', source: 'environment', required: true },
    ]);
    expect(said(judgeSecretSources(evidence, context()))).toEqual(['pass', 'passed']);
    expect(JSON.stringify(evidence)).not.toContain(SEED);
  });

  it.each(['development', 'absent'] as const)('fail with a key that is %s', async (source) => {
    const secrets = [{ name: 'CRATON_SIGNING_KEY', source, required: true }];
    const evidence = await measureLive({ ...ports, secrets }).secrets();
    expect(said(judgeSecretSources(evidence, context()))).toEqual([
      'fail',
      'secret_not_configured',
    ]);
  });
});

describe('readiness (G2.3)', () => {
  const judged = async () => said(judgeReadiness(await live.readiness(), context()));

  it('is cited by the digest of a snapshot that our own posture key verifies', async () => {
    await say();
    expect(await judged()).toEqual(['pass', 'passed']);
    const { digest } = drafts.snapshot as { digest: string };
    expect((await live.readiness())?.snapshot_digest).toBe(digest);
  });

  it('fails for a snapshot that was tampered with', async () => {
    await say();
    const { readiness, ...others } = drafts.snapshot as JsonObject;
    drafts.snapshot = { ...others, readiness: { ...(readiness as JsonObject), status: 'error' } };
    expect(await judged()).toEqual(['fail', 'snapshot_not_verified']);
  });

  it('fails for the posture of another key', async () => {
    await say();
    const evidence = await measureLive({
      ...ports,
      posturePublicKey: boundary.signer.publicKey,
    }).readiness();
    expect(said(judgeReadiness(evidence, context()))).toEqual(['fail', 'snapshot_not_verified']);
  });

  it('fails when drafts write production', async () => {
    await say({ draftStore: { canWriteProduction: true } });
    expect(await judged()).toEqual(['fail', 'drafts_write_production']);
  });

  it('is not known from an old measurement, without a posture, or without an answer', async () => {
    expect(await judged()).toEqual(['inconclusive', 'snapshot_missing']);
    await say({ draftStore: { measuredAtMs: boundary.nowMs() - 61_000 } });
    expect(await judged()).toEqual(['inconclusive', 'snapshot_stale']);
    drafts.snapshot = snapshotOf({ environment: ENVIRONMENT, nowMs: boundary.nowMs() });
    expect(await judged()).toEqual(['inconclusive', 'snapshot_missing']);
    const unsigned = measureLive({ ...ports, posturePublicKey: undefined });
    expect(await unsigned.readiness()).toBeUndefined();
  });
});

async function keep(chain: string, recordKind: string, body: object): Promise<void> {
  await boundary.ledger.admin.apply({
    ...{ kind: 'append_record', chain, actor: 'key_ci', recordKind },
    bodyText: canonicalize(body),
  });
}

describe('exposed credentials (G2.4)', () => {
  const report = (members: { build?: string; found?: string[] } = {}) =>
    keep(
      `leaks:${ENVIRONMENT}`,
      'leak_search',
      composeLeakReport({
        ...{ environment: ENVIRONMENT, build: VERSION, planted: ['DATABASE_URL'] },
        started_at: formatTime(boundary.nowMs()),
        ended_at: formatTime(boundary.nowMs()),
        ...{ searched: 900, searched_bytes: 1_000_000, found: [] },
        ...members,
      }),
    );
  const judged = async () => said(judgeLeaks(await live.leaks(), context()));

  it('are searched for in the answers of this instance, and in a report of the same build', async () => {
    expect(await judged()).toEqual(['inconclusive', 'search_missing']);
    await report();
    const { live: search } = await live.leaks();
    expect(search).toMatchObject({ build: VERSION, found: [] });
    expect(search?.searched).toBeGreaterThan(40);
    expect(await judged()).toEqual(['pass', 'passed']);
  });

  it('of another build say nothing about this one, and what was found there fails', async () => {
    await report({ build: '0.0.1' });
    expect(await judged()).toEqual(['inconclusive', 'search_of_another_build']);
    await report({ found: ['DATABASE_URL in GET /healthz 200'] });
    expect(await judged()).toEqual(['fail', 'secret_came_out']);
  });

  it('fail when a real secret is in an answer, named by its setting and the place', async () => {
    await report();
    const [key] = boundary.material.keys;
    const shown = { name: 'CRATON_LOG_KEY', source: 'environment', required: false } as const;
    const secrets = [{ ...shown, text: new Secret(key?.x ?? '') }];
    const leaking = measureLive({ ...ports, secrets });
    const evidence = await leaking.leaks();
    expect(evidence.live?.found).toContain('CRATON_LOG_KEY in GET /protocol/v1/jwks.json 200');
    expect(JSON.stringify(evidence)).not.toContain(key?.x);
    expect(said(judgeLeaks(evidence, context()))).toEqual(['fail', 'secret_came_out']);
  });

  it('are not known where this instance does not answer itself', async () => {
    await report();
    const deaf = measureLive({ ...ports, ownUrl: () => 'http://127.0.0.1:1' });
    expect(said(judgeLeaks(await deaf.leaks(), context()))).toEqual([
      'inconclusive',
      'search_missing',
    ]);
  });
});

async function askStaging(packet: Packet, partnerId = PARTNER_ID): Promise<void> {
  const key = await boundary.makeKey({ kind: 'sts', environment: 'staging', partnerId });
  for (const { request } of packet.draft.expected_verdicts ?? []) {
    const answer = await boundary.check(key, {
      ...{ partner_id: partnerId, gate_type: 'threshold_gate', system_scope: 'payments' },
      ...{ decision_type: 'threshold_execution_request' },
      ...request,
    });
    expect(answer.statusCode).toBe(200);
  }
}

async function stage(): Promise<Packet> {
  const packet = packetOf(1);
  const documentText = canonicalize(packet.boundary_object);
  await boundary.ledger.admin.apply({ kind: 'apply_path', environment: 'staging', documentText });
  return packet;
}

describe('staging (gate 3)', () => {
  it('is what the keys of the path’s own partner asked, verified as published', async () => {
    const packet = await stage();
    await askStaging(packet, OTHER_PARTNER_ID);
    expect(await live.stagingChecks(packet)).toEqual([]);
    await askStaging(packet);
    const checks = await live.stagingChecks(packet);
    expect(checks.map((check) => [check.externalReference, check.isVerified])).toEqual([
      ['case-huge', true],
      ['case-small', true],
    ]);
    const scope = { packet, environment: ENVIRONMENT };
    const { results } = evaluateStaging(scope, checks, context());
    expect(results.map(said)).toEqual([1, 2, 3].map(() => ['pass', 'passed']));
  });

  it('does not hold under keys that are not published or not attested', async () => {
    const packet = await stage();
    await askStaging(packet);
    const material = { ...boundary.material, attestationsOf: () => [] };
    const checks = await measureLive({ ...ports, material }).stagingChecks(packet);
    expect(checks.map(({ isVerified }) => isVerified)).toEqual([false, false]);
  });

  it('has nothing for a packet without a boundary object', async () => {
    const { boundary_object, ...packet } = await stage();
    expect(boundary_object).toBeDefined();
    expect(await live.stagingChecks(packet)).toEqual([]);
  });
});

describe('smoke tests (G3.4)', () => {
  const run = (target: 'boundary' | 'self_service', build = VERSION, status = 'passed' as const) =>
    keep(
      'smoke:staging',
      'smoke_run',
      composeSmokeRun({
        ...{ target, environment: 'staging', build },
        started_at: formatTime(boundary.nowMs() - 1_000),
        ended_at: formatTime(boundary.nowMs()),
        steps: SMOKE_STEPS[target].map((id) => ({ id, status, took_ms: 1 })),
      }),
    );
  const judged = async () => {
    const selected = { environment: live.stagingEnvironment, build: live.build };
    return said(judgeSmokeRuns(await live.smokeRuns(), selected, context()));
  };

  it('are the newest of staging that were recorded', async () => {
    await run('boundary');
    expect(await judged()).toEqual(['inconclusive', 'smoke_test_missing']);
    await run('self_service', '0.0.1');
    expect(await judged()).toEqual(['inconclusive', 'smoke_test_of_another_build']);
    await run('self_service');
    expect(await judged()).toEqual(['pass', 'passed']);
  });

  it('are not believed from records that were changed', async () => {
    await run('boundary');
    const operatorRecords = {
      readChain: async (chain: string) =>
        (await boundary.ledger.operatorRecords.readChain(chain)).map((record) => ({
          ...record,
          bodyText: record.bodyText.replace('passed', 'failed'),
        })),
    };
    const changed = measureLive({ ...ports, operatorRecords });
    await expect(changed.smokeRuns()).rejects.toMatchObject({ code: 'ERR_RECORDS_BROKEN' });
  });
});

describe('the way to deploy (G4.4)', () => {
  it('is one of the operator side, and none of self-service', async () => {
    const own = await live.deployRoutes();
    expect(own.operator_routes).toContain('POST /operator/api/rollouts/{rollout_id}/deploy');
    expect(own.self_service_routes).toEqual([]);
    expect(said(judgeDeployRoute(own, context()))).toEqual(['pass', 'passed']);
    drafts.openApi = { paths: { '/self-service/api/drafts/{id}/activate': { post: {} } } };
    const evidence = await live.deployRoutes();
    expect(said(judgeDeployRoute(evidence, context()))).toEqual(['fail', 'drafts_can_deploy']);
  });

  it('is not known without the document of self-service', async () => {
    drafts.openApi = undefined;
    const evidence = await live.deployRoutes();
    expect(said(judgeDeployRoute(evidence, context()))).toEqual([
      'inconclusive',
      'no_deploy_route',
    ]);
  });
});

describe('the public key route (G3.3)', () => {
  it('is not known without receipts', async () => {
    const evidence = await live.keyRoute([]);
    expect(said(judgeKeyRoute(evidence, context()))).toEqual(['inconclusive', 'keys_not_reached']);
  });
});
