/** Claims and confirmations over several nodes on one database. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemSources } from '../src/ledger/sources.ts';
import { evidenceOf, expectGenuine, oneTo } from './ledger-evidence.ts';
import { type Answer, answerOf, anyPayloadOf, DEVELOPMENT, World } from './ledger-world.ts';
import { makePostgresStore, type PostgresStoreUnderTest } from './postgres-store.ts';

const NODES = 3;
let store: PostgresStoreUnderTest;
let nodes: World[];

beforeEach(async () => {
  store = makePostgresStore();
  const sources = systemSources();
  const first = await World.open(store, { sources });
  const others = oneTo(NODES - 1).map(() => World.open(store, { sources }));
  nodes = [first, ...(await Promise.all(others))];
});

afterEach(async () => {
  for (const { ledger } of nodes) await ledger.close();
  await store.remove();
});

/** Asks all nodes in turn. */
function nodeAt(index: number): World {
  const node = nodes[index % NODES];
  if (node === undefined) throw new Error('There is no such node.');
  return node;
}

async function numbersOf(receiptType: 'execution_claim' | 'execution_confirmation') {
  const range = { pathId: 'sample-threshold', receiptType, fromSeq: 1, limit: 1000 } as const;
  const { receipts } = await nodeAt(0).ledger.reader.listReceipts(DEVELOPMENT, range);
  return receipts.map(({ seq }) => seq);
}

describe('several nodes', () => {
  it('give each decision to one winner among 200 claims at once', async () => {
    const decisions: Answer[] = [];
    for (const index of oneTo(8)) decisions.push(await nodeAt(index).issue());
    const claims = oneTo(200).map((number) => {
      const commitment_id = decisions[number % decisions.length]?.commitment_id;
      return nodeAt(number).claim({ commitment_id });
    });
    const outcomes = await Promise.all(claims);
    const winners = outcomes.filter(({ kind }) => kind === 'issued').map(answerOf);
    expect(winners.map(({ commitment_id }) => commitment_id).toSorted()).toEqual(
      decisions.map(({ commitment_id }) => commitment_id).toSorted(),
    );
    const losers = outcomes.filter(({ kind }) => kind !== 'issued');
    for (const loser of losers) {
      expect(loser).toMatchObject({ kind: 'refused', code: 'ERR_ALREADY_CLAIMED' });
    }
    expect(losers).toHaveLength(200 - decisions.length);
    expect(await numbersOf('execution_claim')).toEqual(oneTo(decisions.length));
    const evidence = await evidenceOf(nodeAt(0), store);
    for (const { receipt } of winners) expectGenuine({ receipt }, evidence);
  });

  it('flag whoever contradicts what another node recorded before', async () => {
    const { commitment_id } = await nodeAt(0).issue();
    const outcomes = ['executed', 'failed', 'executed', 'unknown'];
    const asked = oneTo(24).map((number) =>
      nodeAt(number).confirm({ commitment_id, outcome: outcomes[number % outcomes.length] }),
    );
    const confirmations = (await Promise.all(asked))
      .map((outcome) => anyPayloadOf(answerOf(outcome).receipt))
      .filter((payload) => payload.receipt_type === 'execution_confirmation')
      .toSorted((one, other) => one.seq - other.seq);
    expect(confirmations.map(({ seq }) => seq)).toEqual(oneTo(24));
    confirmations.forEach(({ outcome, flags }, index) => {
      const earlier = confirmations.slice(0, index);
      const isContradicted = earlier.some((other) => other.outcome !== outcome);
      expect(flags).toEqual(isContradicted ? ['conflicts_with_earlier'] : []);
    });
  });
});
