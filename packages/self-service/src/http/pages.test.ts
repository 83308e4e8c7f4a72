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
  name: string,
  fields: Record<string, string>,
  on: Harness = harness,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return on.inject({
    method: 'POST',
    url: `/self-service/${name}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(fields).toString(),
  });
}

/** Answers a question and goes on. */
const next = (screen: string, fields: Record<string, string>) =>
  send('compose', { screen, go: 'next', ...fields });

/** The question that a page asks. */
const question = ({ body }: LightMyRequestResponse) => /<h2[^>]*>([^<]*)</.exec(body)?.[1];

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
    const answer = await next('action', { description: 'export customer records to a file' });
    const { body } = answer;
    expect(question(answer)).toBe('Is this the pattern?');
    expect(body).toContain('Why this one');
    expect(body).toContain('data_export_gate');
    expect(body).toMatch(/<input[^>]*value="data_export"[^>]*checked/);
  });

  it('keeps an override, and whatever else was typed', async () => {
    const { body } = await next('pattern', {
      ...FILLED,
      description: 'export customer records <b>',
      preset: 'threshold',
    });
    expect(body).toMatch(/<input type="hidden" name="preset" value="threshold"/);
    expect(body).toContain('value="operations_console"');
    expect(body).toContain('export customer records &lt;b>');
  });

  it('previews in sentences and a map, unsigned, and says how to keep it', async () => {
    const { statusCode, body } = await send('preview', {
      ...FILLED,
      allow_up_to: '500000',
      constrain_up_to: '1000000',
    });
    expect(statusCode).toBe(200);
    expect(body).toContain('draft · production_write=false');
    expect(body).toContain('nothing here can reach production');
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
    ['a partner that is no label', { partner_id: 'No Label' }, 'partner_id'],
    ['a limit that is no number', { allow_up_to: '5e3' }, 'allow_up_to'],
    ['a move without a place', { none_planned: '', move_1_type: 'new_unit' }, 'move_1_value'],
    ['moves, and that there are none', { move_2_type: 'a', move_2_value: 'b' }, 'none_planned'],
  ])('refuses %s, and keeps the rest', async (_what, change, field) => {
    const answer = await send('preview', { ...FILLED, ...change });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain('role="alert"');
    expect(answer.body).toContain(`<a href="#${field}">`);
    expect(answer.body).toMatch(new RegExp(`<(?:input|textarea)[^>]* id="${field}"`));
    expect(answer.body).toContain('value="operations_console"');
  });

  it('repeats nothing that must stay with the host', async () => {
    const canary = '4111111111111111';
    const answer = await send('preview', { ...FILLED, authority_context: `card ${canary}` });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).not.toContain(canary);
    expect(answer.body).toContain('<a href="#authority_context">');
    expect(question(answer)).toBe('Who may approve it, and where is that recorded?');
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

  it('asks one question after the other, and only those that there are', async () => {
    const asked = async (screen: string, fields: Record<string, string>, go = 'next') =>
      question(await send('compose', { screen, go, ...fields }));
    const limited = { preset: 'threshold' };
    const plain = { preset: 'deployment_approval' };
    expect(await asked('action', limited)).toBe('Where does it happen?');
    expect(await asked('scope', limited)).toBe('From which size on does it need more?');
    expect(await asked('scope', plain)).toMatch(/^Who may approve it/);
    expect(await asked('authority', plain)).toBe('Where should it go next?');
    expect(await asked('moves', plain)).toBe('Preview');
    expect(await asked('authority', plain, 'back')).toBe('Where does it happen?');
    expect(await asked('scope', plain, 'back')).toBe('What is about to happen?');
    expect(await asked('review', FILLED, 'limits')).toBe('From which size on does it need more?');
  });

  it('does not guess: without a pattern it asks again', async () => {
    const empty = await next('action', {});
    expect([empty.statusCode, question(empty)]).toEqual([422, 'What is about to happen?']);
    const unsure = await next('action', { description: 'something' });
    expect(question(unsure)).toBe('Is this the pattern?');
    expect(unsure.body).not.toMatch(/<input[^>]*checked/);
    expect((await next('pattern', { description: 'something' })).statusCode).toBe(422);
    expect((await next('action', { preset: 'none_of_them' })).statusCode).toBe(422);
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
