import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { describeAdministration } from './administration-contract.ts';
import { World } from './ledger-world.ts';
import { makeSqliteStore } from './sqlite-store.ts';

describeAdministration('SQLite', makeSqliteStore);

it.each([
  "UPDATE audit_events SET actor = 'x'",
  'DELETE FROM audit_events',
  "INSERT OR REPLACE INTO audit_events VALUES (1, 0, 'x', 'partner_added', '{}')",
  "INSERT INTO audit_events VALUES (3, 0, 'x', 'partner_added', '{}')",
])('the store itself refuses: %s', async (sql) => {
  const store = makeSqliteStore();
  const world = await World.open(store);
  const event = { actor: 'start', action: 'partner_added', subjectText: '{}' } as const;
  await world.ledger.admin.apply({ kind: 'audit_event', ...event });
  await world.ledger.close();
  const database = new DatabaseSync(store.file);
  expect(() => database.exec(sql)).toThrow('Audit events are never');
  database.close();
  await store.remove();
});
