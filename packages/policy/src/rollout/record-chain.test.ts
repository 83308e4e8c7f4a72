import { canonicalize as bodyOf, type Digest, type JsonObject } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { DEFAULT_GATE_POLICY, gatePolicyDigest } from './gate-policy.ts';
import {
  composeRecord,
  governanceChain,
  pathChain,
  readRecords,
  recordDigest,
  rolloutChain,
  type StoredRecord,
  verifyRecordChain,
} from './record-chain.ts';

const DIGEST: Digest = `sha256:${'1'.repeat(64)}`;
const REASON = { reason: 'As agreed on Monday.', reason_digest: DIGEST };
const chain = rolloutChain('rollout-1');
const place = { chain, atMs: 1_000, actor: 'act_ada' };

const first = composeRecord('rollout', place, {
  kind: 'withdrawn',
  body: { packet_digest: DIGEST },
});
const second = composeRecord(
  'rollout',
  { ...place, atMs: 900, last: first },
  { kind: 'attention_cleared', body: REASON },
);
const third = composeRecord(
  'rollout',
  { ...place, actor: 'system', last: second },
  { kind: 'expired', body: { clock: 'approval' } },
);
const records = [first, second, third];

function changed(index: number, changes: Partial<StoredRecord>): StoredRecord[] {
  return records.map((record, at) => (at === index ? { ...record, ...changes } : record));
}

/** A change whose author computed the record's own digest again. */
function forged(index: number, changes: Partial<StoredRecord>): StoredRecord[] {
  return changed(index, changes).map((record, at) =>
    at === index ? { ...record, digest: recordDigest(record, records[index - 1]?.digest) } : record,
  );
}

describe('a chain of records', () => {
  it('is numbered, linked, and never goes back in time', () => {
    expect(records.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(records.map(({ atMs }) => atMs)).toEqual([1_000, 1_000, 1_000]);
    expect(verifyRecordChain(records)).toEqual({ intact: true, records: 3, head: third.digest });
    expect(verifyRecordChain([])).toEqual({ intact: true, records: 0 });
  });

  it.each([
    [
      'another body',
      changed(1, { bodyText: bodyOf({ ...REASON, reason: 'Never.' }) }),
      2,
      'digest_differs',
    ],
    ['another actor', changed(1, { actor: 'act_eve' }), 2, 'digest_differs'],
    ['another time', changed(1, { atMs: 1_001 }), 2, 'digest_differs'],
    ['another kind', changed(2, { kind: 'withdrawn' }), 3, 'digest_differs'],
    ['a digest computed again', forged(1, { actor: 'act_eve' }), 3, 'digest_differs'],
    ['a record left out', [first, third], 2, 'sequence_broken'],
    ['the first left out', [second, third], 1, 'sequence_broken'],
    ['a record twice', [first, second, second, third], 3, 'sequence_broken'],
    ['two records swapped', [second, first, third], 1, 'sequence_broken'],
    ['a record of another chain', forged(2, { chain: 'rollout:other' }), 3, 'chain_differs'],
    ['a time before the last', forged(2, { atMs: 999 }), 3, 'time_goes_back'],
    [
      'a body in another spelling',
      forged(2, { bodyText: '{ "clock":"approval"}' }),
      3,
      'body_malformed',
    ],
    ['a kind that is none', forged(2, { kind: 'activated' }), 3, 'body_malformed'],
    [
      'a body without its form',
      forged(2, { bodyText: bodyOf({ clock: 'mine' }) }),
      3,
      'body_malformed',
    ],
    [
      'a time beyond any',
      forged(0, {}).map((one) => ({ ...one, atMs: 9e15 })),
      1,
      'digest_differs',
    ],
  ])('with %s is found out', (_title, chained, seq, fault) => {
    expect(verifyRecordChain(chained)).toEqual({ intact: false, seq, fault });
  });

  it('of a family that nobody knows holds nothing', () => {
    const strange = { ...first, chain: 'draft:1' };
    const alone = [{ ...strange, digest: recordDigest(strange) }];
    expect(verifyRecordChain(alone)).toEqual({ intact: false, seq: 1, fault: 'body_malformed' });
  });
});

describe('a record', () => {
  const refusedAt = (field: string): unknown =>
    expect.objectContaining({ code: 'ERR_OPERATOR_RECORD', field });

  it('is read back as it was written', () => {
    const read = readRecords('rollout', records);
    expect(read.map(({ seq, kind }) => [seq, kind])).toEqual(
      records.map(({ seq, kind }) => [seq, kind]),
    );
    expect(read[1]?.body).toEqual(REASON);
    expect(() => readRecords('path', records)).toThrow(refusedAt('chain'));
  });

  it('is refused on a chain of another family', () => {
    const body = { packet_digest: DIGEST };
    const on = (changes: object) => () =>
      composeRecord('rollout', { ...place, ...changes }, { kind: 'withdrawn', body });
    expect(on({ chain: governanceChain('production') })).toThrow(refusedAt('chain'));
    expect(on({ chain: pathChain('harbor', 'release') })).toThrow(refusedAt('chain'));
  });

  it('with a gate policy reads the policy with it', () => {
    const policy_digest = gatePolicyDigest(DEFAULT_GATE_POLICY);
    const governance = { ...place, chain: governanceChain('production') };
    const body = { policy: DEFAULT_GATE_POLICY, policy_digest, ...REASON };
    const record = composeRecord('governance', governance, { kind: 'gate_policy_proposed', body });
    expect(readRecords('governance', [record])[0]?.body).toEqual(body);
    const lax = { ...DEFAULT_GATE_POLICY, evidence_age_s_max: 600 };
    expect(() =>
      composeRecord('governance', governance, {
        kind: 'gate_policy_proposed',
        body: { ...body, policy: lax },
      }),
    ).toThrow(expect.objectContaining({ code: 'ERR_GATE_POLICY' }));
  });

  it.each<[string, string, JsonObject, string]>([
    ['a kind of another family', 'gate_policy_confirmed', { proposal: DIGEST }, 'kind'],
    ['a kind by the name of a method', 'toString', {}, 'kind'],
    ['a missing member', 'withdrawn', {}, 'packet_digest'],
    ['a member too many', 'withdrawn', { packet_digest: DIGEST, live: true }, 'live'],
    [
      'a rejection without a reason',
      'attention_cleared',
      { reason: '  ', reason_digest: DIGEST },
      'reason',
    ],
    [
      'a flag that is a text',
      'channel_tested',
      { packet_digest: DIGEST, delivered: 'yes' },
      'delivered',
    ],
  ])('is refused with %s', (_title, kind, body, field) => {
    const record = { ...first, kind, bodyText: bodyOf(body) };
    expect(() => readRecords('rollout', [record])).toThrow(refusedAt(field));
  });
});
