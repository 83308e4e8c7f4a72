/** The names that self-service knows of the production ledger, against the ledger's migrations. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PRODUCTION_TABLES } from '../packages/self-service/src/readiness/production-tables.ts';

const LEDGER = new URL('../packages/boundary/src/ledger/', import.meta.url);

/** Tables as they are named after all migrations of both engines. */
function tablesOf(engine: 'sqlite' | 'postgres'): Set<string> {
  const folder = new URL(`${engine}/migrations/`, LEDGER);
  const tables = new Set<string>();
  for (const file of readdirSync(folder).sort()) {
    const sql = readFileSync(new URL(file, folder), 'utf8').replaceAll(/--.*$/gm, '');
    for (const [, verb, name = '', to] of sql.matchAll(
      /\b(CREATE|DROP|ALTER) TABLE (?:IF (?:NOT )?EXISTS )?(\w+)(?:\s+RENAME TO (\w+))?/g,
    )) {
      if (verb === 'DROP') tables.delete(name);
      else if (verb === 'CREATE') tables.add(name);
      else if (to !== undefined) {
        tables.delete(name);
        tables.add(to);
      }
    }
  }
  return tables;
}

describe('the production tables that self-service must not write', () => {
  it('are all tables of the ledger, on both engines', () => {
    const all = new Set([...tablesOf('sqlite'), ...tablesOf('postgres')]);
    expect(all.size).toBeGreaterThan(10);
    expect(PRODUCTION_TABLES.toSorted()).toEqual(Array.from(all).sort());
  });
});
