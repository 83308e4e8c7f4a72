import { describe, expect, it } from 'vitest';
import {
  logSigner,
  logVkey,
  vectors,
  witnessSigners,
  witnessVkeys,
} from '../../test/tlog/vectors.ts';
import {
  createVerifierKey,
  evaluateQuorum,
  formatVerifierKey,
  parseTlogPolicy,
  parseTlogPolicyLines,
  SIGNATURE_TYPE,
  splitPolicyLines,
  TLOG_POLICY_KEYWORDS,
  verifyCheckpointUnder,
  type Cosignature,
} from './index.ts';

const [v1 = '', v2 = '', v3 = ''] = witnessVkeys;
const WITNESSES = `witness one ${v1}\nwitness two ${v2}\nwitness three ${v3}\n`;
const mlDsaVkey = formatVerifierKey(
  createVerifierKey('ml-dsa.example', SIGNATURE_TYPE.cosignatureMlDsa44, new Uint8Array(1312)),
);

const refused = (line: number): unknown =>
  expect.objectContaining({ code: 'ERR_TRUST_POLICY', field: `line ${line}` });

describe('a tlog-policy', () => {
  it('is read with comments, tabs, empty lines and addresses', () => {
    const policy = parseTlogPolicy(
      `# a comment\n\n \t# another\n\tlog  ${logVkey}\thttps://log.example/test\n` +
        `witness one ${v1} http://127.0.0.1:8090/w\nwitness \u00fcber ${v2}\n` +
        `witness pq ${mlDsaVkey}\n` +
        'group pair all one \u00fcber\ngroup top 2 pair pq\nquorum top',
    );
    expect(policy).toEqual({
      logs: [{ key: logSigner.key, url: 'https://log.example/test' }],
      witnesses: [
        { name: 'one', key: witnessSigners[0].key, url: 'http://127.0.0.1:8090/w' },
        { name: '\u00fcber', key: witnessSigners[1].key },
        { name: 'pq', key: expect.objectContaining({ type: 6 }) },
      ],
      groups: [
        { name: 'pair', threshold: 2, members: ['one', '\u00fcber'] },
        { name: 'top', threshold: 2, members: ['pair', 'pq'] },
      ],
      quorum: 'top',
    });
  });

  it('may know no log and no witness', () => {
    expect(parseTlogPolicy('quorum none\n')).toEqual({
      logs: [],
      witnesses: [],
      groups: [],
      quorum: 'none',
    });
  });

  it('can be part of a file with more keywords', () => {
    const text = `first line\nlog ${logVkey}\nroot r key\nquorum none\n`;
    const lines = splitPolicyLines(text);
    const own = lines.filter(({ words }) => TLOG_POLICY_KEYWORDS.has(words[0] ?? ''));
    expect(lines.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(parseTlogPolicyLines(own).logs).toHaveLength(1);
    expect(() => parseTlogPolicyLines(lines)).toThrow(refused(1));
  });

  it('needs a quorum line', () => {
    for (const text of ['', '# nothing\n', WITNESSES]) {
      expect(() => parseTlogPolicy(text)).toThrow(
        expect.objectContaining({ code: 'ERR_TRUST_POLICY' }),
      );
    }
  });

  const witnessTwice = `witness one ${v1}\nwitness two ${v1}\n`;
  const sameKeyAsLog = formatVerifierKey(
    createVerifierKey('w', SIGNATURE_TYPE.cosignature, logSigner.key.publicKey),
  );
  const sameKeyOtherName = formatVerifierKey(
    createVerifierKey('w', SIGNATURE_TYPE.cosignature, witnessSigners[0].key.publicKey),
  );

  it.each<[string, string, number]>([
    ['an unknown keyword', 'trust me\n', 1],
    ['a keyword in capitals', 'Quorum none\n', 1],
    ['a byte order mark', '\ufeffquorum none\n', 1],
    ['a comment after a quorum', 'quorum none # why\n', 1],
    ['a second quorum', 'quorum none\nquorum none\n', 2],
    ['a quorum without name', 'quorum\n', 1],
    ['a quorum that is not defined', 'quorum one\n', 1],
    ['a quorum defined below', `quorum one\n${WITNESSES}`, 1],
    ['a log without key', 'log\n', 1],
    ['a log with a witness key', `log ${v1}\n`, 1],
    ['a log with an ML-DSA key', `log ${mlDsaVkey}\n`, 1],
    ['a log with a cut key', `log ${logVkey.slice(0, -4)}\n`, 1],
    ['a log twice', `log ${logVkey}\nlog ${logVkey}\n`, 2],
    ['a log with two addresses', `log ${logVkey} https://a https://b\n`, 1],
    ['an address without scheme', `log ${logVkey} log.example\n`, 1],
    ['an address of a file', `log ${logVkey} file:///etc/passwd\n`, 1],
    ['an address that is none', `log ${logVkey} https://[\n`, 1],
    ['a witness without key', 'witness one\n', 1],
    ['a witness with a log key', `witness one ${logVkey}\n`, 1],
    ['a witness called none', `witness none ${v1}\n`, 1],
    ['a witness key under two names', witnessTwice, 2],
    ['a witness key in another vkey', `witness one ${v1}\nwitness w ${sameKeyOtherName}\n`, 2],
    ['a witness key that is a log key', `log ${logVkey}\nwitness w ${sameKeyAsLog}\n`, 2],
    ['two witnesses of one name', `witness one ${v1}\nwitness one ${v2}\n`, 2],
    ['a group without name', `${WITNESSES}group\n`, 4],
    ['a group without threshold', `${WITNESSES}group g\n`, 4],
    ['a group without members', `${WITNESSES}group g any\n`, 4],
    ['a group of all of no members', `${WITNESSES}group g all\n`, 4],
    ['a group with a witness name', `${WITNESSES}group one any two\n`, 4],
    ['a group called none', `${WITNESSES}group none any two\n`, 4],
    ['a threshold of 0', `${WITNESSES}group g 0 one\n`, 4],
    ['a threshold above the members', `${WITNESSES}group g 3 one two\n`, 4],
    ['a threshold with a leading zero', `${WITNESSES}group g 01 one\n`, 4],
    ['a negative threshold', `${WITNESSES}group g -1 one\n`, 4],
    ['a member twice', `${WITNESSES}group g 2 one one\n`, 4],
    ['a member in two groups', `${WITNESSES}group g any one\ngroup h any one two\n`, 5],
    ['a member that is not defined', `${WITNESSES}group g any four\n`, 4],
    ['a group in itself', `${WITNESSES}group g any g\n`, 4],
    ['none as a member', `${WITNESSES}group g any none\n`, 4],
    ['a carriage return', 'quorum none\r\n', 1],
    ['a form feed', 'quorum\fnone\n', 1],
    ['a delete character', '# \u007f\nquorum none\n', 1],
    ['a lone surrogate', '# \ud800\nquorum none\n', 1],
    ['a no-break space as separator', 'quorum\u00a0none\n', 1],
    ['a line that is too long', `# ${'a'.repeat(4095)}\nquorum none\n`, 1],
    ['too many lines', `${'\n'.repeat(1000)}quorum none\n`, 1000],
  ])('is refused with %s', (_, text, line) => {
    // With a quorum at the end, nothing but the fault named here is wrong.
    expect(() => parseTlogPolicy(`${text}quorum none\n`)).toThrow(refused(line));
  });

  it('never repeats what stood in the line', () => {
    for (const text of ['quorum s3cret\n', 'log s3cret\n', 's3cret\n', 'group s3cret 9 s3cret\n']) {
      expect(() => parseTlogPolicy(text)).toThrow(/^(?!.*s3cret)/s);
    }
  });

  it('supports 32 of everything', () => {
    const witnesses = Array.from({ length: 32 }, (_, index) => {
      const publicKey = new Uint8Array(32).fill(index + 2);
      const key = createVerifierKey(`w${index}`, SIGNATURE_TYPE.cosignature, publicKey);
      return `witness w${index} ${formatVerifierKey(key)}\ngroup g${index} any w${index}\n`;
    });
    expect(parseTlogPolicy(`${witnesses.join('')}quorum g31\n`).groups).toHaveLength(32);
  });
});

describe('a quorum', () => {
  const cosignature = (position: 0 | 1 | 2, timestampS = 100): Cosignature => ({
    key: witnessSigners[position].key,
    timestampS,
    line: '',
  });
  const [one, two, three] = [cosignature(0), cosignature(1), cosignature(2)];
  const nested = 'group pair all one two\ngroup top any pair three\nquorum top\n';

  it.each<[string, string, Cosignature[], { reached: boolean; cosigned: string[] }]>([
    ['none, nobody', 'quorum none\n', [], { reached: true, cosigned: [] }],
    ['none, somebody', 'quorum none\n', [one], { reached: true, cosigned: [] }],
    ['a witness, absent', 'quorum one\n', [two, three], { reached: false, cosigned: [] }],
    ['a witness, there', 'quorum one\n', [one, two], { reached: true, cosigned: ['one'] }],
    ['any, nobody', 'group g any one two\nquorum g\n', [], { reached: false, cosigned: [] }],
    [
      'any, somebody else',
      'group g any one two\nquorum g\n',
      [three],
      { reached: false, cosigned: [] },
    ],
    ['any, one', 'group g any one two\nquorum g\n', [two], { reached: true, cosigned: ['two'] }],
    [
      '2 of 3, one',
      'group g 2 one two three\nquorum g\n',
      [two],
      { reached: false, cosigned: ['two'] },
    ],
    [
      '2 of 3, one twice',
      'group g 2 one two three\nquorum g\n',
      [two, two],
      { reached: false, cosigned: ['two'] },
    ],
    [
      '2 of 3, two',
      'group g 2 one two three\nquorum g\n',
      [three, one],
      { reached: true, cosigned: ['one', 'three'] },
    ],
    [
      'all, two of three',
      'group g all one two three\nquorum g\n',
      [one, two],
      { reached: false, cosigned: ['one', 'two'] },
    ],
    [
      'all',
      'group g all one two\nquorum g\n',
      [one, two],
      { reached: true, cosigned: ['one', 'two'] },
    ],
    ['nested, half a pair', nested, [one], { reached: false, cosigned: ['one'] }],
    ['nested, the pair', nested, [one, two], { reached: true, cosigned: ['one', 'two'] }],
    ['nested, the single', nested, [three], { reached: true, cosigned: ['three'] }],
    [
      'nested, all',
      nested,
      [one, two, three],
      { reached: true, cosigned: ['one', 'two', 'three'] },
    ],
  ])('%s', (_, rest, cosignatures, expected) => {
    const policy = parseTlogPolicy(`${WITNESSES}${rest}`);
    expect(evaluateQuorum(policy, cosignatures)).toMatchObject(expected);
  });

  it('names who could count, in the order of the policy', () => {
    const policy = parseTlogPolicy(`${WITNESSES}group g any two one\nquorum g\n`);
    expect(evaluateQuorum(policy, [three]).eligible).toEqual(['two', 'one']);
    expect(evaluateQuorum(parseTlogPolicy(`${WITNESSES}quorum none\n`), [one]).eligible).toEqual(
      [],
    );
  });

  it('counts cosignatures up to a time, that time included', () => {
    const policy = parseTlogPolicy(`${WITNESSES}group g 2 one two\nquorum g\n`);
    const late = [cosignature(0, 100), cosignature(1, 101)];
    expect(evaluateQuorum(policy, late, { notAfterS: 101 }).reached).toBe(true);
    expect(evaluateQuorum(policy, late, { notAfterS: 100 })).toMatchObject({
      reached: false,
      cosigned: ['one'],
    });
    const again = [...late, cosignature(1, 99)];
    expect(evaluateQuorum(policy, again, { notAfterS: 100 }).reached).toBe(true);
  });

  it('does not count another key of the same name', () => {
    const policy = parseTlogPolicy(`${WITNESSES}quorum one\n`);
    const other = { ...one, key: { ...one.key, keyId: '00000000' } };
    expect(evaluateQuorum(policy, [other]).reached).toBe(false);
  });

  it('is not reached by a name that the policy does not define', () => {
    const policy = { logs: [], witnesses: [], groups: [], quorum: 'missing' };
    expect(evaluateQuorum(policy, []).reached).toBe(false);
  });

  it('is evaluated over a verified checkpoint', async () => {
    const group = 'group g 2 one two three\nquorum g\n';
    const policy = parseTlogPolicy(`log ${logVkey}\n${WITNESSES}${group}`);
    const checkpoint = await verifyCheckpointUnder(policy, vectors.checkpoint.note);
    expect(evaluateQuorum(policy, checkpoint.cosignatures)).toEqual({
      reached: true,
      cosigned: ['one', 'two'],
      eligible: ['one', 'two', 'three'],
    });
  });
});
