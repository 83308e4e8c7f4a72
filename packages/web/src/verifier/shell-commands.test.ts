import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recomputeVerdict } from '@craton/policy';
import { utf8 } from '@craton/protocol';
import { fullBundle, goldenCase } from '../../test/golden.ts';
import { exampleShellSteps } from '../pages/protocol-example.tsx';
import { check } from './check.ts';
import { shellScript, type ShellStep, shellSteps } from './shell-commands.ts';

/** Whether this machine has what the commands need; if not, the tests are shown as skipped. */
const hasTools = (() => {
  try {
    return /OpenSSL 3/.test(execFileSync('openssl', ['version'], { encoding: 'utf8' }));
  } catch {
    return false;
  }
})();

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'craton-shell-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(step: ShellStep): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', step.command], { cwd: folder });
  return stdout.trimEnd();
}

async function goldenSteps(name: string, change = (text: string) => text) {
  const { bundle, trust_policy, checked_at } = fullBundle(name);
  const gathered = {
    state: 'ready',
    bundle: utf8(change(JSON.stringify(bundle))),
    trustPolicy: trust_policy,
    usesKeysOfPage: false,
  } as const;
  const settings = {
    atMs: Date.parse(checked_at),
    require: 'payload',
    recompute: recomputeVerdict,
  };
  return (await check(gathered, settings)).steps;
}

describe.skipIf(!hasTools)('the commands of "check without us", run by a shell', () => {
  it.each(['allow', 'constrain_raw_unicode', 'allow_two_roots'])('hold for %s', async (name) => {
    const steps = await goldenSteps(name);
    expect(steps).toHaveLength(6);
    for (const step of steps) expect(await run(step), step.title).toBe(step.expected);
    const payload = await readFile(join(folder, 'payload.json'), 'utf8');
    expect(payload).toBe(goldenCase(name).expected.payload);
  });

  it('hold for the example of the protocol page', async () => {
    for (const step of exampleShellSteps()) expect(await run(step)).toBe(step.expected);
  });

  it('work as one script too', async () => {
    const steps = await goldenSteps('allow');
    await writeFile(join(folder, 'check.sh'), shellScript(steps));
    const { stdout } = await promisify(execFile)('sh', ['check.sh'], { cwd: folder });
    expect(stdout.trimEnd().split('\n')).toEqual(steps.map(({ expected }) => expected));
  });

  it('fail where one byte of the payload is another', async () => {
    const { payload_b64 } = goldenCase('allow').expected.receipt;
    const changed = payload_b64!.replace('A', 'B');
    const steps = await goldenSteps('allow', (text) => text.replace(payload_b64!, changed));
    const signature = steps.find(({ expected }) => expected.startsWith('Signature'))!;
    await run(steps[0]!);
    await expect(run(signature)).rejects.toThrow();
  });
});

describe('the commands', () => {
  const payload = utf8("x\nEND\nrm -rf /\n$(touch stolen) `id` '");
  const input = { payload, signature: new Uint8Array(64), publicKey: new Uint8Array(32).fill(9) };

  it('never hold a text of the receipt', () => {
    const script = shellScript(
      shellSteps({ ...input, commitment: { opening: payload, commitmentId: "'; rm" } }),
    );
    expect(script).not.toMatch(/rm -rf|stolen|; rm/);
  });

  it('name a commitment only in its form', () => {
    const commitmentId = `bnd_${'A'.repeat(43)}`;
    const titles = (id: string) =>
      shellSteps({ ...input, commitment: { opening: payload, commitmentId: id } }).length;
    expect(titles(commitmentId)).toBe(titles('bnd_short') + 1);
  });
});
