/** What every store must do for operators: run against each adapter. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent, LedgerChange } from '../src/ledger/change.ts';
import type { ApiKey } from '../src/ledger/port.ts';
import { FakeSources, START_MS } from './fake-sources.ts';
import {
  codeOf,
  DEVELOPMENT,
  OTHER_PARTNER,
  pathText,
  STAGING,
  type StoreMaker,
  type StoreUnderTest,
  World,
} from './ledger-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const event = (members: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: 'audit_event',
  actor: 'key_operator',
  action: 'partner_added',
  subjectText: '{"partner_id":"newcomer"}',
  ...members,
});
const partner = (partnerId: string, ...units: string[]): LedgerChange => ({
  kind: 'upsert_partner',
  partnerId,
  units,
});

let keys = 0;

/** An operator's key, with members replaced. */
function operator(members: Partial<ApiKey> = {}, onlyWithoutOperator?: true): LedgerChange {
  const keyId = `key_operator-${++keys}`;
  return {
    kind: 'insert_api_key',
    keySha256: Buffer.from(keyId.padEnd(32, '.')).toString('hex'),
    ...(onlyWithoutOperator && { onlyWithoutOperator }),
    key: {
      keyId,
      kind: 'ops',
      environment: 'development',
      scopes: ['read', 'admin'],
      expiresAtMs: START_MS + HOUR_MS,
      ...members,
    },
  };
}

