import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { World } from './ledger-world.ts';
import { describeOperators } from './operator-contract.ts';
import { makeSqliteStore } from './sqlite-store.ts';

describeOperators('SQLite', makeSqliteStore);

it.each([
  "UPDATE operator_records SET actor = 'x'",
  'DELETE FROM operator_records',
  "INSERT INTO operator_records VALUES (3, 'a', 2, 0, 'x', 'y', '{}', 'z')",
  "INSERT INTO operator_records VALUES (2, 'a', 3, 0, 'x', 'y', '{}', 'z')",
])('the store itself refuses: %s', async (sql) => {
  const store = makeSqliteStore();
  const world = await World.open(store);
  await world.ledger.admin.apply({
    kind: 'append_record',
    chain: 'a',
    actor: 'start',
    recordKind: 'noted',
    bodyText: '{}',
  });
  await world.ledger.close();
  const database = new DatabaseSync(store.file);
  expect(() => database.exec(sql)).toThrow('Operator records are never');
  database.close();
  await store.remove();
});
