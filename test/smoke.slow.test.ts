/** `craton smoke` against real servers with a database each: either can be stopped alone. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SmokeRun } from '@craton/policy';
import { PostgresServer } from '@craton/service/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Finished,
  runCraton,
  type Running,
  startCraton,
} from '../packages/cli/test/craton-process.ts';

let folder: string;
let production: PostgresServer;
let drafts: PostgresServer;
let servers: Running;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'craton-smoke-'));
  production = await PostgresServer.start(['fsync=on']);
  drafts = await PostgresServer.start();
  const env = {
    PORT: '0',
    CRATON_DATA_DIR: join(folder, '.craton'),
    DATABASE_URL: production.url,
    SELF_SERVICE_DATABASE_URL: drafts.url,
  };
  servers = startCraton(folder, ['start', '--json'], env);
  await servers.waitFor('craton.start.v1');
});
afterAll(async () => {
  await servers.end('SIGTERM');
  await production.remove();
  await drafts.remove();
  rmSync(folder, { recursive: true });
});

const smoke = (target: 'boundary' | 'self-service', ...flags: string[]): Promise<Finished> =>
  runCraton(folder, ['smoke', target, '--env', 'development', '--json', ...flags], {
    CRATON_DATA_DIR: join(folder, '.craton'),
  });
const runOf = ({ out }: Finished) => JSON.parse(out) as SmokeRun;
const failedStep = (ran: Finished) => runOf(ran).steps.find(({ status }) => status === 'failed');

/** Through everything that has to come back by itself. */
async function untilPassed(target: 'boundary' | 'self-service'): Promise<void> {
  const { code, err } = await smoke(target);
  if (code === 0) return;
  if (servers.process.exitCode !== null) throw new Error(`The servers ended: ${err}`);
  return untilPassed(target);
}

interface Listed {
  readonly smoke_runs: readonly { readonly run: SmokeRun }[];
}

async function recorded(): Promise<readonly SmokeRun[]> {
  const file = join(folder, '.craton', 'dev-credentials.json');
  const credentials = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  const answer = await fetch(`${credentials['base_url'] ?? ''}/operator/api/smoke-runs`, {
    headers: { authorization: `Bearer ${credentials['operator_token'] ?? ''}` },
  });
  return ((await answer.json()) as Listed).smoke_runs.map(({ run }) => run);
}

describe('craton smoke', () => {
  it('passes on both sides, says each step, and is recorded with environment and build', async () => {
    const selfService = await smoke('self-service', '--record');
    expect(selfService.err).toContain('withdraw');
    const boundary = await smoke('boundary', '--record');
    expect([selfService.code, boundary.code]).toEqual([0, 0]);
    const runs = [runOf(boundary), runOf(selfService)];
    expect(runs).toMatchObject([
      { target: 'boundary', environment: 'development', outcome: 'passed' },
      { target: 'self_service', environment: 'development', outcome: 'passed' },
    ]);
    for (const { build } of runs) expect(build).toMatch(/^\d+\.\d+\.\d+/);
    expect(await recorded()).toEqual(runs);
  });

  it('leaves no key in force, and no draft among the work of people', async () => {
    const env = { CRATON_DATA_DIR: join(folder, '.craton') };
    const keys = await runCraton(folder, ['api-keys', 'list', '--json'], env);
    const { api_keys: list } = JSON.parse(keys.out) as { api_keys: Record<string, string>[] };
    const smokeKeys = list.filter(({ partner_id: partner }) => partner === 'craton_smoke');
    expect(smokeKeys.length).toBeGreaterThan(0);
    for (const key of smokeKeys) expect(key['revoked_at']).toBeDefined();
    const shown = await runCraton(folder, ['draft', 'show', '--json'], env);
    expect(JSON.parse(shown.out)).toEqual({ drafts: [] });
  });

  it('reaches nothing in another environment than the one that is named', async () => {
    const before = (await recorded()).length;
    for (const target of ['boundary', 'self-service']) {
      const ran = await runCraton(folder, ['smoke', target, '--env', 'production', '--json'], {
        CRATON_DATA_DIR: join(folder, '.craton'),
      });
      expect([ran.code, failedStep(ran)?.code]).toEqual([1, 'environment_other']);
      expect(
        runOf(ran)
          .steps.slice(1)
          .map(({ status }) => status),
      ).not.toContain('passed');
    }
    expect(await recorded()).toHaveLength(before);
  });

  it('fails on a receipt under a root that the trust policy does not know', async () => {
    const policy = readFileSync(join(folder, '.craton', 'trust-policy.txt'), 'utf8');
    const other = policy.replace(
      /^(root \S+) \S+/m,
      `$1 ${Buffer.alloc(32, 5).toString('base64')}`,
    );
    expect(other).not.toBe(policy);
    writeFileSync(join(folder, 'other-policy.txt'), other);
    const ran = await smoke('boundary', '--trust', 'other-policy.txt');
    expect([ran.code, failedStep(ran)?.id]).toEqual([1, 'receipt']);
  });

  it('of self-service fails without the draft database, and that of the boundary does not', async () => {
    await drafts.stop();
    const [selfService, boundary] = [await smoke('self-service'), await smoke('boundary')];
    expect([selfService.code, boundary.code]).toEqual([1, 0]);
    expect(failedStep(selfService)).toMatchObject({
      id: 'save',
      code: 'ERR_DRAFT_STORE_UNAVAILABLE',
    });
    await drafts.resume();
    await untilPassed('self-service');
  });

  it('of the boundary fails without the production database, and that of self-service does not', async () => {
    await production.stop();
    const [selfService, boundary] = [await smoke('self-service'), await smoke('boundary')];
    expect([selfService.code, boundary.code]).toEqual([0, 1]);
    expect(failedStep(boundary)?.id).toBe('check');
  });
});
