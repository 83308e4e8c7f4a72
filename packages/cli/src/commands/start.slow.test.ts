import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Bundle, DecisionPayload, VerificationReport } from '@craton/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  HAS_CURL,
  paste,
  runCraton,
  type Running,
  startCraton,
} from '../../test/craton-process.ts';
import { PROJECT_DIR } from '../../test/fake-context.ts';
import { newFolder } from '../../test/temporary-folder.ts';

/** A start takes about a second, and several on a busy machine. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((started) => started.end('SIGKILL')));
});

function startIn(folder: string, env: Record<string, string> = {}, ...flags: string[]): Running {
  const started = startCraton(folder, ['start', ...flags], {
    PORT: '0',
    CRATON_DATA_DIR: join(folder, '.craton'),
    ...env,
  });
  running.push(started);
  return started;
}

/** The indented blocks of the welcome: what a newcomer pastes, in order. */
function commandsOf(text: string): string[] {
  return text
    .split(/\n(?! {4})/)
    .filter((block) => block.includes('\n    '))
    .map((block) => block.slice(block.indexOf('\n    ')).replaceAll('\n    ', '\n').trim());
}

/** Pastes a printed command; without curl the same parts are sent by fetch. */
async function pasteCurl(folder: string, command: string): Promise<string> {
  if (HAS_CURL) {
    const { code, out, err } = await paste(folder, command);
    expect([code, err]).toEqual([0, '']);
    return out;
  }
  const [, url = ''] = /curl -sS (\S+)/.exec(command) ?? [];
  const [, body = ''] = /-d '([^']*)'/.exec(command) ?? [];
  const headers = Object.fromEntries(
    [...command.matchAll(/-H '([^:]*): ([^']*)'/g)].map(([, name, value]) => [name, value]),
  ) as Record<string, string>;
  const answer = await (await fetch(url, { method: 'POST', headers, body })).text();
  if (!command.startsWith('id=')) return answer;
  const { request_id } = JSON.parse(answer) as { request_id: string };
  const { origin } = new URL(url);
  const bundle = await fetch(`${origin}/v1/receipts/${request_id}/bundle?form=full`, { headers });
  writeFileSync(join(folder, 'bundle.json'), await bundle.text());
  return '';
}

async function verify(folder: string, ...flags: string[]): Promise<[unknown, VerificationReport]> {
  const { code, out } = await runCraton(folder, ['verify', ...flags, '--json']);
  return [code, JSON.parse(out) as VerificationReport];
}

