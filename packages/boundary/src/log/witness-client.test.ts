import {
  createVerifierKey,
  encodeBase64,
  formatVerifierKey,
  parseTlogPolicy,
  SIGNATURE_TYPE,
  TREE_SIZE_CONTENT_TYPE,
} from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { FakeWitness } from '../../test/fake-witness.ts';
import { createSigner } from '../signing/signer.ts';
import { createLogSigner } from './log-signer.ts';
import { type Submission, WitnessClient } from './witness-client.ts';
import type { AskedWitness } from './witness-policy.ts';

const SIGNAL = AbortSignal.timeout(60_000);
const log = createLogSigner(new Uint8Array(32).fill(3), 'log.example');

function submissionOf(treeSize: number): Submission {
  const root = new Uint8Array(32).fill(treeSize);
  const note = log.sign({ treeSize, root });
  const text = `log.example\n${treeSize}\n${encodeBase64(root)}\n`;
  return { treeSize, note, text, proveFrom: () => Promise.resolve([]) };
}

function demand(witnesses: readonly AskedWitness[]): AskedWitness {
  const [witness] = witnesses;
  if (witness === undefined) throw new Error('There is no witness.');
  return witness;
}

const client = (answer: () => Response | Promise<Response>): WitnessClient =>
  new WitnessClient(demand(new FakeWitness().policy.witnesses), () => Promise.resolve(answer()));

describe('a witness', () => {
  it('cosigns, and its cosignature is verified before it is believed', async () => {
    const witness = new FakeWitness();
    const asked = new WitnessClient(demand(witness.policy.witnesses), witness.fetch);
    const answer = await asked.ask(submissionOf(1), SIGNAL);
    expect(answer).toMatchObject({
      kind: 'cosigned',
      cosignatures: [{ timestampS: 1_800_000_000 }],
    });
  });

  it('is not believed under the key of another', async () => {
    const witness = new FakeWitness();
    const { publicKey } = createSigner(new Uint8Array(32).fill(9));
    const key = createVerifierKey('witness.example', SIGNATURE_TYPE.cosignature, publicKey);
    const policy = parseTlogPolicy(`witness w ${formatVerifierKey(key)} http://w.test\nquorum w\n`);
    const [known] = policy.witnesses;
    if (known === undefined) throw new Error('There is no witness.');
    const asked = new WitnessClient({ ...known, url: 'http://w.test' }, witness.fetch);
    expect(await asked.ask(submissionOf(1), SIGNAL)).toEqual({ kind: 'failed', reason: 'invalid' });
  });

  const conflict = (size: string, type = TREE_SIZE_CONTENT_TYPE) =>
    new Response(size, { status: 409, headers: { 'content-type': type } });
  const answers: readonly [title: string, answer: () => Response, result: object][] = [
    ['says 403', () => new Response('no\n', { status: 403 }), { reason: 'refused' }],
    ['says 404', () => new Response('no\n', { status: 404 }), { reason: 'refused' }],
    ['says 500', () => new Response('no\n', { status: 500 }), { reason: 'unreachable' }],
    ['says 422', () => new Response('no\n', { status: 422 }), { kind: 'contradicted' }],
    ['knows a larger size', () => conflict('9\n'), { kind: 'contradicted' }],
    ['names no size', () => conflict('x\n'), { reason: 'invalid' }],
    ['says 409 as something else', () => conflict('0\n', 'text/plain'), { reason: 'refused' }],
    ['says 409 to the size that it named', () => conflict('0\n'), { reason: 'refused' }],
    ['answers with another note', () => new Response('a\n\nb\n'), { reason: 'invalid' }],
    ['answers without end', () => new Response('x'.repeat(70_000)), { reason: 'invalid' }],
  ];
  it.each(answers)('that %s does not cosign', async (_title, answer, result) => {
    expect(await client(answer).ask(submissionOf(2), SIGNAL)).toMatchObject(result);
  });

  it('that cannot be reached does not cosign', async () => {
    const unreachable = client(() => {
      throw new TypeError('fetch failed');
    });
    expect(await unreachable.ask(submissionOf(2), SIGNAL)).toEqual({
      kind: 'failed',
      reason: 'unreachable',
    });
  });
});
