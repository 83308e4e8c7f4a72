import {
  encodeBase64,
  formatVerifierKey,
  parseTrustPolicy,
  publicJwk,
  utf8,
} from '@craton/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  craton,
  fakeContext,
  type FakeContext,
  jsonOf,
  type Ran,
  writeJson,
  writeText,
} from '../../test/fake-context.ts';
import { logSigner, ORIGIN, serve, ServedLog, witnessLine } from '../../test/served-log.ts';
import { keyPairOf } from '../keys/key-pair.ts';

const lost = keyPairOf(new Uint8Array(32).fill(5));
const { kid } = publicJwk(lost.publicKey);
const LOG_LINE = `log ${formatVerifierKey(logSigner().key)}`;

let context: FakeContext;
let log: ServedLog;

beforeEach(async () => {
  context = fakeContext();
  log = new ServedLog();
  await log.growTo(7);
  writeText(context, 'checkpoint.txt', log.note);
  writeText(context, 'trust.txt', policy());
});

function policy(...lines: string[]): string {
  return ['craton-policy v1', LOG_LINE, witnessLine(), 'quorum none', ...lines, ''].join('\n');
}

const compromise = (key = kid, checkpoint = 'checkpoint.txt', ...flags: string[]): Promise<Ran> =>
  craton(
    context,
    ...['keys', 'compromise', '--key', key, '--checkpoint', checkpoint],
    ...['--trust', 'trust.txt', ...flags],
  );

const line = () => `compromised ${kid} before ${ORIGIN} 7 ${encodeBase64(log.root)}`;

describe('craton keys compromise', () => {
  it('prints a line that a trust policy takes, and nothing else', async () => {
    const { code, out, err } = await compromise();
    expect([code, out]).toEqual([0, `${line()}\n`]);
    expect(err).toContain(`count only with an index below 7 in ${ORIGIN}`);
    expect(err).toContain('No witness of the policy cosigned');
    const { compromised } = parseTrustPolicy(utf8(policy(out.trim())));
    const root = encodeBase64(log.root);
    expect(compromised).toEqual([{ kid, origin: ORIGIN, size: 7, root }]);
  });

  it('takes the key as a kid, a file, or base64', async () => {
    writeJson(context, 'key.public.json', publicJwk(lost.publicKey));
    for (const key of [kid, 'key.public.json', encodeBase64(lost.publicKey)]) {
      expect((await compromise(key)).out).toBe(`${line()}\n`);
    }
    expect((await compromise('none.json')).code).toBe(1);
  });

  it('takes the checkpoint from the log itself', async () => {
    const { url, asked } = await serve(log);
    expect((await compromise(kid, url)).out).toBe(`${line()}\n`);
    expect((await compromise(kid, `${url}/checkpoint`)).out).toBe(`${line()}\n`);
    expect(asked).toEqual(['checkpoint', 'checkpoint']);
  });

  it('names the witnesses that cosigned', async () => {
    await log.publish(log.root, { witnessed: true });
    writeText(context, 'checkpoint.txt', log.note);
    expect((await compromise()).err).toContain('cosigned by witness.example');
    expect(jsonOf(await compromise(kid, 'checkpoint.txt', '--json'))).toEqual({
      object: 'craton.compromised_key.v1',
      line: line(),
      kid,
      origin: ORIGIN,
      size: 7,
      root_b64: encodeBase64(log.root),
      witnesses: ['witness.example'],
    });
  });

  const refused = async (ran: Promise<Ran>, words: string): Promise<void> => {
    const { code, out, err } = await ran;
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(words);
  };

  it('prints nothing for a checkpoint that does not verify', async () => {
    writeText(context, 'checkpoint.txt', log.note.replace('\n7\n', '\n8\n'));
    await refused(compromise(), 'The checkpoint does not verify');
    const other = new ServedLog('other.example/production');
    await other.growTo(7);
    writeText(context, 'checkpoint.txt', other.note);
    await refused(compromise(), 'The checkpoint does not verify');
    writeText(context, 'checkpoint.txt', 'no note');
    await refused(compromise(), 'The checkpoint does not verify');
  });

  it('prints nothing if the log does not answer', async () => {
    const served = await serve(log);
    served.status = 500;
    await refused(compromise(kid, served.url), 'answers with status 500');
  });

  it('prints nothing without a log in the policy, or for a key that is named there', async () => {
    writeText(context, 'trust.txt', 'craton-policy v1\n');
    await refused(compromise(), 'names no log');
    writeText(context, 'trust.txt', policy(line()));
    await refused(compromise(), 'names this key already, below 7');
  });
});
