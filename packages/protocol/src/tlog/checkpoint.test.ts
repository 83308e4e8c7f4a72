import { describe, expect, it } from 'vitest';
import { decodeHex, utf8 } from '../bytes.ts';
import { base64, logSigner, vectors, witnessSigners } from '../../test/tlog/vectors.ts';
import {
  cosign,
  cosignatureMessage,
  createVerifierKey,
  formatCheckpoint,
  formatNote,
  formatSignatureLine,
  parseCheckpoint,
  parseNote,
  SIGNATURE_TYPE,
  signNote,
  verifyCheckpoint,
  verifyCosignature,
  verifyNote,
} from './index.ts';

const { text, note, times } = vectors.checkpoint;
const ROOT = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
const [one, two, three] = witnessSigners;
const witnesses = witnessSigners.map(({ key }) => key);
const keys = { logs: [logSigner.key], witnesses };
const code = (name: string): unknown => expect.objectContaining({ code: name });

describe('the text of a checkpoint', () => {
  it.each([
    text,
    `example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n`,
    `go.sum database tree\n0\n${ROOT}\n`,
    `a\n9007199254740991\n${ROOT}\nextension one\n+\n`,
  ])('%j is read and written', (written) => {
    expect(formatCheckpoint(parseCheckpoint(written))).toBe(written);
  });

  it.each([
    ['nothing', ''],
    ['two lines', `a\n1\n`],
    ['no origin', `\n1\n${ROOT}\n`],
    ['no final newline', `a\n1\n${ROOT}`],
    ['an empty extension line', `a\n1\n${ROOT}\n\n`],
    ['an empty line before an extension', `a\n1\n${ROOT}\n\nb\n`],
    ['a leading zero', `a\n01\n${ROOT}\n`],
    ['a sign', `a\n+1\n${ROOT}\n`],
    ['a space', `a\n1 \n${ROOT}\n`],
    ['hexadecimal', `a\n0x1\n${ROOT}\n`],
    ['an exponent', `a\n1e3\n${ROOT}\n`],
    ['a size beyond 2^53-1', `a\n9007199254740992\n${ROOT}\n`],
    ['a size beyond 2^64', `a\n18446744073709551616\n${ROOT}\n`],
    ['a short root', 'a\n1\nAAAA\n'],
    ['a root in the URL alphabet', `a\n1\n${ROOT.replace('+', '-')}\n`],
    ['an unpadded root', `a\n1\n${ROOT.slice(0, -1)}\n`],
    ['too many extension lines', `a\n1\n${ROOT}\n${'b\n'.repeat(65)}`],
  ])('is refused with %s', (_, written) => {
    expect(() => parseCheckpoint(written)).toThrow(code('ERR_CHECKPOINT_FORMAT'));
  });

  it.each([
    { origin: '' },
    { origin: 'a\nb' },
    { treeSize: -1 },
    { treeSize: 0.5 },
    { treeSize: 2 ** 53 },
    { root: new Uint8Array(31) },
    { extensions: [''] },
    { extensions: ['a\tb'] },
  ])('is not written with %j', (change) => {
    const checkpoint = { ...parseCheckpoint(text), ...change };
    expect(() => formatCheckpoint(checkpoint)).toThrow(code('ERR_CHECKPOINT_FORMAT'));
  });
});

describe('a checkpoint', () => {
  it('is signed and cosigned byte for byte as in the vectors', async () => {
    const signed = await signNote(text, [logSigner]);
    const lines = parseNote(signed).signatures.map(({ line }) => line);
    const cosigned = [await cosign(text, one, times[0]), await cosign(text, two, times[1])];
    expect(formatNote(text, [...lines, ...cosigned])).toBe(note);
  });

  it('is verified with the cosignatures of known witnesses', async () => {
    const checkpoint = await verifyCheckpoint(note, keys);
    expect(checkpoint).toMatchObject({ ...parseCheckpoint(text), text, logKey: logSigner.key });
    expect(checkpoint.cosignatures).toMatchObject([
      { key: one.key, timestampS: times[0] },
      { key: two.key, timestampS: times[1] },
    ]);
    const alone = await verifyCheckpoint(note, { ...keys, witnesses: [] });
    expect(alone.cosignatures).toEqual([]);
  });

  it('is refused when witnesses signed it and its log did not', async () => {
    const cosigned = formatNote(text, [await cosign(text, one, 1)]);
    await expect(verifyCheckpoint(cosigned, keys)).rejects.toThrow(code('ERR_NOTE_SIGNATURE'));
    const swapped = { logs: [one.key], witnesses: [] };
    await expect(verifyCheckpoint(cosigned, swapped)).rejects.toThrow(code('ERR_NOTE_SIGNATURE'));
  });

  it('is refused when a cosigner of its own name stands among the logs', async () => {
    const { publicKey } = one.key;
    const key = createVerifierKey('log.example/test', SIGNATURE_TYPE.cosignature, publicKey);
    const cosigned = formatNote(text, [await cosign(text, { ...one, key }, 1)]);
    await expect(verifyCheckpoint(cosigned, { logs: [key], witnesses: [] })).rejects.toThrow(
      code('ERR_NOTE_SIGNATURE'),
    );
  });

  it('is refused when another log signed it', async () => {
    const other = await signNote(text.replace('log.example', 'other.example'), [logSigner]);
    await expect(verifyCheckpoint(other, keys)).rejects.toThrow(code('ERR_NOTE_SIGNATURE'));
  });

  it('is refused when a log signed it that stands among the witnesses', async () => {
    const confused = { logs: [], witnesses: [logSigner.key] };
    await expect(verifyCheckpoint(note, confused)).rejects.toThrow(code('ERR_NOTE_SIGNATURE'));
  });

  it('is refused when the signed text is no checkpoint', async () => {
    const signed = await signNote('log.example/test\nmany\n', [logSigner]);
    await expect(verifyCheckpoint(signed, keys)).rejects.toThrow(code('ERR_CHECKPOINT_FORMAT'));
  });

  it('is refused with one wrong cosignature by a known witness', async () => {
    const wrong = await cosign(`${text}extension\n`, three, times[0]);
    await expect(verifyCheckpoint(`${note}${wrong}\n`, keys)).rejects.toThrow(
      code('ERR_NOTE_SIGNATURE'),
    );
    const known = { ...keys, witnesses: [one.key, two.key] };
    expect((await verifyCheckpoint(`${note}${wrong}\n`, known)).cosignatures).toHaveLength(2);
  });
});

