import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import { Limits } from '../limits.ts';

let harness: Harness;
beforeAll(() => {
  harness = new Harness();
});
afterAll(async () => {
  await harness.close();
});

const FILLED = {
  preset: 'threshold',
  partner_id: 'northstar_controls',
  unit: 'operations',
  system_scope: 'operations_console',
  authority_context: 'The head of operations approves',
  authority_source: 'approval_workflow',
  none_planned: 'true',
};

function send(
  name: 'compose' | 'preview',
  fields: Record<string, string>,
  on: Harness = harness,
): Promise<LightMyRequestResponse> {
  return on.inject({
    method: 'POST',
    url: `/self-service/${name}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(fields).toString(),
  });
}

describe('the page Start', () => {
  it('is a form that works without a script, and writes nothing', async () => {
    const answer = await harness.inject({ method: 'GET', url: '/self-service' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-security-policy']).toContain("form-action 'self'");
    expect(answer.body).toContain('<h1>Start</h1>');
    expect(answer.body).toContain('action="/self-service/compose"');
    expect(answer.body).not.toMatch(/<script(?![^>]* src=)/);
  });

  it('recommends a pattern with its reason, and chooses it where it is clear', async () => {
    const { body } = await send('compose', { description: 'export customer records to a file' });
    expect(body).toContain('data_export_gate');
    expect(body).toMatch(/<input[^>]*value="data_export"[^>]*checked/);
  });

  it('keeps an override, and whatever else was typed', async () => {
    const { body } = await send('compose', {
      ...FILLED,
      description: 'export customer records <b>',
      preset: 'threshold',
    });
    expect(body).toMatch(/<input[^>]*value="threshold"[^>]*checked/);
    expect(body).toContain('value="operations_console"');
    expect(body).toContain('export customer records &lt;b>');
  });

  it('previews in sentences and a map, unsigned, and says how to keep it', async () => {
    const { statusCode, body } = await send('preview', {
      ...FILLED,
      allow_up_to: '50000000',
      constrain_up_to: '100000000',
    });
    expect(statusCode).toBe(200);
    expect(body).toContain('draft · production_write=false.');
    expect(body).toContain('500,000 USD');
    expect(body).toContain('craton.boundary.path.v1');
    expect(body).toContain('X-API-Key');
    expect(body).not.toMatch(/craton_(?:bnd|sts|ops|pull|ssv)_/);
    expect(await harness.store.listHeads('northstar', { limit: 10 })).toEqual([]);
  });

  it('names what is missing', async () => {
    const { body } = await send('preview', { preset: 'threshold' });
    expect(body).toContain('primary_path.partner_id');
    expect(body).toContain('authority.source');
  });

  it.each([
    ['a partner that is no label', { partner_id: 'No Label' }, 'primary_path.partner_id'],
    ['a limit that is no number', { allow_up_to: '5e3' }, 'allow_up_to'],
  ])('refuses %s, and keeps the rest', async (_what, change, field) => {
    const answer = await send('preview', { ...FILLED, ...change });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain('role="alert"');
    expect(answer.body).toContain(field);
    expect(answer.body).toContain('value="operations_console"');
  });

  it('repeats nothing that must stay with the host', async () => {
    const canary = '4111111111111111';
    const answer = await send('preview', { ...FILLED, authority_context: `card ${canary}` });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).not.toContain(canary);
    expect(harness.logged.join('')).not.toContain(canary);
  });

  it('refuses fields and types that no page of ours sends, and large forms', async () => {
    expect((await send('compose', { ...FILLED, extra: '1' })).statusCode).toBe(400);
    expect((await send('compose', { description: 'x'.repeat(40_000) })).statusCode).toBe(413);
    const json = await harness.inject({
      method: 'POST',
      url: '/self-service/preview',
      headers: { 'content-type': 'application/json' },
      payload: '{}',
    });
    expect(json.json()).toMatchObject({ status: 415, code: 'ERR_CONTENT_TYPE' });
  });

  it('leads whoever loads a result again back to the beginning', async () => {
    const again = await harness.inject({ method: 'GET', url: '/self-service/preview' });
    expect([again.statusCode, again.headers.location]).toEqual([303, '/self-service']);
  });

  it('limits previews as the API does', async () => {
    const own = new Harness({
      ports: () => ({ limits: new Limits({ perAddress: 0, previews: 1 }, () => 0) }),
    });
    expect((await send('preview', FILLED, own)).statusCode).toBe(200);
    expect((await send('preview', FILLED, own)).statusCode).toBe(429);
    await own.close();
  });

  it('loads its style from the same server', async () => {
    const { body } = await harness.inject({ method: 'GET', url: '/self-service' });
    const [, path = ''] = /href="(\/assets\/site[^"]*)"/.exec(body) ?? [];
    const style = await harness.inject({ method: 'GET', url: path });
    expect(style.headers).toMatchObject({ 'content-type': 'text/css; charset=utf-8' });
    const none = await harness.inject({ method: 'GET', url: '/assets/none.css' });
    expect(none.json()).toMatchObject({ status: 404 });
  });
});
