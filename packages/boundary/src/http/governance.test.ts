import { DEFAULT_GATE_POLICY } from '@craton/policy';
import type { LightMyRequestResponse } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness } from '../../test/harness.ts';
import { makePerson, makeProposal, type TestPerson } from '../../test/people.ts';
import { confirmProposal, loadGovernance, propose } from '../people/governance.ts';
import { reasonOf } from '../rollout/reason.ts';

let boundary: Harness;
let ada: TestPerson;
let grace: TestPerson;

beforeEach(async () => {
  boundary = await Harness.open();
  [ada, grace] = [await makePerson(boundary), await makePerson(boundary)];
});
afterEach(async () => {
  await boundary.close();
});

const post = (path: string, token: string, body: object) =>
  boundary.inject({
    method: 'POST',
    url: `/operator/api/governance${path}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    payload: JSON.stringify(body),
  });
const show = async () =>
  (await boundary.get('/operator/api/governance', ada.token)).json<{
    role_holders: object[];
    open_proposals: { proposal: string; proposed_by: string; body: object }[];
    policy: { version: number };
    set_up_by_start: boolean;
  }>();
const proposeHolders = async (token: string, body: object) => {
  const asked = { role_holders: { risk_owner: [ada.actId] }, reason: 'As agreed.', ...body };
  return post('/role-holders', token, asked);
};
const digestOf = (answer: LightMyRequestResponse) => answer.json<{ proposal: string }>().proposal;

describe('role holders', () => {
  it('hold a role when another person has confirmed it, and not before', async () => {
    const proposal = digestOf(await proposeHolders(ada.token, {}));
    expect(await show()).toMatchObject({
      role_holders: [],
      open_proposals: [{ proposal, proposed_by: ada.actId, kind: 'role_holders_proposed' }],
    });
    const own = await post('/confirm', ada.token, { proposal });
    expect(own.json()).toMatchObject({
      status: 409,
      code: 'ERR_ROLLOUT_REFUSED',
      reasons: ['same_person'],
    });
    const confirmed = await post('/confirm', grace.token, { proposal });
    expect(confirmed.json()).toMatchObject({
      role_holders: [{ role_holders: { risk_owner: [ada.actId] } }],
      open_proposals: [],
      set_up_by_start: false,
      records: 2,
    });
    expect((await post('/confirm', grace.token, { proposal })).statusCode).toBe(404);
    const people = (await boundary.get('/operator/api/people', grace.token)).json<{
      people: { act_id: string; roles: object[] }[];
    }>();
    expect(people.people.find(({ act_id: id }) => id === ada.actId)?.roles).toEqual([
      { role: 'risk_owner' },
    ]);
  });

  it('of one path stand beside those of every path', async () => {
    const place = { partner_id: 'northstar_controls', path_id: 'sample-threshold' };
    const twice = { role_holders: { risk_owner: [grace.actId, ada.actId, ada.actId] }, ...place };
    const proposal = digestOf(await proposeHolders(ada.token, twice));
    await post('/confirm', grace.token, { proposal });
    expect((await show()).role_holders).toEqual([
      {
        path: 'northstar_controls/sample-threshold',
        role_holders: { risk_owner: [ada.actId, grace.actId].sort() },
      },
    ]);
  });

  it.each([
    ['somebody who is not known', { role_holders: { risk_owner: ['act_nobody'] } }, 400],
    ['a path without its partner', { path_id: 'sample-threshold' }, 400],
    ['a role that there is not', { role_holders: { king: [] } }, 422],
    ['no reason', { reason: '   ' }, 422],
  ])('with %s are refused', async (_title, members, status) => {
    expect((await proposeHolders(ada.token, members)).statusCode).toBe(status);
    expect((await show()).open_proposals).toEqual([]);
  });

  it('are nobody’s to propose or confirm who is no person', async () => {
    const token = await boundary.makeKey({ kind: 'ops', scopes: ['read', 'admin', 'review'] });
    expect((await proposeHolders(token, {})).json()).toMatchObject({ code: 'ERR_FORBIDDEN' });
    const proposal = digestOf(await proposeHolders(ada.token, {}));
    for (const path of ['/confirm', '/refuse']) {
      const answer = await post(path, token, { proposal, reason: 'No.' });
      expect(answer.json()).toMatchObject({ status: 403, code: 'ERR_FORBIDDEN' });
    }
  });

  it('that were refused, or taken back, never hold', async () => {
    for (const { token } of [ada, grace]) {
      const proposal = digestOf(await proposeHolders(ada.token, {}));
      const answer = await post('/refuse', token, { proposal, reason: 'Not yet.' });
      expect(answer.json()).toMatchObject({ open_proposals: [], role_holders: [] });
      expect((await post('/confirm', grace.token, { proposal })).statusCode).toBe(404);
    }
  });

  it('are confirmed once, whoever is quicker', async () => {
    const alan = await makePerson(boundary);
    const proposal = await makeProposal(boundary, ada.actId, ada.actId);
    const answers = await Promise.all(
      [grace, alan].map(({ token }) => post('/confirm', token, { proposal })),
    );
    const codes = answers.map(({ statusCode }) => statusCode).sort();
    expect([
      [200, 404],
      [200, 409],
    ]).toContainEqual(codes);
    expect((await show()).role_holders).toHaveLength(1);
  });
});

describe('a gate policy', () => {
  it('holds when another person has confirmed it', async () => {
    const policy = { ...DEFAULT_GATE_POLICY, version: 2 };
    const proposal = digestOf(await post('/gate-policy', ada.token, { policy, reason: 'Why.' }));
    expect((await show()).policy.version).toBe(1);
    await post('/confirm', grace.token, { proposal });
    expect((await show()).policy.version).toBe(2);
  });

  it('that asks for less than it must is refused', async () => {
    const policy = { ...DEFAULT_GATE_POLICY, criteria: [] };
    const answer = await post('/gate-policy', ada.token, { policy, reason: 'Why.' });
    expect(answer.json()).toMatchObject({
      status: 422,
      code: 'ERR_GATE_POLICY',
      field: 'criteria',
    });
  });
});

describe('the first holders', () => {
  const body = () => ({ role_holders: { risk_owner: [ada.actId] }, ...reasonOf('First.') });
  const kind = 'role_holders_proposed';

  it('are set up by nobody alone in an environment like production', async () => {
    const ports = { ...boundary.ports, isProductionLike: true };
    for (const actor of ['start', ada.actId]) {
      const { digest } = await propose(ports, { actor, kind, body: body() });
      await expect(confirmProposal(ports, { actor, proposal: digest })).rejects.toMatchObject({
        code: 'ERR_ROLLOUT_REFUSED',
      });
    }
    const { governance } = await loadGovernance(ports);
    expect([governance.holders.size, governance.open.length]).toEqual([0, 2]);
  });

  it('of a development start are marked, and hold nothing elsewhere', async () => {
    const { ports } = boundary;
    const { digest } = await propose(ports, { actor: 'start', kind, body: body() });
    await confirmProposal(ports, { actor: 'start', proposal: digest });
    expect(await show()).toMatchObject({ set_up_by_start: true });
    const elsewhere = await loadGovernance({ ...ports, isProductionLike: true });
    expect(elsewhere.governance.holders.size).toBe(0);
  });
});
