import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { composeApiKey } from '../api-key.ts';
import { Harness } from '../../test/harness.ts';
import { FORWARD_BODY_BYTES_MAX } from './forward.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A boundary in front of another server, which answers what it was asked. */
async function inFront(): Promise<{ harness: Harness; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(418, {
        'content-type': 'text/html',
        'content-security-policy': "script-src 'self'",
        'x-request-id': 'req_other',
        connection: 'x-hop',
        'x-hop': 'of one connection',
      });
      response.end('the other side');
    });
  });
  const selfServiceUrl = await listen(server);
  open.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const harness = await Harness.open({ ports: () => ({ selfServiceUrl }) });
  open.push(() => harness.close());
  return { harness, seen };
}

describe('what is below /self-service', () => {
  it('is passed on as it is, and the answer as it comes', async () => {
    const { harness, seen } = await inFront();
    const payload = 'description=a%20b';
    const answer = await harness.inject({
      method: 'POST',
      url: '/self-service/api/x%20y?a=1&a=2',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-api-key': 'k' },
      payload,
    });
    expect(seen).toMatchObject([
      { method: 'POST', url: '/self-service/api/x%20y?a=1&a=2', body: payload },
    ]);
    expect(seen[0]?.headers).toMatchObject({ 'x-api-key': 'k', 'content-length': '17' });
    expect([answer.statusCode, answer.body]).toEqual([418, 'the other side']);
    expect(answer.headers).toMatchObject({
      'content-security-policy': "script-src 'self'",
      'x-request-id': 'req_other',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers).not.toHaveProperty('x-hop');
  });

  it.each(['GET', 'HEAD', 'DELETE', 'PUT', 'OPTIONS'] as const)('takes %s', async (method) => {
    const { harness, seen } = await inFront();
    const answer = await harness.inject({ method, url: '/self-service' });
    expect(seen).toMatchObject([{ method, url: '/self-service', body: '' }]);
    expect([answer.statusCode, answer.body]).toEqual([
      418,
      method === 'HEAD' ? '' : 'the other side',
    ]);
  });

  it('carries no key of this side, no hop and nobody’s word about addresses', async () => {
    const { harness, seen } = await inFront();
    await harness.inject({
      method: 'GET',
      url: '/self-service/api/drafts',
      headers: {
        authorization: `Bearer ${composeApiKey('bnd', 'development', new Uint8Array(32))}`,
        connection: 'x-private',
        'x-private': 'hop',
        'x-forwarded-for': '192.0.2.1',
        forwarded: 'for=192.0.2.1',
        te: 'trailers',
      },
    });
    const headers = seen[0]?.headers ?? {};
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
    for (const name of ['authorization', 'x-private', 'forwarded', 'te']) {
      expect(headers).not.toHaveProperty(name);
    }
  });

  it.each([
    ['a=1; craton_operator=x; craton_drafts=y; __Host-craton_operator=z', 'a=1; craton_drafts=y'],
    ['__Host-craton_sign_in=x', undefined],
    ['craton_operators=x', 'craton_operators=x'],
  ])('carries of the cookies %s those of the other side', async (cookie, left) => {
    const { harness, seen } = await inFront();
    await harness.inject({ method: 'GET', url: '/self-service', headers: { cookie } });
    expect(seen[0]?.headers.cookie).toBe(left);
  });

  it('has a limit for its body', async () => {
    const { harness, seen } = await inFront();
    const answer = await harness.inject({
      method: 'POST',
      url: '/self-service/api/preview',
      headers: { 'content-type': 'application/json' },
      payload: 'x'.repeat(FORWARD_BODY_BYTES_MAX + 1),
    });
    expect(answer.json()).toMatchObject({ status: 413, code: 'ERR_REQUEST_TOO_LARGE' });
    expect(seen).toEqual([]);
  });

  it('answers 503 while the other side does not, and everything else goes on', async () => {
    const server = createServer();
    const selfServiceUrl = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const harness = await Harness.open({ ports: () => ({ selfServiceUrl }) });
    open.push(() => harness.close());
    const answer = await harness.inject({ method: 'GET', url: '/self-service' });
    expect(answer.json()).toMatchObject({ status: 503, code: 'ERR_NOT_READY' });
    expect(answer.headers['retry-after']).toBe('1');
    expect((await harness.check(await harness.makeKey())).statusCode).toBe(200);
  });

  it('leaves the offline key bundle, which is served here', async () => {
    const { harness, seen } = await inFront();
    const answer = await harness.inject({
      method: 'GET',
      url: '/self-service/verify-keys/offline-bundle',
    });
    expect(answer.statusCode).toBe(200);
    expect(seen).toEqual([]);
  });
});

it('is not there where nobody configured it', async () => {
  const harness = await Harness.open();
  open.push(() => harness.close());
  expect((await harness.inject({ method: 'GET', url: '/self-service' })).statusCode).toBe(404);
});

it('gives no access to a key of self-service', async () => {
  const harness = await Harness.open();
  open.push(() => harness.close());
  const key = `craton_ssv_development_${'A'.repeat(49)}`;
  for (const headers of [{ authorization: `Bearer ${key}` }, { 'x-api-key': key }]) {
    for (const url of ['/v1/streams', '/operator/api/api-keys']) {
      expect((await harness.inject({ method: 'GET', url, headers })).statusCode).toBe(401);
    }
  }
});