describe('craton start', () => {
  it('leads a newcomer from the first start to a verification without the server', async () => {
    const folder = newFolder();
    const started = startIn(folder);
    await started.waitFor('Check it without this server');
    const { out, err } = started.written;
    expect(err).toContain('First start: made keys and a trust policy');
    expect(out).not.toContain('\u001b');

    const data = join(folder, '.craton');
    for (const file of ['signing-key.txt', 'offline-root/root-key.txt', 'dev-credentials.json']) {
      expect(statSync(join(data, file)).mode & 0o777).toBe(0o600);
    }
    const [, baseUrl = ''] = /Home +(http:\S+)\/\n/.exec(out) ?? [];
    for (const [, url = ''] of out.matchAll(/^ {2}[A-Z][A-Za-z ]+ {3}(http:\S+)$/gm)) {
      expect([url, (await fetch(url)).status]).toEqual([url, 200]);
    }

    const [allow = '', constrain = '', reject = '', bundle = '', check = ''] = commandsOf(out);
    for (const [command, verdict, reason] of [
      [allow, 'allow', 'within_limit'],
      [constrain, 'constrain', 'dual_control_required'],
      [reject, 'reject', 'over_limit'],
    ] as const) {
      expect(command).toMatch(/^curl -sS /);
      const answer = JSON.parse(await pasteCurl(folder, command)) as DecisionPayload;
      expect(answer).toMatchObject({ verdict, reasons: [reason] });
    }
    await pasteCurl(folder, bundle);
    writeFileSync(join(folder, 'answer.json'), await pasteCurl(folder, allow));
    for (const name of ['self-service/verify-keys/offline-bundle', 'protocol/v1/jwks.json']) {
      const keys = await (await fetch(`${baseUrl}/${name}`)).text();
      writeFileSync(join(folder, name.replace(/^.*\//, '')), keys);
    }

    expect(await started.end('SIGTERM')).toBe(0);
    await expect(fetch(`${baseUrl}/healthz`)).rejects.toThrow();

    const words = check.split(' ');
    expect(words.slice(1)).toEqual([
      'verify',
      'bundle.json',
      '--trust',
      '.craton/trust-policy.txt',
    ]);
    expect(words[0]).toBe(join(PROJECT_DIR, 'craton'));
    const [code, report] = await verify(folder, ...words.slice(2));
    expect(code).toBe(0);
    expect(report.outcome).toBe('reached');
    const verified = report.checks.filter(({ status }) => status === 'verified');
    expect(verified.map(({ id }) => id)).toEqual([
      'payload',
      'signature',
      'issuer',
      'key_status',
      'validity',
      'commitment',
      'verdict_recomputed',
    ]);
    // An answer, too, with keys that were saved; without attestations nobody vouches for them.
    const answer = ['answer.json', '--trust', '.craton/trust-policy.txt', '--keys'];
    expect((await verify(folder, ...answer, 'offline-bundle'))[0]).toBe(0);
    expect((await verify(folder, ...answer, 'jwks.json'))[0]).toBe(2);
    await failToVerify(folder);
  });

  /** What must not verify, with the bundle and policy of a run. */
  async function failToVerify(folder: string): Promise<void> {
    const trust = ['--trust', '.craton/trust-policy.txt'];
    const bundle = JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8')) as Bundle;
    const { payload_b64 } = bundle.receipt;
    const forged = Buffer.from(payload_b64, 'base64').toString().replace('allow', 'alloy');
    const receipt = { ...bundle.receipt, payload_b64: Buffer.from(forged).toString('base64') };
    writeFileSync(join(folder, 'tampered.json'), JSON.stringify({ ...bundle, receipt }));
    const [tampered] = await verify(folder, 'tampered.json', ...trust);
    expect(tampered).toBe(1);

    await runCraton(folder, ['keys', 'root', '--out', 'other.txt']);
    await runCraton(folder, [
      ...['trust', 'make', '--root-key', 'other.public.json', '--out', 'other-trust.txt'],
      ...['--issuer', 'craton.localhost', '--environment', 'development'],
    ]);
    const [wrongTrust, report] = await verify(folder, 'bundle.json', '--trust', 'other-trust.txt');
    expect(wrongTrust).toBe(1);
    expect(report.checks.find(({ id }) => id === 'issuer')?.code).toBe('root_not_trusted');

    const ends = async (...args: string[]): Promise<unknown> =>
      (await runCraton(folder, ['verify', ...args])).code;
    expect(await ends('bundle.json', ...trust, '--require', 'witnesses:1')).toBe(2);
    expect(await ends('gone.json', ...trust)).toBe(3);
    expect(await ends('bundle.json')).toBe(64);
  }

  it('keeps keys and receipts, never needs the root, and prints JSON on request', async () => {
    const folder = newFolder();
    const first = startIn(folder, {}, '--json');
    await first.waitFor('craton.start.v1');
    const shown = JSON.parse(first.written.out) as {
      base_url: string;
      requests: { verdict: string; curl: string }[];
    };
    expect(shown.requests.map(({ verdict }) => verdict)).toEqual(['allow', 'constrain', 'reject']);
    const env = { CRATON_DATA_DIR: join(folder, '.craton') };
    writeFileSync(
      join(folder, 'request.json'),
      /-d '([^']*)'/.exec(shown.requests[0]?.curl ?? '')?.[1] ?? '',
    );
    const check = 'check request.json --trust .craton/trust-policy.txt'.split(' ');
    const allowed = await runCraton(folder, [...check, '--bundle', 'first.json'], env);
    expect([allowed.code, allowed.err]).toEqual([0, '']);
    expect(allowed.out).toMatch(/^allow: within_limit; usable once until/);
    expect((await runCraton(folder, ['doctor'], { ...env, PORT: '0' })).code).toBe(0);
    expect(await first.end('SIGINT')).toBe(0);

    renameSync(join(folder, '.craton/offline-root'), join(folder, 'root-elsewhere'));
    const second = startIn(folder);
    await second.waitFor('Check it without this server');
    expect(second.written.err).toBe('');
    const again = await runCraton(folder, check, env);
    expect(again.out).toMatch(/^allow: external_reference_reused, within_limit;/);
    expect(existsSync(join(folder, '.craton/offline-root'))).toBe(false);
    await second.end('SIGTERM');
    expect((await verify(folder, 'first.json', '--trust', '.craton/trust-policy.txt'))[0]).toBe(0);
  });

  it.skipIf(process.platform !== 'linux')(
    'starts the boundary again after it died, at the same address',
    async () => {
      const started = startIn(newFolder());
      await started.waitFor('Check it without this server');
      const [, baseUrl = ''] = /Home +(http:\S+)\/\n/.exec(started.written.out) ?? [];
      const children = `/proc/${started.process.pid ?? 0}/task/${started.process.pid ?? 0}/children`;
      const [boundary] = readFileSync(children, 'utf8')
        .trim()
        .split(' ')
        .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/boundary/'));
      process.kill(Number(boundary), 'SIGKILL');
      await started.waitFor('The server is ready again.');
      expect((await fetch(`${baseUrl}/readyz`)).status).toBe(200);
      expect(await started.end('SIGTERM')).toBe(0);
    },
  );

  it('leaves no server behind when it is killed itself', async () => {
    const folder = newFolder();
    const started = startIn(folder);
    await started.waitFor('Check it without this server');
    const [, baseUrl = ''] = /Home +(http:\S+)\/\n/.exec(started.written.out) ?? [];
    started.process.kill('SIGKILL');
    await expect
      .poll(
        () =>
          fetch(`${baseUrl}/healthz`).then(
            () => 'up',
            () => 'down',
          ),
        { timeout: 15_000 },
      )
      .toBe('down');
  });
});

describe('self-service beside the boundary', () => {
  const saved = JSON.stringify({ draft: { schema: 'craton.draft.v1', title: 'Kept' } });

  it('saves with the key in dev-credentials.json, at the same address, over a restart', async () => {
    const folder = newFolder();
    const first = startIn(folder);
    await first.waitFor('Check it without this server');
    const file = join(folder, '.craton/dev-credentials.json');
    const read = () => JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    const { base_url: url = '', self_service_api_key: key = '', boundary_api_key } = read();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const headers = { 'X-API-Key': key, 'Content-Type': 'application/json' };
    const drafts = '/self-service/api/drafts';
    const post = (given: Record<string, string>) =>
      fetch(url + drafts, { method: 'POST', headers: { ...headers, ...given }, body: saved });
    expect((await post({})).status).toBe(200);
    expect((await post({ 'X-API-Key': boundary_api_key ?? '' })).status).toBe(401);
    for (const path of ['/v1/streams', '/operator/api/api-keys']) {
      const bearer = { authorization: `Bearer ${key}` };
      expect((await fetch(url + path, { headers: bearer })).status).toBe(401);
    }
    expect(await first.end('SIGTERM')).toBe(0);

    const second = startIn(folder);
    await second.waitFor('Check it without this server');
    expect(read()['self_service_api_key']).toBe(key);
    const listed = await fetch(`${read()['base_url'] ?? ''}${drafts}`, { headers });
    expect(await listed.json()).toMatchObject({ drafts: [{ title: 'Kept' }] });
    expect(second.written.err).toBe('');
    expect(await second.end('SIGINT')).toBe(0);
  });

  it('gets the address of a production side that refuses, and keeps no draft there', async () => {
    const folder = newFolder();
    const started = startCraton(folder, ['start'], {
      PORT: '0',
      CRATON_ENV: 'production',
      CRATON_DATA_DIR: join(folder, '.craton'),
    });
    running.push(started);
    await started.waitFor(' alone.');
    expect(started.written.err).toContain('The production side is not there.');
    const [, url = ''] = /It answers at (\S+) alone/.exec(started.written.err) ?? [];
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const preview = await fetch(`${url}/self-service/api/preview`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: saved,
    });
    expect(preview.status).toBe(200);
    expect((await fetch(`${url}/v1/boundary/check`, { method: 'POST' })).status).toBe(404);
    expect(await started.end('SIGTERM')).toBe(1);
  });

  it('runs apart at its own command', async () => {
    const folder = newFolder();
    const served = startCraton(folder, ['serve', 'self-service'], {
      PORT: '0',
      CRATON_DATA_DIR: join(folder, '.craton'),
    });
    running.push(served);
    await served.waitFor('craton-self-service ready http://127.0.0.1:');
    const [, url = ''] = /ready (http:\S+)/.exec(served.written.out) ?? [];
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ status: 'ready' });
    expect(await served.end('SIGTERM')).toBe(0);
  });
});

