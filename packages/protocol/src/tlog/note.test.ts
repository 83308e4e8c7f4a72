import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '../base64.ts';
import { decodeHex, decodeUtf8, utf8 } from '../bytes.ts';
import {
  base64,
  logSigner,
  logVkey,
  signerOf,
  vectors,
  witnessSigners,
  witnessVkeys,
} from '../../test/tlog/vectors.ts';
import {
  createVerifierKey,
  formatNote,
  formatSignatureLine,
  formatVerifierKey,
  parseNote,
  parseSignatureLine,
  parseVerifierKey,
  SIGNATURE_TYPE,
  signNote,
  verifyNote,
  type VerifierKey,
} from './index.ts';

const EXAMPLE_KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const EXAMPLE_NOTE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;

const TEXT = 'first\n\nsecond\n';
const key = logSigner.key;
const code = (name: string): unknown => expect.objectContaining({ code: name });

/** A line that nobody known signed. */
const strangerLine = (number: number): string =>
  formatSignatureLine({ ...key, name: `stranger-${number}` }, new Uint8Array(64).fill(number));

async function signedLines(text: string): Promise<string[]> {
  return parseNote(await signNote(text, [logSigner])).signatures.map(({ line }) => line);
}

describe('verifier keys', () => {
  it.each([
    EXAMPLE_KEY,
    'Wit1+55ee4561+AVhZSmQj9+SoL+p/nN0Hh76xXmF7QcHfytUrI1XfSClk',
    'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2',
    'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx',
    logVkey,
    ...witnessVkeys,
  ])('reads and writes %s', (vkey) => {
    expect(formatVerifierKey(parseVerifierKey(vkey))).toBe(vkey);
  });

  it('gives the same key another id as a cosigner', () => {
    const { publicKey } = parseVerifierKey(
      'Wit1+55ee4561+AVhZSmQj9+SoL+p/nN0Hh76xXmF7QcHfytUrI1XfSClk',
    );
    const cosigner = createVerifierKey('Wit1', SIGNATURE_TYPE.cosignature, publicKey);
    expect(cosigner.keyId).toBe('9b3fb2d5');
  });

  it('reads ML-DSA-44 keys', () => {
    const mlDsa = createVerifierKey(
      'w.example',
      SIGNATURE_TYPE.cosignatureMlDsa44,
      new Uint8Array(1312).fill(1),
    );
    expect(parseVerifierKey(formatVerifierKey(mlDsa))).toEqual(mlDsa);
  });

  it.each([
    ['another id', EXAMPLE_KEY.replace('530d903a', '530d903b')],
    ['an upper-case id', EXAMPLE_KEY.replace('530d903a', '530D903A')],
    ['another name', EXAMPLE_KEY.replace('foo', 'bar')],
    ['no name', EXAMPLE_KEY.replace('example.com/foo', '')],
    ['a space in the name', EXAMPLE_KEY.replace('/', ' ')],
    ['a no-break space in the name', EXAMPLE_KEY.replace('/', '\u00a0')],
    ['a lone surrogate in the name', EXAMPLE_KEY.replace('/', '\ud800')],
    ['no base64', EXAMPLE_KEY.slice(0, -45)],
    ['a cut key', EXAMPLE_KEY.slice(0, -4)],
    ['unpadded base64', 'a+00000000+AQ'],
    ['a type that is not read here', `a+00000000+${encodeBase64(new Uint8Array(33).fill(2))}`],
    ['one part', 'example.com'],
    ['nothing', ''],
  ])('refuses %s', (_, vkey) => {
    expect(() => parseVerifierKey(vkey)).toThrow(code('ERR_KEY_FORMAT'));
  });

  it('refuses a name of more than 255 characters', () => {
    expect(() => createVerifierKey('a'.repeat(256), 1, key.publicKey)).toThrow(
      code('ERR_KEY_FORMAT'),
    );
  });

  it.each([
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    `ec${'ff'.repeat(30)}7f`,
    'ff'.repeat(32),
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  ])('refuses the point %s', (point) => {
    const bytes = decodeHex(point);
    expect(() => createVerifierKey('a', SIGNATURE_TYPE.ed25519, bytes)).toThrow(
      code('ERR_KEY_REFUSED'),
    );
    expect(() => createVerifierKey('a', SIGNATURE_TYPE.cosignature, bytes)).toThrow(
      code('ERR_KEY_REFUSED'),
    );
  });
});

