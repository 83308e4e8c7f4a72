import { createHash, createPublicKey, verify } from 'node:crypto';
import {
  createVerifierKey,
  decodeHex,
  encodeBase64url,
  leafHash,
  SIGNATURE_TYPE,
  signNote,
  utf8,
  type VerifierKey,
  verifyNote,
} from '@craton/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { signerOf, TestLog } from '../test/test-log.ts';
import { WITNESS_NAME, witnessFolder } from '../test/witness-folder.ts';
import type { Answer } from './witness.ts';

const log = new TestLog('log.example/test');
const fork = new TestLog('log.example/test', 'fork');
const strayHash = leafHash(utf8('stray'));
const size = (last: number): Partial<Answer> => ({
  status: 409,
  body: `${last}\n`,
  contentType: 'text/x.tlog.size',
});

/** A new witness that knows these logs, and the log of this file. */
async function opened(...logs: readonly VerifierKey[]) {
  const folder = witnessFolder([log.signer.key, ...logs]);
  const open = await folder.open();
  onTestFinished(open.close);
  const { witness, key } = open;
  return { ...folder, witness, key, post: (body: string) => witness.addCheckpoint(body) };
}

/** The same, with a checkpoint of this size cosigned. */
async function openedAt(treeSize: number) {
  const given = await opened();
  expect((await given.post(await log.body(0, treeSize))).status).toBe(200);
  return given;
}

const hashOf = (origin: string): string => createHash('sha256').update(origin).digest('hex');

describe('published requests (torchwood)', () => {
  const origin =
    'sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562';
  const publicKey = decodeHex('ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f');
  const key = createVerifierKey(origin, SIGNATURE_TYPE.ed25519, publicKey);
  const leaf = (last: number): string =>
    Buffer.from([0x2a, last, ...new Uint8Array(30)]).toString('base64');
  const body = (old: number, proof: readonly string[], lines: readonly string[]): string => {
    const [treeSize = '', root = '', signature = ''] = lines;
    const head = [`old ${old}`, ...proof].join('\n');
    return `${head}\n\n${origin}\n${treeSize}\n${root}\n\n\u2014 ${origin} ${signature}\n`;
  };
  const one = [
    '1',
    'KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
    'UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=',
  ];
  const three = [
    '3',
    'RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=',
    'UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=',
  ];
  const five = [
    '5',
    'QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=',
    'UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=',
  ];
  const to1 = body(0, [], one);
  const to3 = body(1, [leaf(1), leaf(2)], three);
  const between = '+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI=';
  const to5 = body(1, [leaf(1), between, leaf(4)], five);

  it('are cosigned', async () => {
    const { post } = await opened(key);
    expect([(await post(to1)).status, (await post(to3)).status]).toEqual([200, 200]);
    expect(await post(to5)).toMatchObject(size(3));
  });

  it('race: the slower one gets 409 and rolls nothing back', async () => {
    for (let round = 0; round < 10; round++) {
      const { post, witness } = await opened(key);
      await post(to1);
      // Signatures are verified side by side, so either of the two may come first to the state.
      const [five, three] = await Promise.all([post(to5), post(to3)]);
      const won = five.status === 200 ? 5 : 3;
      expect(won === 5 ? [five, three] : [three, five]).toMatchObject([{ status: 200 }, size(won)]);
      expect(witness.newestCheckpoint(hashOf(origin)).body).toContain(`${origin}\n${won}\n`);
    }
  });
});

describe('sizes of zero', () => {
  it('the empty tree is cosigned, also again', async () => {
    const { post } = await opened();
    expect((await post(await log.body(0, 0))).status).toBe(200);
    expect((await post(await log.body(0, 0))).status).toBe(200);
    expect((await post(await log.body(0, 1))).status).toBe(200);
  });

  it.each([
    ['an empty tree with another root', 0, { root: strayHash }],
    ['an empty tree with a root of zeros', 0, { root: new Uint8Array(32) }],
    ['an empty tree with a proof', 0, { proof: [strayHash] }],
    ['a first tree with a proof', 1, { proof: [strayHash] }],
  ] as const)('%s: 422', async (_, treeSize, changes) => {
    const { post } = await opened();
    expect((await post(await log.body(0, treeSize, changes))).status).toBe(422);
    // Nothing was remembered of it.
    expect((await post(await log.body(0, treeSize))).status).toBe(200);
  });

  it('old 0 after size 1: 409', async () => {
    const { post } = await openedAt(1);
    expect(await post(await log.body(0, 2))).toMatchObject(size(1));
  });

  it('old 1 to size 0: 400', async () => {
    const { post } = await openedAt(1);
    expect((await post(await log.body(1, 0))).status).toBe(400);
  });
});