export function describeAdministration(name: string, makeStore: StoreMaker): void {
  describe(`administration on ${name}`, () => {
    let store: StoreUnderTest;
    let sources: FakeSources;
    let world: World;

    beforeEach(async () => {
      store = makeStore();
      sources = new FakeSources();
      world = await World.open(store, { sources });
    });
    afterEach(async () => {
      await world.ledger.close();
      await store.remove();
    });

    const apply = (...changes: LedgerChange[]) => world.ledger.admin.apply(...changes);

    it('lists partners and units, each once, in order', async () => {
      const { admin } = world.ledger;
      sources.advance(5);
      await apply(partner('newcomer', 'west', 'east'), partner('another'));
      sources.advance(5);
      await apply(partner('newcomer', 'east', 'north'));
      const partners = await admin.listPartners();
      const created = START_MS + 5;
      expect(partners.map(({ partnerId }) => partnerId)).toEqual(
        ['another', 'newcomer', DEVELOPMENT.partnerId, OTHER_PARTNER.partnerId].sort(),
      );
      expect(partners.filter(({ createdAtMs }) => createdAtMs === created)).toEqual([
        { partnerId: 'another', units: [], createdAtMs: created },
        { partnerId: 'newcomer', units: ['east', 'north', 'west'], createdAtMs: created },
      ]);
    });

    it('lists the versions of paths of one environment, and shows each', async () => {
      const { admin } = world.ledger;
      await world.applyPath(pathText({ version: 2 }));
      const own = (await admin.listPaths('development')).filter(
        ({ partnerId }) => partnerId === DEVELOPMENT.partnerId,
      );
      expect(own.map(({ version, isLive }) => [version, isLive])).toEqual([
        [1, false],
        [2, true],
      ]);
      expect(own[0]).toMatchObject({ environment: 'development', pathId: 'sample-threshold' });
      expect(own[0]?.policyDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
      const pathId = 'sample-threshold';
      const versionOf = async (version?: number, owner = DEVELOPMENT) => {
        const query = { owner, pathId, ...(version !== undefined && { version }) };
        const text = await admin.findPath(query);
        return text === undefined ? text : (JSON.parse(text) as { version: number }).version;
      };
      expect([await versionOf(), await versionOf(1), await versionOf(2)]).toEqual([2, 1, 2]);
      expect([await versionOf(3), await versionOf(2, STAGING)]).toEqual([undefined, undefined]);
      expect(await admin.listPaths('nowhere')).toEqual([]);
    });

    it('keeps keys that belong to no partner, and shows all that is known of each', async () => {
      sources.advance(5);
      await apply(operator({ keyId: 'key_mine' }));
      await apply({ kind: 'revoke_api_key', keyId: 'key_mine' });
      const found = (await world.ledger.admin.listApiKeyRecords()).find(
        ({ keyId }) => keyId === 'key_mine',
      );
      expect(found).toEqual({
        keyId: 'key_mine',
        kind: 'ops',
        environment: 'development',
        scopes: ['read', 'admin'],
        createdAtMs: START_MS + 5,
        expiresAtMs: START_MS + HOUR_MS,
        revokedAtMs: START_MS + 5,
      });
    });

    it('refuses an operator with a partner, and a partner’s key without one', async () => {
      const { partnerId } = DEVELOPMENT;
      await expect(apply(operator({ partnerId }))).rejects.toThrow();
      await expect(apply(operator({ kind: 'bnd' }))).rejects.toThrow();
      expect(await world.ledger.admin.listApiKeyRecords()).toHaveLength(3);
    });

    it('lets a first operator in only while none is in force', async () => {
      const refused = { code: 'ERR_LEDGER_CHANGE', field: 'kind' };
      // One that may only read, one that is over, one that is revoked: nobody administers.
      await apply(operator({ scopes: ['read'] }), operator({ expiresAtMs: START_MS }));
      const revoked = operator({ keyId: 'key_revoked' });
      await apply(revoked, { kind: 'revoke_api_key', keyId: 'key_revoked' });
      await apply(operator({ keyId: 'key_first' }, true));
      await expect(apply(operator({}, true))).rejects.toMatchObject(refused);
      await apply(operator());
      sources.advance(HOUR_MS - 1);
      await expect(apply(operator({}, true))).rejects.toMatchObject(refused);
      sources.advance(1);
      await apply(operator({}, true));
    });

    it('numbers events without a gap, with the time of their change', async () => {
      const { admin } = world.ledger;
      await apply(partner('newcomer'), event());
      sources.advance(7);
      await expect(apply(event(), { kind: 'revoke_api_key', keyId: 'none' })).rejects.toThrow();
      await apply(event({ actor: 'start', action: 'path_applied', subjectText: '{}' }), event());
      const events = await admin.listEvents(0, 1000);
      expect(events).toEqual([
        {
          eventId: 1,
          atMs: START_MS,
          actor: 'key_operator',
          action: 'partner_added',
          subjectText: '{"partner_id":"newcomer"}',
        },
        {
          eventId: 2,
          atMs: START_MS + 7,
          actor: 'start',
          action: 'path_applied',
          subjectText: '{}',
        },
        expect.objectContaining({ eventId: 3 }),
      ]);
      expect((await admin.listEvents(1, 1)).map(({ eventId }) => eventId)).toEqual([2]);
      expect(await admin.listEvents(3, 10)).toEqual([]);
    });

    it('makes a change and its event together, or neither', async () => {
      const { admin } = world.ledger;
      const before = await admin.listPartners();
      const bad = { kind: 'revoke_api_key', keyId: 'none' } as const;
      await expect(apply(partner('newcomer'), event(), bad)).rejects.toMatchObject({
        code: 'ERR_LEDGER_CHANGE',
      });
      expect(await admin.listPartners()).toEqual(before);
      expect(await admin.listEvents(0, 10)).toEqual([]);
    });

    it('numbers events without a gap when they come at once', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, n) => apply(partner(`p${n}`), event())));
      const events = await world.ledger.admin.listEvents(0, 1000);
      expect(events.map(({ eventId }) => eventId)).toEqual(events.map((_, index) => index + 1));
      expect(events).toHaveLength(20);
    });

    it('notes the use of a key once a minute, by checks and by touches', async () => {
      const usedAt = async () =>
        (await world.ledger.admin.listApiKeyRecords()).find(
          ({ keyId }) => keyId === 'key_development',
        )?.lastUsedAtMs;
      const touch = () => apply({ kind: 'touch_api_key', keyId: 'key_development' });
      expect(await usedAt()).toBeUndefined();
      await world.issue();
      expect(await usedAt()).toBe(START_MS);
      sources.advance(MINUTE_MS - 1);
      await world.issue();
      await touch();
      expect(await usedAt()).toBe(START_MS);
      sources.advance(1);
      await touch();
      expect(await usedAt()).toBe(START_MS + MINUTE_MS);
    });

    it('issues nothing for a key after its revocation is stored', async () => {
      await world.issue();
      await apply({ kind: 'revoke_api_key', keyId: 'key_development' });
      expect(codeOf(await world.ask())).toBe('ERR_KEY_NOT_ACCEPTED');
    });
  });
}
