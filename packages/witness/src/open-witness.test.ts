import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeBase64, formatVerifierKey, sha256, utf8 } from '@craton/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { signerOf, TestLog } from '../test/test-log.ts';
import { witnessFolder, type WitnessFolder } from '../test/witness-folder.ts';
import { trustPolicyLine } from './open-witness.ts';

const log = new TestLog('log.example/test');
const code = (name: string): unknown => expect.objectContaining({ code: name });

/** A folder whose witness has cosigned up to size 3 and is closed. */
async function closedFolder(): Promise<WitnessFolder> {
  const folder = witnessFolder([log.signer.key]);
  const { witness, close } = await folder.open();
  await witness.addCheckpoint(await log.body(0, 3));
  close();
  return folder;
}

async function openAndClose(folder: WitnessFolder): Promise<void> {
  (await folder.open()).close();
}

describe('the first start', () => {
  it('makes a private key and a state, and only if asked to', async () => {
    const folder = witnessFolder([log.signer.key]);
    await expect(folder.open({ mayCreate: false })).rejects.toThrow('--init');
    await openAndClose(folder);
    expect(readFileSync(folder.keyFile, 'utf8')).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
    (await folder.open({ mayCreate: false })).close();
  });

  it('prints a line for trust policies that says the key', async () => {
    const { key, close } = await witnessFolder([log.signer.key]).open();
    close();
    expect(trustPolicyLine(key)).toBe(`witness witness.example ${formatVerifierKey(key)}`);
    expect(formatVerifierKey(key)).toMatch(/^witness\.example\+[0-9a-f]{8}\+B/);
  });

  it('gives every witness a key of its own', async () => {
    const keys = [witnessFolder([log.signer.key]), witnessFolder([log.signer.key])].map(
      async (folder) => {
        const { key, close } = await folder.open();
        close();
        return key.keyId;
      },
    );
    const [first, second] = await Promise.all(keys);
    expect(first).not.toBe(second);
  });
});

describe('what was cosigned', () => {
  it('is known after a restart', async () => {
    const { witness, close } = await (await closedFolder()).open();
    onTestFinished(close);
    expect(await witness.addCheckpoint(await log.body(0, 5))).toMatchObject({ body: '3\n' });
    expect(await witness.addCheckpoint(await log.body(3, 5))).toMatchObject({ status: 200 });
  });

  it('is never forgotten by making the state anew', async () => {
    const folder = await closedFolder();
    rmSync(folder.stateFile);
    await expect(folder.open()).rejects.toThrow(code('ERR_CONFIG'));
    rmSync(folder.keyFile);
    // A new key is another witness: nobody relies on it yet.
    await openAndClose(folder);
  });

  it('is not taken over by another key', async () => {
    const folder = await closedFolder();
    rmSync(folder.keyFile);
    await expect(folder.open()).rejects.toThrow(code('ERR_CONFIG'));
    writeFileSync(folder.keyFile, encodeBase64(sha256(utf8('another'))), { mode: 0o600 });
    await expect(folder.open()).rejects.toThrow('another key');
    await expect(folder.open({ name: 'renamed.example' })).rejects.toThrow('another key');
  });
});

describe('a state file that is not as it was written', () => {
  it('is refused when its end is torn off', async () => {
    const folder = await closedFolder();
    const whole = readFileSync(folder.stateFile);
    // Only the last line break may be lost: nothing was torn off before it.
    for (let length = whole.length - 2; length >= 0; length -= 7) {
      writeFileSync(folder.stateFile, whole.subarray(0, length));
      await expect(folder.open(), `${length}`).rejects.toThrow(code('ERR_STORE_UNAVAILABLE'));
    }
    writeFileSync(folder.stateFile, whole);
    await openAndClose(folder);
  });

  it('is refused with any changed bit of a note', async () => {
    const folder = await closedFolder();
    const whole = readFileSync(folder.stateFile);
    const note = whole.indexOf('log.example');
    const end = whole.indexOf('"', note);
    const logLine = whole.indexOf('\u2014 log.example');
    const witnessLine = whole.indexOf('\u2014 witness.example');
    for (let at = note; at < end; at++) {
      // The log's own signature is not the witness's to remember: it was checked when it came.
      if (at >= logLine && at < witnessLine) continue;
      const changed = Buffer.from(whole);
      changed[at] = changed[at]! ^ (1 << (at % 8));
      writeFileSync(folder.stateFile, changed);
      await expect(folder.open(), `${at}`).rejects.toThrow(
        expect.objectContaining({
          code: expect.stringMatching(/^ERR_(?:STORE_UNAVAILABLE|CONFIG)$/),
        }),
      );
    }
  });

  it.each([
    ['empty', ''],
    ['zeros', '\0'.repeat(512)],
    ['of another kind', '{"object":"craton.witness.state.v2","witness":"a","checkpoints":[]}'],
  ])('is refused when it is %s', async (_, text) => {
    const folder = await closedFolder();
    writeFileSync(folder.stateFile, text);
    await expect(folder.open()).rejects.toThrow(code('ERR_STORE_UNAVAILABLE'));
  });

  it('is refused with two checkpoints of one origin', async () => {
    const folder = await closedFolder();
    const state = JSON.parse(readFileSync(folder.stateFile, 'utf8')) as { checkpoints: string[] };
    state.checkpoints.push(...state.checkpoints);
    writeFileSync(folder.stateFile, JSON.stringify(state));
    await expect(folder.open()).rejects.toThrow(code('ERR_STORE_UNAVAILABLE'));
  });
});

