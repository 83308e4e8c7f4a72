import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';

let boundary: Harness;

beforeAll(async () => {
  boundary = await Harness.open();
});
afterAll(async () => {
  await boundary.close();
});

describe.each(['/', '/protocol', '/agent-api', '/verify'])('%s', (url) => {
  it('is a page under a policy that lets nothing else in', async () => {
    const answer = await boundary.get(url);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-cache');
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
    expect(answer.body).toMatch(/^<!doctype html>/i);
  });

  it('loads what is there and nothing from elsewhere', async () => {
    const { body } = await boundary.get(url);
    const loaded = [...body.matchAll(/<(?:script|link|img)\b[^>]*?\b(?:src|href)="([^"]+)"/g)];
    expect(loaded.length).toBeGreaterThan(0);
    for (const [, address = ''] of loaded) {
      expect(address).toMatch(/^\/assets\//);
      const asset = await boundary.get(address);
      expect([address, asset.statusCode]).toEqual([address, 200]);
      expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
    // Neither inline code nor inline style would run under the policy.
    expect(body).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
    const inline = [...body.matchAll(/<script\b([^>]*)>/g)].filter(([, has]) => !/src=/.test(has!));
    expect(inline.filter(([, has]) => !has!.includes('type="application/json"'))).toEqual([]);
  });

  it('has links that lead somewhere', async () => {
    const { body } = await boundary.get(url);
    const links = [...body.matchAll(/<a\b[^>]*?\bhref="(\/[^"#]*)/g)].map(([, link]) => link!);
    for (const link of new Set(links)) {
      expect([link, (await boundary.get(link)).statusCode]).toEqual([link, 200]);
    }
  });

  it('answers 304, HEAD, and any parameters', async () => {
    const { etag } = (await boundary.get(url)).headers;
    const again = await boundary.inject({ url, headers: { 'if-none-match': String(etag) } });
    expect(again.statusCode).toBe(304);
    expect((await boundary.inject({ method: 'HEAD', url })).statusCode).toBe(200);
    expect((await boundary.get(`${url}?utm_source=x`)).statusCode).toBe(200);
  });
});

describe('/kitchen-sink', () => {
  it('is there in development, and told to no search engine', async () => {
    const answer = await boundary.get('/kitchen-sink');
    expect([answer.statusCode, answer.headers['x-robots-tag']]).toEqual([200, 'noindex']);
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('is not there in any other environment', async () => {
    const other = await Harness.open({ ports: () => ({ environment: 'production' }) });
    expect((await other.get('/kitchen-sink')).json()).toMatchObject({ code: 'ERR_NOT_FOUND' });
    await other.close();
  });
});

describe('/verify.html', () => {
  it('is one file to keep, which asks for nothing', async () => {
    const answer = await boundary.get('/verify.html');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-disposition']).toBe('attachment; filename="verify.html"');
    expect(answer.body).not.toMatch(/<(?:script|link|img)\b[^>]*?\b(?:src|href)="(?!data:)/);
  });
});

describe('assets', () => {
  it('are sent compressed to whoever takes that, with a validator of their own', async () => {
    const { body } = await boundary.get('/verify');
    const url = /"(\/assets\/verify[^"]+)"/.exec(body)![1]!;
    const plain = await boundary.get(url);
    const coded = await boundary.inject({ url, headers: { 'accept-encoding': 'gzip, br' } });
    const refused = await boundary.inject({ url, headers: { 'accept-encoding': 'br;q=0' } });
    expect(coded.headers['content-encoding']).toBe('br');
    expect(coded.rawPayload.length).toBeLessThan(plain.rawPayload.length / 2);
    expect(coded.headers.etag).not.toBe(plain.headers.etag);
    expect(refused.headers['content-encoding']).toBeUndefined();
    for (const { headers } of [plain, coded]) expect(headers.vary).toBe('Accept-Encoding');
  });
});
