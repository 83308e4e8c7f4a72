import {
  DEFAULT_GATE_POLICY,
  encodeRecordBody,
  foldRollout,
  gatePolicyDigest,
  readRecords,
  rolloutChain,
  SecretSearch,
} from '@craton/policy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVIRONMENT, Harness, PARTNER_ID } from '../../test/harness.ts';
import { makePerson } from '../../test/people.ts';
import { LINK_MS_MAX, linkPath, makeLink } from '../people/acknowledgement-links.ts';

const ROLLOUT = 'rollout-1';
const CHAIN = rolloutChain(ROLLOUT);
const digest = (hex: string) => `sha256:${hex.repeat(32)}` as const;
const PACKET = digest('81');
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let boundary: Harness;
let owner: string;
let token: string;

beforeEach(async () => {
  boundary = await Harness.open();
  owner = (await makePerson(boundary)).actId;
  await openRollout();
  token = await sendLink();
});
afterEach(async () => {
  await boundary.close();
});

const packet = (packetDigest: `sha256:${string}`) => ({
  version: 1,
  packet_digest: packetDigest,
  scope_digest: digest('82'),
  boundary_object_digest: digest('83'),
  author: 'act_author',
  author_people: ['act_author'],
  requested_at: '2026-01-01T00:00:00.000Z',
});

async function openRollout(): Promise<void> {
  const bodyText = encodeRecordBody('rollout', 'rollout_opened', {
    ...{ rollout_id: ROLLOUT, draft_id: 'draft-1', organisation: 'northstar' },
    ...{ environment: ENVIRONMENT, partner_id: PARTNER_ID, unit: 'operations' },
    ...{ gate_type: 'threshold_gate', system_scope: 'console', path_id: 'sample-threshold' },
    ...packet(PACKET),
    gate_policy_digest: gatePolicyDigest(DEFAULT_GATE_POLICY),
    gate_catalogue_digest: digest('84'),
    role_holders: { rollback_owner: [owner] },
  });
  await append('rollout_opened', bodyText);
}

async function append(recordKind: string, bodyText: string): Promise<void> {
  const change = { kind: 'append_record', chain: CHAIN, recordKind, bodyText } as const;
  await boundary.ledger.admin.apply({ ...change, actor: 'act_author' });
}

async function sendLink(): Promise<string> {
  const asked = {
    rolloutId: ROLLOUT,
    subject: 'rollback_owner',
    packetDigest: PACKET,
    actId: owner,
  } as const;
  const link = makeLink('act_author', asked, boundary.nowMs());
  await boundary.ledger.admin.apply(link.change);
  return link.token;
}

const look = (link = token) => boundary.inject({ url: linkPath(link) });
const acknowledge = (link = token) =>
  boundary.inject({ method: 'POST', url: linkPath(link), headers: FORM });
const acknowledgements = async () =>
  foldRollout(
    readRecords('rollout', await boundary.ledger.operatorRecords.readChain(CHAIN)),
  ).acknowledgements.map(({ actor, body }) => ({ actor, ...body }));

describe('a link', () => {
  it('says what is acknowledged, however often it is looked at, and does nothing by that', async () => {
    for (let count = 0; count < 3; count++) {
      const page = await look();
      expect([page.statusCode, page.headers['content-type']]).toEqual([
        200,
        'text/html; charset=utf-8',
      ]);
      expect(page.body).toContain('northstar_controls/sample-threshold in development');
      expect(page.body).toContain(PACKET);
      expect(page.headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-robots-tag': 'noindex',
      });
      expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    }
    expect(await acknowledgements()).toEqual([]);
  });

  it('acknowledges once, as the person to whom it was sent', async () => {
    expect((await acknowledge()).statusCode).toBe(200);
    expect(await acknowledgements()).toEqual([
      { actor: owner, subject: 'rollback_owner', packet_digest: PACKET, by: 'link' },
    ]);
    for (const answer of [await acknowledge(), await look()]) {
      expect(answer.json()).toMatchObject({ status: 404, code: 'ERR_NOT_FOUND' });
    }
    expect(await acknowledgements()).toHaveLength(1);
  });

  it('that two use at once acknowledges once', async () => {
    const answers = await Promise.all([acknowledge(), acknowledge()]);
    const statuses = answers.map(({ statusCode }) => statusCode).sort();
    expect([
      [200, 404],
      [200, 409],
    ]).toContainEqual(statuses);
    expect(await acknowledgements()).toHaveLength(1);
  });

  it.each<[string, () => unknown]>([
    [
      'after three days',
      () => {
        boundary.clockOffsetMs = LINK_MS_MAX;
      },
    ],
    [
      'about a packet that was changed',
      () =>
        append(
          'packet_replaced',
          encodeRecordBody('rollout', 'packet_replaced', { ...packet(digest('91')), version: 2 }),
        ),
    ],
    [
      'of a rollout that was withdrawn',
      () =>
        append('withdrawn', encodeRecordBody('rollout', 'withdrawn', { packet_digest: PACKET })),
    ],
    [
      'of somebody who was erased',
      () => boundary.ledger.admin.apply({ kind: 'erase_person', actId: owner }),
    ],
  ])('%s is not in force', async (_title, happen) => {
    await happen();
    expect((await look()).statusCode).toBe(404);
    expect((await acknowledge()).statusCode).toBe(404);
    expect(await acknowledgements()).toEqual([]);
  });

  it('is not in force that nobody made', async () => {
    expect((await look('A'.repeat(43))).statusCode).toBe(404);
    expect((await look('short')).statusCode).toBe(400);
    const filled = await boundary.inject({
      method: 'POST',
      url: linkPath(token),
      headers: FORM,
      payload: 'x=y',
    });
    expect([filled.statusCode, await acknowledgements()]).toEqual([400, []]);
  });

  it('stands neither in the store nor in the log', async () => {
    await look();
    await acknowledge();
    const search = new SecretSearch();
    search.add('store', boundary.storedBytes());
    search.add('log', boundary.lines.join('\n'));
    expect(search.find(token)).toEqual([]);
    expect(search.find('link_used')).toEqual(['store']);
  });
});