describe('each status', () => {
  const note = log.checkpoint(3);

  it.each([
    ['nothing', () => ''],
    ['no empty line', () => 'old 0\n'],
    ['no checkpoint', () => 'old 0\n\n'],
    ['no signature', async () => `old 0\n\n${(await note).split('\n\n')[0] ?? ''}\n`],
    [
      'no tree size',
      () => signNote('log.example/test\n', [log.signer]).then((n) => `old 0\n\n${n}`),
    ],
    ['64 hashes', () => log.body(1, 3, { proof: Array<Uint8Array>(64).fill(strayHash) })],
    ['an old size above the new one', () => log.body(4, 3)],
  ])('400: %s', async (_, makeBody) => {
    const { post } = await opened();
    expect((await post(await makeBody())).status).toBe(400);
  });

  it('404: a log that it does not know, whatever the signature', async () => {
    const { post } = await opened();
    const other = new TestLog('other.example/test');
    expect((await post(await other.body(0, 3))).status).toBe(404);
    expect((await post(await other.body(0, 3, { signers: [log.signer] }))).status).toBe(404);
  });

  it.each([
    ['by nobody that it knows', [signerOf('log.example/test', 'another key')]],
    ['by the key of another log', [signerOf('other.example/test')]],
    [
      'by the log, one of two lines wrong',
      [log.signer, { key: log.signer.key, sign: () => new Uint8Array(64) }],
    ],
  ])('403: signed %s', async (_, signers) => {
    const { post } = await opened(signerOf('other.example/test').key);
    expect((await post(await log.body(0, 3, { signers }))).status).toBe(403);
  });

  it('409: another old size, before the proof is looked at', async () => {
    const { post } = await openedAt(3);
    expect(await post(await log.body(2, 5))).toMatchObject(size(3));
    expect(await post(await log.body(0, 5, { proof: [strayHash] }))).toMatchObject(size(3));
    expect(await post(await fork.body(4, 5))).toMatchObject(size(3));
  });

  it.each([
    ['another root of the same size', () => fork.body(3, 3)],
    ['a proof to the same size', () => log.body(3, 3, { proof: [strayHash] })],
    ['a wrong proof', () => log.body(3, 5, { proof: [strayHash, strayHash, strayHash] })],
    ['no proof', () => log.body(3, 5, { proof: [] })],
    ['the proof of another history', () => fork.body(3, 5)],
  ])('422: %s', async (_, makeBody) => {
    const { post, events } = await openedAt(3);
    expect((await post(await makeBody())).status).toBe(422);
    expect(events.at(-1)).toMatchObject({ event: 'refused' });
    // It stays where it was.
    expect((await post(await log.body(3, 5))).status).toBe(200);
  });

  it('200: the same checkpoint again, with a new time', async () => {
    const { post } = await openedAt(3);
    expect((await post(await log.body(3, 3))).status).toBe(200);
  });
});

describe('a cosignature', () => {
  it('is one that other software can check from the specification', async () => {
    const { post, key } = await opened();
    const before = Math.floor(Date.now() / 1000);
    const { body } = await post(await log.body(0, 3));
    const [dash, name, encoded = ''] = body.trimEnd().split(' ');
    const blob = Buffer.from(encoded, 'base64');
    const time = blob.readBigUInt64BE(4);
    const [text = ''] = (await log.checkpoint(3)).split('\n\n');
    const message = Buffer.from(`cosignature/v1\ntime ${time}\n${text}\n`);
    const publicKey = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(key.publicKey) },
      format: 'jwk',
    });
    expect([dash, name, blob.length]).toEqual(['\u2014', WITNESS_NAME, 76]);
    expect(blob.toString('hex', 0, 4)).toBe(key.keyId);
    expect(verify(null, message, publicKey, blob.subarray(12))).toBe(true);
    expect(Number(time) - before).toBeOneOf([0, 1, 2]);
  });

  it('stands with the log’s signature in the note that monitors fetch, and no other line', async () => {
    const given = await opened();
    const signers = [log.signer, signerOf('stranger.example')];
    await given.post(await log.body(0, 3, { signers }));
    const { body } = given.witness.newestCheckpoint(hashOf(log.origin));
    const { signatures } = await verifyNote(body, [log.signer.key, given.key]);
    expect(signatures.map(({ key: { name } }) => name)).toEqual([log.origin, WITNESS_NAME]);
    expect(body.match(/\u2014/g)).toHaveLength(2);
  });

  it('is not there before the first: 404', async () => {
    const { witness } = await opened();
    expect(witness.newestCheckpoint(hashOf(log.origin)).status).toBe(404);
  });
});

describe('many at once', () => {
  it('one of many valid requests from one size wins, and all others learn its size', async () => {
    const { post } = await openedAt(2);
    const sizes = Array.from({ length: 24 }, (_, index) => 26 - index);
    const bodies = await Promise.all(sizes.map((to) => log.body(2, to)));
    const answers = await Promise.all(bodies.map(post));
    const won = answers.flatMap(({ status }, index) => (status === 200 ? [sizes[index]!] : []));
    expect(won).toHaveLength(1);
    const lost = answers.filter(({ status }) => status !== 200);
    expect(lost).toEqual(lost.map(() => size(won[0]!)));
  });

  it('logs do not disturb each other', async () => {
    const logs = Array.from({ length: 8 }, (_, index) => new TestLog(`log${index}.example`));
    const given = await opened(...logs.map(({ signer }) => signer.key));
    for (const [from, to] of [
      [0, 2],
      [2, 7],
    ] as const) {
      const bodies = await Promise.all(logs.map((each) => each.body(from, to)));
      const answers = await Promise.all(bodies.map(given.post));
      expect(answers.map(({ status }) => status)).toEqual(logs.map(() => 200));
    }
  });
});

describe('a log that forks', () => {
  it('is told with both checkpoints, as the log signed them', async () => {
    const { post, events } = await openedAt(3);
    await post(await fork.body(0, 3));
    const told = events.at(-1);
    expect(told?.event).toBe('fork');
    const notes = told?.event === 'fork' ? told.notes : [];
    for (const note of notes) await verifyNote(note, [log.signer.key]);
    expect(notes.map((note) => note.split('\n')[1])).toEqual(['3', '3']);
    expect(notes[0]?.split('\n')[2]).not.toBe(notes[1]?.split('\n')[2]);
  });
});

describe('a log with two keys', () => {
  it('goes on under the second one', async () => {
    const second = signerOf(log.origin, 'second key');
    const { post } = await opened(second.key);
    expect((await post(await log.body(0, 3))).status).toBe(200);
    expect((await post(await log.body(3, 5, { signers: [second] }))).status).toBe(200);
  });
});