describe('cosignature/v1', () => {
  it('signs header, time and the whole text', () => {
    const extended = `${text}extension\n`;
    expect(cosignatureMessage(extended, 1679315147)).toEqual(
      utf8(`cosignature/v1\ntime 1679315147\n${extended}`),
    );
  });

  async function blob(timestampS: bigint): Promise<Uint8Array> {
    const message = utf8(`cosignature/v1\ntime ${timestampS}\n${text}`);
    const signature = await one.sign(message);
    const bytes = new Uint8Array(72);
    new DataView(bytes.buffer).setBigUint64(0, timestampS);
    bytes.set(signature, 8);
    return bytes;
  }

  const claim = { publicKey: one.key.publicKey, checkpointText: text };

  it.each([1n, 1767225600n, 2n ** 53n - 1n])('states the time %i', async (time) => {
    const signature = await blob(time);
    expect(await verifyCosignature({ ...claim, signature })).toBe(Number(time));
  });

  it.each([0n, 2n ** 53n, 2n ** 63n])('is not valid with the time %i', async (time) => {
    const signature = await blob(time);
    expect(await verifyCosignature({ ...claim, signature })).toBeUndefined();
  });

  it('is not valid for another text, time, key or length', async () => {
    const signature = await blob(5n);
    const laterTime = signature.with(7, 6);
    const tries = [
      { ...claim, signature, checkpointText: text.replace('300', '301') },
      { ...claim, signature: laterTime },
      { ...claim, signature, publicKey: two.key.publicKey },
      { ...claim, signature: signature.subarray(0, 71) },
      { ...claim, signature: new Uint8Array([...signature, 0]) },
      { ...claim, signature: signature.subarray(8) },
    ];
    for (const wrong of tries) expect(await verifyCosignature(wrong)).toBeUndefined();
  });

  it('is no signature of a log, nor the other way round', async () => {
    const { publicKey } = one.key;
    const asLog = createVerifierKey(one.key.name, SIGNATURE_TYPE.ed25519, publicKey);
    const plain = formatSignatureLine(one.key, await one.sign(utf8(text)));
    const timed = formatSignatureLine(asLog, await blob(5n));
    for (const line of [plain, timed]) {
      await expect(verifyNote(formatNote(text, [line]), [one.key, asLog])).rejects.toThrow(
        code('ERR_NOTE_SIGNATURE'),
      );
    }
  });

  it.each([0, -1, 1.5, 2 ** 53])('is not made for the time %d', async (timestampS) => {
    await expect(cosign(text, one, timestampS)).rejects.toThrow(TypeError);
  });

  it('is not made with the key of a log', async () => {
    await expect(cosign(text, logSigner, 1)).rejects.toThrow(TypeError);
  });
});

describe('the checkpoints of a published witness test', () => {
  const origin =
    'sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562';
  const publicKey = decodeHex('ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f');
  const key = createVerifierKey(origin, SIGNATURE_TYPE.ed25519, publicKey);

  it.each([
    [
      1,
      'KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
      'UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=',
    ],
    [
      3,
      'RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=',
      'UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=',
    ],
    [
      5,
      'QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=',
      'UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=',
    ],
  ])('of size %i is verified', async (size, root, signature) => {
    const signed = `${origin}\n${size}\n${root}\n\n\u2014 ${origin} ${signature}\n`;
    const checkpoint = await verifyCheckpoint(signed, { logs: [key], witnesses: [] });
    expect(checkpoint).toMatchObject({ origin, treeSize: size, root: base64(root) });
  });
});