describe('locks', () => {
  it('keep a second witness from the same files', async () => {
    const folder = witnessFolder([log.signer.key]);
    const { close } = await folder.open();
    await expect(folder.open()).rejects.toThrow(code('ERR_STORE_LOCKED'));
    close();
    await openAndClose(folder);
  });

  it('keep a second witness from the same key, with a state of its own', async () => {
    const folder = witnessFolder([log.signer.key]);
    const { close } = await folder.open();
    onTestFinished(close);
    const stateFile = `${folder.stateFile}.other`;
    copyFileSync(folder.stateFile, stateFile);
    await expect(folder.open({ stateFile })).rejects.toThrow('key file');
  });

  it('keep a second witness from the same state, with a copy of the key', async () => {
    const folder = witnessFolder([log.signer.key]);
    const { close } = await folder.open();
    onTestFinished(close);
    const keyFile = `${folder.keyFile}.other`;
    copyFileSync(folder.keyFile, keyFile);
    await expect(folder.open({ keyFile })).rejects.toThrow('state file');
  });

  it('see through links', async () => {
    const folder = witnessFolder([log.signer.key]);
    const { close } = await folder.open();
    onTestFinished(close);
    const elsewhere = join(dirname(folder.keyFile), 'elsewhere');
    mkdirSync(elsewhere);
    const keyFile = join(elsewhere, 'key.txt');
    symlinkSync(folder.keyFile, keyFile);
    await expect(folder.open({ keyFile, stateFile: `${keyFile}.state` })).rejects.toThrow(
      code('ERR_STORE_LOCKED'),
    );
  });

  it('are given back when the start fails', async () => {
    const folder = await closedFolder();
    await expect(folder.open({ name: 'renamed.example' })).rejects.toThrow();
    await openAndClose(folder);
  });

  it('say so where their folder does not exist', async () => {
    const folder = witnessFolder([log.signer.key]);
    const keyFile = join(dirname(folder.keyFile), 'absent', 'key.txt');
    await expect(folder.open({ keyFile })).rejects.toThrow('its folder must exist');
  });
});

describe('the key file', () => {
  it('is refused if others may read it', async () => {
    const folder = await closedFolder();
    chmodSync(folder.keyFile, 0o640);
    await expect(folder.open()).rejects.toThrow('chmod 600');
  });

  it.each(['', 'AAAA', 'A'.repeat(44), `${'A'.repeat(43)}=x`])('%j is no key', async (text) => {
    const folder = await closedFolder();
    writeFileSync(folder.keyFile, text);
    await expect(folder.open()).rejects.toThrow(code('ERR_KEY_FORMAT'));
  });

  it('is not the key of a log', async () => {
    const folder = witnessFolder([signerOf('log.example/test', 'one seed').key]);
    writeFileSync(folder.keyFile, encodeBase64(sha256(utf8('one seed'))), { mode: 0o600 });
    await expect(folder.open()).rejects.toThrow('key of a log');
  });
});

describe('a disk that cannot be written', () => {
  it('means no cosignature, then or later', async () => {
    const folder = await closedFolder();
    const { witness, close } = await folder.open();
    onTestFinished(close);
    const before = readFileSync(folder.stateFile, 'utf8');
    // A folder in the place of the new file: opening it for writing fails, even for root.
    mkdirSync(`${folder.stateFile}.new`);
    const body = await log.body(3, 5);
    await expect(witness.addCheckpoint(body)).rejects.toThrow(code('ERR_STORE_UNAVAILABLE'));
    rmSync(`${folder.stateFile}.new`, { recursive: true });
    await expect(witness.addCheckpoint(body)).rejects.toThrow('restart');
    expect(readFileSync(folder.stateFile, 'utf8')).toBe(before);
    close();
    const again = await folder.open();
    onTestFinished(again.close);
    expect(await again.witness.addCheckpoint(body)).toMatchObject({ status: 200 });
  });
});
