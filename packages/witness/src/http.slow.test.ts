import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { CratonError } from '@craton/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TestLog } from '../test/test-log.ts';
import { witnessFolder } from '../test/witness-folder.ts';
import { BODY_BYTES_MAX, createWitnessServer } from './http.ts';
import { RateLimit } from './rate-limit.ts';
import type { Witness } from './witness.ts';

const log = new TestLog('log.example/test');
const hash = createHash('sha256').update(log.origin).digest('hex');

interface Given {
  readonly perSecond?: number;
  readonly isBehindProxy?: boolean;
  /** Stands in for the real witness. */
  readonly witness?: Pick<Witness, 'addCheckpoint' | 'newestCheckpoint'>;
}

/** A listening witness: its address, and the errors that it told its operator. */
async function listening({ perSecond = 1000, isBehindProxy = false, witness }: Given = {}) {
  const open = await witnessFolder([log.signer.key]).open();
  const errors: unknown[] = [];
  const server = createWitnessServer({
    witness: (witness ?? open.witness) as Witness,
    rateLimit: new RateLimit(perSecond, () => 0),
    isBehindProxy,
    onError: (error) => errors.push(error),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    open.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const post = (body: BodyInit, headers: Record<string, string> = {}) =>
    fetch(`${url}/add-checkpoint`, { method: 'POST', body, headers });
  return { url, port, post, errors };
}

describe('the routes', () => {
  it('cosign and show the newest checkpoint', async () => {
    const { url, post } = await listening();
    const answer = await post(await log.body(0, 3));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const line = await answer.text();
    const newest = await fetch(`${url}/${hash}/checkpoint`);
    expect(newest.status).toBe(200);
    expect(newest.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await newest.text()).toBe(`${await log.checkpoint(3)}${line}`);
  });

  it('answer 409 in the type of tree sizes', async () => {
    const { post } = await listening();
    await post(await log.body(0, 3));
    const answer = await post(await log.body(0, 3));
    expect(answer.status).toBe(409);
    expect(answer.headers.get('content-type')).toBe('text/x.tlog.size');
    expect(await answer.text()).toBe('3\n');
  });

  it.each([
    ['GET', '/add-checkpoint', 405, 'POST'],
    ['PUT', `/${hash}/checkpoint`, 405, 'GET, HEAD'],
    ['GET', `/${hash}/checkpoint`, 404, null],
    ['HEAD', `/${hash}/checkpoint?x`, 404, null],
    ['GET', `/${hash.toUpperCase()}/checkpoint`, 404, null],
    ['GET', '/', 404, null],
    ['POST', '/add-checkpoint/', 404, null],
  ])('%s %s: %d', async (method, path, status, allow) => {
    const { url } = await listening();
    const answer = await fetch(`${url}${path}`, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([status, allow]);
  });
});

describe('bodies', () => {
  it('are refused when they are too long, whether or not they say so', async () => {
    const { post, port } = await listening();
    expect((await post('x'.repeat(BODY_BYTES_MAX + 1))).status).toBe(413);
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const answer = await exchange(
      port,
      `POST /add-checkpoint HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}`,
    );
    expect(answer).toContain('HTTP/1.1 413 ');
    expect(answer).toContain('Connection: close');
  });

  it('may be as long as the limit', async () => {
    const { post } = await listening();
    expect((await post('x'.repeat(BODY_BYTES_MAX))).status).toBe(400);
  });

  it('are refused when they are not UTF-8', async () => {
    const { post } = await listening();
    const body = Buffer.concat([Buffer.from(await log.body(0, 3)), Buffer.of(0xff)]);
    expect((await post(body)).status).toBe(400);
  });

  it('that never end because the client left are no failure', async () => {
    const { port, post, errors } = await listening();
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /add-checkpoint HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nold');
    await once(socket, 'connect');
    socket.destroy();
    expect((await post(await log.body(0, 3))).status).toBe(200);
    expect(errors).toEqual([]);
  });
});

/** Sends bytes and answers what comes back first. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(text);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString();
}

describe('too many requests', () => {
  it('from one address are refused', async () => {
    const { url } = await listening({ perSecond: 1 });
    const statuses: number[] = [];
    for (let count = 0; count < 7; count++) {
      const answer = await fetch(`${url}/${hash}/checkpoint`);
      statuses.push(answer.status);
      if (answer.status === 429) expect(answer.headers.get('retry-after')).toBe('1');
    }
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429, 429]);
  });

  it('are counted by what a proxy says last, only where there is one', async () => {
    const send = async (isBehindProxy: boolean): Promise<number> => {
      const { url } = await listening({ perSecond: 1, isBehindProxy });
      let refused = 0;
      for (let count = 0; count < 8; count++) {
        // What the client itself writes stands before what the proxy adds.
        const headers = { 'X-Forwarded-For': `203.0.113.9, 192.0.2.${count}` };
        const answer = await fetch(`${url}/${hash}/checkpoint`, { headers });
        if (answer.status === 429) refused += 1;
      }
      return refused;
    };
    expect([await send(true), await send(false)]).toEqual([0, 3]);
  });
});

describe('a witness that cannot rely on itself', () => {
  it.each([
    ['its clock', new CratonError('ERR_CLOCK_UNTRUSTED', 'The clock is wrong.'), 503],
    ['its disk', new CratonError('ERR_STORE_UNAVAILABLE', 'The state cannot be written.'), 503],
    ['its code', new TypeError('out of order: secret'), 500],
  ])('%s: answers, cosigns nothing, tells its operator', async (_, error, status) => {
    const { post, errors } = await listening({
      witness: {
        addCheckpoint: () => Promise.reject(error),
        newestCheckpoint: () => ({ status: 404, body: '\n' }),
      },
    });
    const answer = await post('old 0\n\n');
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toContain('secret');
    expect(errors).toEqual([error]);
  });
});