describe('reading notes', () => {
  it('splits the published example', () => {
    const note = parseNote(EXAMPLE_NOTE);
    expect(note.text).toBe('This is an example message.\n');
    expect(note.signatures).toMatchObject([{ name: 'example.com/foo', keyId: '530d903a' }]);
    expect(formatNote(note.text, [note.signatures[0]!.line])).toBe(EXAMPLE_NOTE);
  });

  it('splits at the last empty line', () => {
    const note = formatNote(TEXT, [strangerLine(1), strangerLine(2)]);
    expect(parseNote(note)).toMatchObject({ text: TEXT, signatures: [{}, {}] });
    expect(parseNote(`a\n\n\n${strangerLine(1)}\n`).text).toBe('a\n\n');
  });

  it.each([
    ['nothing', ''],
    ['no signature line', 'text\n\n'],
    ['no empty line', `text\n${strangerLine(1)}\n`],
    ['no final newline', `text\n\n${strangerLine(1)}`],
    ['an empty line at the end', `text\n\n${strangerLine(1)}\n\n`],
    ['text after the signatures', `text\n\n${strangerLine(1)}\nmore\n`],
    ['a carriage return', `text\r\n\n${strangerLine(1)}\n`],
    ['a tab', `te\txt\n\n${strangerLine(1)}\n`],
    ['a null character', `te\0xt\n\n${strangerLine(1)}\n`],
    ['a lone surrogate', `te\ud800xt\n\n${strangerLine(1)}\n`],
    ['a hyphen for the dash', 'text\n\n- a AAAAAAA=\n'],
    ['an en dash', 'text\n\n\u2013 a AAAAAAA=\n'],
    ['a line without signature', 'text\n\n\u2014 a\n'],
    ['a line without name', 'text\n\n\u2014  AAAAAAA=\n'],
    ['a name with a plus', 'text\n\n\u2014 a+b AAAAAAA=\n'],
    ['a name with a Unicode space', 'text\n\n\u2014 a\u2003b AAAAAAA=\n'],
    ['a key id and nothing more', 'text\n\n\u2014 a AAAAAA==\n'],
    ['unpadded base64', 'text\n\n\u2014 a AAAAAAA\n'],
    ['non-zero tail bits', 'text\n\n\u2014 a AAAAAAB=\n'],
    ['the URL alphabet', 'text\n\n\u2014 a AAAAAA_=\n'],
    ['a further word', 'text\n\n\u2014 a AAAAAAA= b\n'],
  ])('refuses %s', (_, note) => {
    expect(() => parseNote(note)).toThrow(code('ERR_NOTE_FORMAT'));
  });

  it('takes 100 signature lines and no more', async () => {
    const lines = Array.from({ length: 99 }, (_, number) => strangerLine(number));
    const own = await signedLines(TEXT);
    const verified = await verifyNote(formatNote(TEXT, [...lines, ...own]), [key]);
    expect(verified.signatures).toHaveLength(1);
    const note = formatNote(TEXT, [...lines, ...own, ...own]);
    await expect(verifyNote(note, [key])).rejects.toThrow(code('ERR_NOTE_FORMAT'));
  });

  it('takes a million characters and no more', () => {
    const end = formatNote('', [strangerLine(1)]);
    const text = 'a'.repeat(999_999 - end.length);
    expect(parseNote(`${text}\n${end}`).text).toBe(`${text}\n`);
    expect(() => parseNote(`a${text}\n${end}`)).toThrow(code('ERR_NOTE_FORMAT'));
  });

  it('writes a line as it reads it', () => {
    const line = strangerLine(3);
    const { keyId, name, signature } = parseSignatureLine(line);
    expect(formatSignatureLine({ ...key, keyId, name }, signature)).toBe(line);
  });
});

