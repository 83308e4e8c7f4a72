/**
 * Looks at the PostgreSQL store whose URL comes by standard input, and writes what it saw as one line
 * of JSON. `craton doctor` runs it: a URL in an argument or a variable would be seen by others.
 */
import { text } from 'node:stream/consumers';
import { readMigrations } from '@craton/service/migration';
import { examinePostgres } from './ledger/postgres/examine.ts';

const MIGRATIONS = new URL('./ledger/postgres/migrations/', import.meta.url);

const url = await text(process.stdin);
const seen = await examinePostgres(url.trim(), readMigrations(MIGRATIONS));
process.stdout.write(`${JSON.stringify(seen)}\n`);
