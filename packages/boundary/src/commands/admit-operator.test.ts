import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ENVIRONMENT, Harness, overrideReader } from '../../test/harness.ts';
import { apiKeySha256, composeApiKey } from '../api-key.ts';
import { admitOperator, BOOTSTRAP_LIFETIME_MS } from './admit-operator.ts';

let boundary: Harness;
/** Made offline; the server knows its digest alone. */
let token: string;

beforeEach(async () => {
  boundary = await Harness.open();
  token = newToken();
});
afterEach(async () => {
  await boundary.close();
});

const newToken = () => composeApiKey('ops', ENVIRONMENT, randomBytes(32));

/** One start of a server. */
function start(text = token, reader = boundary.ledger.reader) {
  const { admin } = boundary.ledger;
  const ports = { reader, admin, environment: ENVIRONMENT, nowMs: () => boundary.nowMs() };
  return admitOperator(ports, apiKeySha256(text));
}

const statusOf = async (text: string) =>
  (await boundary.get('/operator/api/events', text)).statusCode;

it('lets a first operator in for an hour, and says so among the events', async () => {
  expect(await statusOf(token)).toBe(401);
  expect(await start()).toBe('admitted');
  const { events } = (await boundary.get('/operator/api/events', token)).json<{
    events: object[];
  }>();
  expect(events).toMatchObject([
    { actor: 'start', action: 'api_key_issued', subject: { kind: 'ops' } },
  ]);
  boundary.clockOffsetMs = BOOTSTRAP_LIFETIME_MS - 1_000;
  expect(await statusOf(token)).toBe(200);
  boundary.clockOffsetMs = BOOTSTRAP_LIFETIME_MS + 1_000;
  expect(await statusOf(token)).toBe(401);
});

it('does nothing at a second start', async () => {
  await start();
  expect(await start()).toBe('kept');
  expect(await boundary.ledger.admin.listEvents(0, 10)).toHaveLength(1);
});

it('lets nobody in while another operator can administer', async () => {
  await boundary.makeKey({ kind: 'ops', scopes: ['read', 'admin'] });
  expect(await start()).toBe('not_needed');
  expect(await statusOf(token)).toBe(401);
});

it.each([
  ['may only read', { scopes: ['read'] }],
  ['is over', { scopes: ['admin'], expiresAtMs: 1 }],
  ['is revoked', { scopes: ['admin'], revokedAtMs: 1 }],
] as const)('lets one in if the only other one %s', async (_title, members) => {
  await boundary.makeKey({ kind: 'ops', ...members });
  expect(await start()).toBe('admitted');
  expect(await statusOf(token)).toBe(200);
});

it('lets a token in only once', async () => {
  await start();
  boundary.clockOffsetMs = BOOTSTRAP_LIFETIME_MS + 1_000;
  expect(await start()).toBe('used_before');
  expect(await statusOf(token)).toBe(401);
  const another = newToken();
  expect(await start(another)).toBe('admitted');
  expect(await statusOf(another)).toBe(200);
});

it('lets one of two in that come at once, whatever they have read', async () => {
  // Both have read the store before either wrote to it.
  const empty = overrideReader(boundary.ledger.reader, {
    apiKeys: () => new Map(),
  });
  const tokens = [newToken(), newToken()];
  const admissions = await Promise.all(tokens.map((text) => start(text, empty)));
  expect([...admissions].sort()).toEqual(['admitted', 'not_needed']);
  const statuses = await Promise.all(tokens.map(statusOf));
  expect(statuses.sort()).toEqual([200, 401]);
});
