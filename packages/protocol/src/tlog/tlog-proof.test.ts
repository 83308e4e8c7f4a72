import { describe, expect, it } from 'vitest';
import { decodeUtf8, utf8 } from '../bytes.ts';
import { base64, fastSha256, logVkey, vectors, witnessVkeys } from '../../test/tlog/vectors.ts';
import {
  formatTlogProof,
  leafHash,
  parseTlogPolicy,
  parseTlogProof,
  verifyTlogProof,
  type TlogProof,
} from './index.ts';

const [v1 = '', v2 = ''] = witnessVkeys;
const policy = parseTlogPolicy(
  `log ${logVkey}\nwitness one ${v1}\nwitness two ${v2}\ngroup both all one two\nquorum both\n`,
);
const { text, index, entry } = vectors.tlog_proof;
const extended = vectors.tlog_proof_with_extra;
const leaf = leafHash(utf8(entry));
const HASH = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
const code = (name: string): unknown => expect.objectContaining({ code: name });

describe('a tlog-proof', () => {
  it.each([text, extended.text])('is read and written', (written) => {
    expect(formatTlogProof(parseTlogProof(written))).toBe(written);
  });

  it('has its checkpoint verbatim, and extra data that nobody vouches for', () => {
    const proof = parseTlogProof(extended.text);
    expect(proof).toMatchObject({ index: 299, extra: base64(extended.extra) });
    expect(proof.checkpoint).toBe(vectors.checkpoint.note);
    expect(parseTlogProof(text)).not.toHaveProperty('extra');
  });

  it('shows an entry under log and quorum', async () => {
    const verified = await verifyTlogProof(text, leaf, { policy });
    expect(verified).toMatchObject({
      index,
      checkpoint: { origin: 'log.example/test', treeSize: 300 },
      quorum: { reached: true, cosigned: ['one', 'two'] },
    });
    const last = leafHash(utf8(extended.entry));
    const options = { policy, hash: fastSha256 };
    expect((await verifyTlogProof(extended.text, last, options)).index).toBe(299);
  });

  it.each([
    ['nothing', ''],
    ['no empty line', `c2sp.org/tlog-proof@v1\nindex 0\n`],
    ['another version', text.replace('@v1', '@v2')],
    ['no index', text.replace(/index .*\n/, '')],
    ['an index beyond 2^53-1', text.replace(`index ${index}`, 'index 9007199254740992')],
    ['a leading zero', text.replace(`index ${index}`, `index 0${index}`)],
    ['a negative index', text.replace(`index ${index}`, 'index -1')],
    ['two spaces', text.replace('index ', 'index  ')],
    ['extra data after the index', text.replace(/(index .*\n)/, '$1extra AAAA\n')],
    ['extra data twice', extended.text.replace(/(extra .*\n)/, '$1$1')],
    ['extra data in the URL alphabet', extended.text.replace(/extra .*/, 'extra __==')],
    ['a short hash', text.replace(/(index .*\n)/, '$1AAAA\n')],
    ['64 hashes', text.replace(/(index .*\n)/, `$1${`${HASH}\n`.repeat(64)}`)],
  ])('is refused with %s', async (_, written) => {
    expect(() => parseTlogProof(written)).toThrow(code('ERR_PROOF_FORMAT'));
    await expect(verifyTlogProof(written, leaf, { policy })).rejects.toThrow(
      code('ERR_PROOF_FORMAT'),
    );
  });

  it.each<[string, Partial<TlogProof>]>([
    ['another index', { index: index + 1 }],
    ['an index at the size', { index: 300 }],
    ['a hash less', { hashes: parseTlogProof(text).hashes.slice(1) }],
    ['a hash more', { hashes: [...parseTlogProof(text).hashes, base64(HASH)] }],
    ['no hash', { hashes: [] }],
  ])('does not hold with %s', async (_, change) => {
    const changed = formatTlogProof({ ...parseTlogProof(text), ...change });
    await expect(verifyTlogProof(changed, leaf, { policy })).rejects.toThrow(
      code('ERR_PROOF_INVALID'),
    );
  });

  it('does not hold for another entry', async () => {
    await expect(verifyTlogProof(text, leafHash(utf8('entry 124')), { policy })).rejects.toThrow(
      code('ERR_PROOF_INVALID'),
    );
    await expect(verifyTlogProof(text, new Uint8Array(31), { policy })).rejects.toThrow(
      code('ERR_PROOF_INVALID'),
    );
  });

  it('does not hold under a policy without its log', async () => {
    const stranger = parseTlogPolicy(`witness one ${v1}\nquorum one\n`);
    await expect(verifyTlogProof(text, leaf, { policy: stranger })).rejects.toThrow(
      code('ERR_NOTE_SIGNATURE'),
    );
  });

  it('says that too few witnesses cosigned, and still shows the entry', async () => {
    const cut = text.replace(/\u2014 witness-two.*\n/, '');
    const { quorum } = await verifyTlogProof(cut, leaf, { policy });
    expect(quorum).toEqual({ reached: false, cosigned: ['one'], eligible: ['one', 'two'] });
  });

  it('is refused, or loses a witness, by every changed bit', async () => {
    const bytes = utf8(text);
    const accepted: number[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
      const isAccepted = await Promise.resolve(changed)
        .then((wrong) => verifyTlogProof(decodeUtf8(wrong), leaf, { policy, hash: fastSha256 }))
        .then(
          ({ quorum }) => quorum.reached,
          () => false,
        );
      if (isAccepted) accepted.push(bit);
    }
    expect(accepted).toEqual([]);
  });
});