describe('craton start refuses', () => {
  async function refused(env: Record<string, string>): Promise<{ code: unknown; err: string }> {
    const folder = newFolder();
    const data = { CRATON_DATA_DIR: join(folder, '.craton') };
    const { code, err, out } = await runCraton(folder, ['start'], { PORT: '0', ...data, ...env });
    expect(out).toBe('');
    expect(err).not.toMatch(/^ +at /m);
    return { code, err };
  }

  it('a busy port, in one line with what to do', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, err } = await refused({ PORT: String(port) });
    taken.close();
    expect(code).toBe(1);
    expect(err).toBe(
      `craton: Port ${port} on 127.0.0.1 is in use by another program.\n` +
        '  Stop that program, or choose another port: PORT=8081 craton start\n',
    );
  });

  it('an unnamed environment with an address that others can reach', async () => {
    const { code, err } = await refused({ HOST: '0.0.0.0' });
    expect(code).toBe(1);
    expect(err).toContain('CRATON_ENV is not set, but HOST points away from this machine.');
  });

  it('a misspelt setting', async () => {
    const { code, err } = await refused({ CRATON_DATADIR: '/x' });
    expect(code).toBe(1);
    expect(err).toContain('Not a known setting: CRATON_DATADIR.');
  });

  it('to generate anything outside development, showing what the boundary misses', async () => {
    const folder = newFolder();
    const env = { PORT: '0', CRATON_ENV: 'production', CRATON_DATA_DIR: join(folder, '.craton') };
    const { code, err } = await runCraton(folder, ['serve', 'boundary'], env);
    expect(code).toBe(1);
    expect(err).toContain('CRATON_SIGNING_KEY is not set');
    const started = startCraton(folder, ['start'], env);
    running.push(started);
    await started.waitFor('CRATON_SIGNING_KEY is not set');
    await started.waitFor('alone.');
    expect(await started.end('SIGTERM')).toBe(1);
    expect(existsSync(join(folder, '.craton'))).toBe(false);
  });

  it('a data directory that somebody else serves', async () => {
    const folder = newFolder();
    const started = startIn(folder);
    await started.waitFor('Check it without this server');
    const env = { PORT: '0', CRATON_DATA_DIR: join(folder, '.craton') };
    const { code, err } = await runCraton(folder, ['start'], env);
    expect(code).toBe(1);
    expect(err).toContain('ERR_STORE_LOCKED');
    const [, port = ''] = /Home +http:\S+:(\d+)\/\n/.exec(started.written.out) ?? [];
    const twin = await runCraton(folder, ['start'], { ...env, PORT: port });
    expect(twin.code).toBe(1);
    expect(twin.err).toContain(`Craton runs already, at http://127.0.0.1:${port}`);
    expect(await started.end('SIGTERM')).toBe(0);
  });
});