describe('verifying notes', () => {
  it('accepts the published example', async () => {
    const verified = await verifyNote(EXAMPLE_NOTE, [key, parseVerifierKey(EXAMPLE_KEY)]);
    expect(verified.signatures).toMatchObject([{ key: { name: 'example.com/foo' } }]);
    expect(verified.signatures[0]).not.toHaveProperty('timestampS');
  });

  it('ignores lines by unknown keys, whatever they hold', async () => {
    const [own = ''] = await signedLines(TEXT);
    const sameName = formatSignatureLine({ ...key, keyId: '00000000' }, new Uint8Array(64));
    const sameId = formatSignatureLine({ ...key, name: 'other' }, new Uint8Array(3));
    const note = formatNote(TEXT, [sameName, sameId, own, strangerLine(1)]);
    expect((await verifyNote(note, [key])).signatures).toEqual([{ key, line: own }]);
  });

  it('ignores ML-DSA lines, which it cannot verify', async () => {
    const mlDsa = createVerifierKey('w', SIGNATURE_TYPE.cosignatureMlDsa44, new Uint8Array(1312));
    const line = formatSignatureLine(mlDsa, new Uint8Array(2428));
    const own = await signedLines(TEXT);
    const verified = await verifyNote(formatNote(TEXT, [line, ...own]), [mlDsa, key]);
    expect(verified.signatures).toHaveLength(1);
    await expect(verifyNote(formatNote(TEXT, [line]), [mlDsa])).rejects.toThrow(
      code('ERR_NOTE_SIGNATURE'),
    );
  });

  it('refuses a note that no known key signed', async () => {
    const note = await signNote(TEXT, [logSigner]);
    await expect(verifyNote(note, [])).rejects.toThrow(code('ERR_NOTE_SIGNATURE'));
    await expect(verifyNote(note, [parseVerifierKey(EXAMPLE_KEY)])).rejects.toThrow(
      code('ERR_NOTE_SIGNATURE'),
    );
  });

  it('refuses a note with one wrong line by a known key among right ones', async () => {
    const [own = ''] = await signedLines(TEXT);
    const [other = ''] = await signedLines('other\n');
    for (const lines of [
      [own, other],
      [other, own],
    ]) {
      await expect(verifyNote(formatNote(TEXT, lines), [key])).rejects.toThrow(
        code('ERR_NOTE_SIGNATURE'),
      );
    }
    expect((await verifyNote(formatNote(TEXT, [own, own]), [key])).signatures).toHaveLength(2);
  });

  it('refuses to choose between two known keys with one name and id', async () => {
    const note = await signNote(TEXT, [logSigner]);
    const twin: VerifierKey = {
      ...parseVerifierKey(EXAMPLE_KEY),
      name: key.name,
      keyId: key.keyId,
    };
    await expect(verifyNote(note, [key, twin])).rejects.toThrow(code('ERR_KEY_REFUSED'));
  });

  it('asks the given primitive after its own checks', async () => {
    const note = await signNote(TEXT, [logSigner]);
    const accept = (): Promise<boolean> => Promise.resolve(true);
    const refuse = (): Promise<boolean> => Promise.resolve(false);
    await expect(verifyNote(note, [key], refuse)).rejects.toThrow(code('ERR_NOTE_SIGNATURE'));
    expect((await verifyNote(note, [key], accept)).text).toBe(TEXT);
    const smallOrder = formatNote(TEXT, [formatSignatureLine(key, new Uint8Array(64))]);
    await expect(verifyNote(smallOrder, [key], accept)).rejects.toThrow(code('ERR_NOTE_SIGNATURE'));
  });

  it('loses a signature or the note by every changed bit', async () => {
    const { note } = vectors.checkpoint;
    const keys = [logSigner, ...witnessSigners].map((signer) => signer.key);
    expect((await verifyNote(note, keys)).signatures).toHaveLength(3);
    const accepted: number[] = [];
    const bytes = utf8(note);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
      const signatures = await Promise.resolve(changed)
        .then((wrong) => verifyNote(decodeUtf8(wrong), keys))
        .then(
          (verified) => verified.signatures.length,
          () => 0,
        );
      if (signatures > 2) accepted.push(bit);
    }
    expect(accepted).toEqual([]);
  });
});

describe('signing notes', () => {
  it('signs with several keys in order', async () => {
    const seed = base64('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=');
    const publicKey = decodeHex('03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8');
    const second = signerOf(createVerifierKey('second', SIGNATURE_TYPE.ed25519, publicKey), seed);
    const note = await signNote(TEXT, [second, logSigner]);
    const verified = await verifyNote(note, [key, second.key]);
    expect(verified.signatures.map((signature) => signature.key.name)).toEqual([
      'second',
      key.name,
    ]);
  });

  it.each(['no newline', 'a\rb\n', '\ud800\n'])('refuses the text %j', async (text) => {
    await expect(signNote(text, [logSigner])).rejects.toThrow(code('ERR_NOTE_FORMAT'));
  });

  it('refuses to sign as a witness', async () => {
    await expect(signNote(TEXT, [witnessSigners[0]])).rejects.toThrow(TypeError);
  });
});
