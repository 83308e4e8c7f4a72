import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  formatVerifierKey,
  parseCheckpoint,
  parseTlogPolicy,
  parseVerifierKey,
  verifyCheckpointUnder,
  verifyCosignatureResponse,
} from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { TestLog } from './test-log.ts';
import { runWitness, startWitness, type WitnessProcess } from './witness-process.ts';

const logs = Array.from({ length: 4 }, (_, index) => new TestLog(`log${index}.example`));

function filesIn(folder: string) {
  return { keyFile: join(folder, 'key.txt'), stateFile: join(folder, 'state.json') };
}

/** A folder for a witness of these logs, and the arguments that start it. */
function newWitness() {
  const files = filesIn(mkdtempSync(join(tmpdir(), 'craton-witness-')));
  const args = [
    ...['--name', 'witness.example', '--init', '--rate', '100000'],
    ...['--key-file', files.keyFile, '--state', files.stateFile],
    ...logs.flatMap(({ signer }) => ['--log', formatVerifierKey(signer.key)]),
  ];
  return { ...files, args };
}

function post(url: string, body: string): Promise<Response> {
  return fetch(`${url}/add-checkpoint`, { method: 'POST', body });
}

/** Sends growing checkpoints until the witness is gone; answers the largest size answered 200. */
async function grow(url: string, log: TestLog, from: number): Promise<number> {
  let cosigned = from;
  try {
    for (;;) {
      const next = cosigned + 1 + (cosigned % 3);
      const answer = await post(url, await log.body(cosigned, next));
      await answer.text();
      if (answer.status !== 200) throw new Error(`status ${answer.status}`);
      cosigned = next;
    }
  } catch (error) {
    if (error instanceof TypeError) return cosigned;
    throw error;
  }
}

async function newestSize(url: string, { origin }: TestLog): Promise<number> {
  const hash = createHash('sha256').update(origin).digest('hex');
  const answer = await fetch(`${url}/${hash}/checkpoint`);
  if (answer.status === 404) return 0;
  const [text = ''] = (await answer.text()).split('\n\n');
  return parseCheckpoint(`${text}\n`).treeSize;
}

describe('a witness that is killed under load', () => {
  it('never forgets what it answered with 200', async () => {
    const { args } = newWitness();
    let sizes = logs.map(() => 0);
    let total = 0;
    for (const lifeMs of [40, 90, 150, 210, 280, 350]) {
      const witness = await startWitness(args);
      const growing = Promise.all(logs.map((log, index) => grow(witness.url, log, sizes[index]!)));
      setTimeout(() => void witness.end('SIGKILL'), lifeMs);
      const cosigned = await growing;
      const again = await startWitness(args);
      const known = await Promise.all(logs.map((log) => newestSize(again.url, log)));
      for (const [index, log] of logs.entries()) {
        const [answered, kept] = [cosigned[index]!, known[index]!];
        // At most the one that was on its way is more than what was answered.
        expect(kept, log.origin).toBeGreaterThanOrEqual(answered);
        expect(kept - answered, log.origin).toBeLessThanOrEqual(3);
        if (answered === 0) continue;
        const older = await post(again.url, await log.body(answered - 1, answered));
        expect([older.status, await older.text()]).toEqual([409, `${kept}\n`]);
      }
      expect(await again.end('SIGTERM')).toBe(0);
      total += cosigned.reduce((sum, size, index) => sum + size - sizes[index]!, 0);
      sizes = known;
    }
    // Otherwise nothing was under way when it was killed.
    expect(total).toBeGreaterThan(100);
  }, 120_000);
});

describe('the process', () => {
  it('prints what a trust policy needs: its cosignature then counts', async () => {
    const [log] = logs;
    const witness = await startWitness(newWitness().args);
    const { policyLine, url, vkey } = witness;
    const policy = parseTlogPolicy(
      `log ${formatVerifierKey(log!.signer.key)}\n${policyLine}\nquorum witness.example\n`,
    );
    const note = await log!.checkpoint(5);
    const answer = await (await post(url, await log!.body(0, 5))).text();
    const [text = ''] = note.split('\n\n');
    const key = parseVerifierKey(vkey);
    expect(await verifyCosignatureResponse(answer, `${text}\n`, [key])).toHaveLength(1);
    const { cosignatures } = await verifyCheckpointUnder(policy, `${note}${answer}`);
    expect(cosignatures).toHaveLength(1);
    await witness.end('SIGTERM');
  });

  it('does not start twice on one key or one state', async () => {
    const { args, keyFile, stateFile } = newWitness();
    const witness = await startWitness(args);
    const other = newWitness();
    const withFiles = (key: string, state: string) => [
      ...args,
      '--key-file',
      key,
      '--state',
      state,
    ];
    for (const files of [
      withFiles(keyFile, stateFile),
      withFiles(keyFile, other.stateFile),
      withFiles(other.keyFile, stateFile),
    ]) {
      const { code, stderr } = await runWitness(files);
      expect([code, stderr]).toEqual([1, expect.stringContaining('Another witness uses this')]);
    }
    expect(await witness.end('SIGTERM')).toBe(0);
    // The lock ends with the process, also with one that was killed.
    const again = await startWitness(args);
    expect(await again.end('SIGKILL')).toBeNull();
    await (await startWitness(args)).end('SIGTERM');
  });

  it('does not start on a torn state file', async () => {
    const { args, stateFile } = newWitness();
    const witness = await startWitness(args);
    await post(witness.url, await logs[0]!.body(0, 5));
    await witness.end('SIGTERM');
    const copy = `${stateFile}.copy`;
    copyFileSync(stateFile, copy);
    truncateSync(stateFile, readFileSync(stateFile).length - 40);
    expect(await runWitness(args)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The state file is damaged') as string,
    });
    copyFileSync(copy, stateFile);
    await (await startWitness(args)).end('SIGTERM');
  });

  it('ignores the temporary file of an earlier life', async () => {
    const { args, stateFile } = newWitness();
    await (await startWitness(args)).end('SIGTERM');
    writeFileSync(`${stateFile}.new`, 'half of a sta');
    const witness: WitnessProcess = await startWitness(args);
    expect((await post(witness.url, await logs[0]!.body(0, 5))).status).toBe(200);
    await witness.end('SIGTERM');
  });

  it('ends with 64 for a wrong command line', async () => {
    const { code, stderr } = await runWitness(['--nmae', 'a']);
    expect([code, stderr]).toEqual([64, expect.stringContaining('unknown')]);
  });

  it('ends with 1 when its address is taken', async () => {
    const witness = await startWitness(newWitness().args);
    const { host } = new URL(witness.url);
    const { code, stderr } = await runWitness([...newWitness().args, '--listen', host]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('--listen')]);
    await witness.end('SIGTERM');
  });

  it('ends with 1 when the state cannot be written any more', async () => {
    const { args, stateFile } = newWitness();
    const witness = await startWitness(args);
    mkdirSync(`${stateFile}.new`);
    expect((await post(witness.url, await logs[0]!.body(0, 5))).status).toBe(503);
    expect(await witness.end('SIGCONT')).toBe(1);
    rmdirSync(`${stateFile}.new`);
    const again = await startWitness(args);
    expect((await post(again.url, await logs[0]!.body(0, 5))).status).toBe(200);
    await again.end('SIGTERM');
  });
});