describe('craton serve boundary', () => {
  it('runs with keys made by craton keys, in an environment like production', async () => {
    const folder = newFolder();
    for (const role of ['root', 'signing', 'log', 'posture']) {
      await runCraton(folder, ['keys', role, '--out', `${role}.txt`]);
    }
    const scope = ['--issuer', 'a.example', '--environment', 'production'];
    const attest = ['--root-key', 'root.txt', '--key', 'signing.public.json'];
    await runCraton(folder, ['keys', 'attest', ...attest, ...scope, '--out', 'attestations.json']);
    rmSync(join(folder, 'root.txt'));
    mkdirSync(join(folder, 'store'));
    writeFileSync(join(folder, 'store/boundary.db'), '');
    const served = startCraton(folder, ['serve', 'boundary'], {
      PORT: '0',
      CRATON_ENV: 'production',
      CRATON_ISSUER: 'a.example',
      DATABASE_URL: `sqlite:${join(folder, 'store/boundary.db')}`,
      CRATON_SIGNING_KEY_FILE: 'signing.txt',
      CRATON_LOG_KEY_FILE: 'log.txt',
      CRATON_POSTURE_KEY_FILE: 'posture.txt',
      CRATON_ATTESTATIONS_FILE: 'attestations.json',
    });
    running.push(served);
    await served.waitFor('craton-boundary ready http://127.0.0.1:');
    const [, baseUrl = ''] = /ready (http:\S+)/.exec(served.written.out) ?? [];
    expect((await fetch(`${baseUrl}/readyz`)).status).toBe(200);
    expect(served.written.out).not.toContain('curl');
    expect(await served.end('SIGTERM')).toBe(0);
  });
});
