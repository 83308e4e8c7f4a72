import { describe, expect, it } from 'vitest';
import { base64, vectors, witnessSigners } from '../../test/tlog/vectors.ts';
import {
  cosign,
  formatAddCheckpointRequest,
  parseAddCheckpointRequest,
  parseCheckpoint,
  parseNote,
  parseTreeSizeResponse,
  verifyConsistency,
  verifyCosignatureResponse,
} from './index.ts';

const { add_checkpoint: body, cosignature_response: response } = vectors;
const { text } = vectors.checkpoint;
const [one, two, three] = witnessSigners;
const HASH = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
const rootOf = (wanted: number): Uint8Array =>
  base64(vectors.roots.find(({ size }) => size === wanted)?.root ?? '');
const code = (name: string): unknown => expect.objectContaining({ code: name });

describe('the body of add-checkpoint', () => {
  it('is read and written', () => {
    const request = parseAddCheckpointRequest(body);
    expect(request.oldSize).toBe(100);
    expect(request.proof).toHaveLength(8);
    expect(parseCheckpoint(parseNote(request.checkpoint).text).treeSize).toBe(300);
    expect(formatAddCheckpointRequest(request)).toBe(body);
  });

  it('has no proof from size 0', () => {
    const request = { oldSize: 0, proof: [], checkpoint: vectors.checkpoint.note };
    const written = formatAddCheckpointRequest(request);
    expect(written.startsWith('old 0\n\nlog.example/test\n')).toBe(true);
    expect(parseAddCheckpointRequest(written)).toEqual(request);
  });

  it('has up to 63 hashes', () => {
    const written = `old 1\n${`${HASH}\n`.repeat(63)}\ncheckpoint`;
    expect(parseAddCheckpointRequest(written).proof).toHaveLength(63);
  });

  it.each([
    ['nothing', ''],
    ['no empty line', 'old 0\n'],
    ['no old size', `${HASH}\n\ncheckpoint`],
    ['an old size without number', 'old \n\ncheckpoint'],
    ['a leading zero', 'old 00\n\ncheckpoint'],
    ['a size beyond 2^53-1', 'old 9007199254740992\n\ncheckpoint'],
    ['a carriage return', 'old 0\r\n\ncheckpoint'],
    ['a short hash', 'old 1\nAAAA\n\ncheckpoint'],
    ['unpadded base64', `old 1\n${HASH.slice(0, -1)}\n\ncheckpoint`],
    ['64 hashes', `old 1\n${`${HASH}\n`.repeat(64)}\ncheckpoint`],
  ])('is refused with %s', (_, written) => {
    expect(() => parseAddCheckpointRequest(written)).toThrow(code('ERR_FORMAT'));
  });
});

describe('the proofs of a published witness test', () => {
  const leaf = (last: number): Uint8Array => Uint8Array.of(0x2a, last, ...new Uint8Array(30));
  const root3 = base64('RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=');
  const root5 = base64('QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=');
  const between = base64('+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI=');
  const from1 = { size1: 1n, root1: leaf(0) };

  it('extend size 1 to 3 and to 5, and not the other way round', () => {
    const to3 = { ...from1, size2: 3n, root2: root3, proof: [leaf(1), leaf(2)] };
    const to5 = { ...from1, size2: 5n, root2: root5, proof: [leaf(1), between, leaf(4)] };
    expect([verifyConsistency(to3), verifyConsistency(to5)]).toEqual([true, true]);
    expect(verifyConsistency({ ...to3, proof: to5.proof })).toBe(false);
    expect(verifyConsistency({ ...to5, root1: leaf(1) })).toBe(false);
  });

  it('are carried by our own body', () => {
    const { oldSize, proof, checkpoint } = parseAddCheckpointRequest(body);
    const { treeSize, root: root2 } = parseCheckpoint(parseNote(checkpoint).text);
    expect(root2).toEqual(rootOf(300));
    const claim = { size1: BigInt(oldSize), size2: BigInt(treeSize), root2, proof };
    expect(verifyConsistency({ ...claim, root1: rootOf(100) })).toBe(true);
    expect(verifyConsistency({ ...claim, root1: rootOf(255) })).toBe(false);
  });
});

describe('the answer 409', () => {
  it.each([
    ['0\n', 0],
    ['9007199254740991\n', Number.MAX_SAFE_INTEGER],
  ])('%j', (written, size) => {
    expect(parseTreeSizeResponse(written)).toBe(size);
  });

  it.each(['', '\n', '5', '05\n', '5\n\n', ' 5\n', '9007199254740992\n'])(
    'refuses %j',
    (written) => {
      expect(() => parseTreeSizeResponse(written)).toThrow(code('ERR_FORMAT'));
    },
  );
});

describe('the answer 200', () => {
  it('gives the lines of known witnesses alone', async () => {
    const found = await verifyCosignatureResponse(response, text, [one.key, two.key]);
    expect(found).toMatchObject([{ key: one.key, timestampS: 1767225600 }]);
    expect(response).toContain(`${found[0]?.line ?? 'absent'}\n`);
  });

  it('is refused without any', async () => {
    await expect(verifyCosignatureResponse(response, text, [two.key])).rejects.toThrow(
      code('ERR_NOTE_SIGNATURE'),
    );
  });

  it('is refused with a cosignature of another checkpoint', async () => {
    const other = `${await cosign(text.replace('300', '299'), one, 5)}\n`;
    await expect(verifyCosignatureResponse(other, text, [one.key])).rejects.toThrow(
      code('ERR_NOTE_SIGNATURE'),
    );
  });

  it('is refused with a wrong line in the name of a known witness', async () => {
    const wrong = await cosign(text.replace('300', '299'), three, 5);
    const both = `${await cosign(text, one, 5)}\n${wrong}\n`;
    await expect(verifyCosignatureResponse(both, text, [one.key, three.key])).rejects.toThrow(
      code('ERR_NOTE_SIGNATURE'),
    );
    expect(await verifyCosignatureResponse(both, text, [one.key])).toHaveLength(1);
  });

  it('cannot lengthen the text that was cosigned', async () => {
    const longer = `${text}\nmore\n`;
    const hostile = `more\n\n${await cosign(longer, one, 5)}\n`;
    expect(parseNote(`${text}\n${hostile}`).text).toBe(longer);
    await expect(verifyCosignatureResponse(hostile, text, [one.key])).rejects.toThrow(
      code('ERR_NOTE_FORMAT'),
    );
  });

  it.each(['', '\n', 'accepted\n', '\u2014 a AAAAAAA='])('is refused as %j', async (written) => {
    await expect(verifyCosignatureResponse(written, text, [one.key])).rejects.toThrow(
      code('ERR_NOTE_FORMAT'),
    );
  });
});
