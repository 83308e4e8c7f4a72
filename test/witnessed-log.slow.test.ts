import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  consistencyProof,
  formatAddCheckpointRequest,
  formatVerifierKey,
  leafHash,
  parseNote,
  parseVerifierKey,
  verifyCosignatureResponse,
} from '@craton/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { craton, fakeContext } from '../packages/cli/test/fake-context.ts';
import { forkOf, logSigner, serve, ServedLog } from '../packages/cli/test/served-log.ts';
import { trustPolicy } from '../packages/cli/test/signed-receipt.ts';
import { startWitness, type WitnessProcess } from '../packages/witness/test/witness-process.ts';

const logVkey = formatVerifierKey(logSigner().key);

async function started(): Promise<WitnessProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'craton-witness-'));
  const witness = await startWitness([
    ...['--name', 'witness.example', '--log', logVkey, '--init'],
    ...['--key-file', join(folder, 'key.txt'), '--state', join(folder, 'state.json')],
  ]);
  onTestFinished(async () => {
    await witness.end('SIGKILL');
  });
  return witness;
}

/** Asks the witness as a log's publisher does, and shows the cosignature; answers the status. */
async function publish(log: ServedLog, witness: WitnessProcess, oldSize: number): Promise<number> {
  const leaves = log.entries.map((entry) => leafHash(entry));
  const proof = oldSize === 0 ? [] : consistencyProof(leaves, oldSize);
  const body = formatAddCheckpointRequest({ oldSize, proof, checkpoint: log.note });
  const answer = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body });
  const lines = await answer.text();
  if (answer.status !== 200) return answer.status;
  const keys = [parseVerifierKey(witness.vkey)];
  const [cosignature] = await verifyCosignatureResponse(lines, parseNote(log.note).text, keys);
  log.files.set('checkpoint', Buffer.from(`${log.note}${cosignature?.line ?? ''}\n`));
  return answer.status;
}

/** What a monitor finds whose trust policy asks for the witness. */
async function monitored(url: string, { policyLine }: WitnessProcess, witnessUrl = '') {
  const context = fakeContext();
  const lines = [`log ${logVkey}`, `${policyLine} ${witnessUrl}`, 'quorum witness.example'];
  writeFileSync(join(context.cwd, 'trust.txt'), trustPolicy(...lines));
  const flags = ['--trust', 'trust.txt', '--state', 'state.json', '--once'];
  return craton(context, 'monitor', url, ...flags);
}

describe('a log, a witness of somebody else, and a monitor', () => {
  it('agree on an honest history', async () => {
    const witness = await started();
    const log = new ServedLog();
    const { url } = await serve(log);
    let oldSize = 0;
    for (const size of [1, 256, 300]) {
      await log.growTo(size);
      expect(await publish(log, witness, oldSize)).toBe(200);
      oldSize = size;
      const { code, out } = await monitored(url, witness, witness.url);
      expect([code, out]).toEqual([0, expect.stringContaining('Cosigned by 1 of 1 witnesses')]);
    }
  });

  it('cannot be shown two histories: the second is not cosigned, and both are evidence', async () => {
    const witness = await started();
    const log = new ServedLog();
    await log.growTo(300);
    expect(await publish(log, witness, 0)).toBe(200);
    const fork = await forkOf(log, 10, 310);
    expect(await publish(fork, witness, 300)).toBe(422);
    expect(await publish(fork, witness, 0)).toBe(409);
    const { url } = await serve(fork);
    // Who has never seen the other history misses the cosignature.
    expect((await monitored(url, witness)).code).toBe(2);
    // Who also asks the witness gets the other history from it.
    const { code, out } = await monitored(url, witness, witness.url);
    expect([code, out]).toEqual([1, expect.stringContaining('ALARM seen_conflict')]);
    for (const note of [log.note, fork.note]) expect(out).toContain(note);
  });
});
