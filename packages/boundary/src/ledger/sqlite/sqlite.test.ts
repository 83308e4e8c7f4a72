import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { type Migration, migrateSqlite, readMigrations } from '@craton/service/migration';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeSources } from '../../../test/fake-sources.ts';
import { DEVELOPMENT, World } from '../../../test/ledger-world.ts';
import { makeSqliteStore, type SqliteStoreUnderTest } from '../../../test/sqlite-store.ts';
import { openWriteConnection } from './connection.ts';
import { classifySqliteError } from './sqlite-error.ts';

const MIGRATIONS = new URL('./migrations/', import.meta.url);
const refusedWith = (code: string) => expect.objectContaining({ code }) as Error;

const migrate = (database: DatabaseSync, migrations: readonly Migration[]) =>
  migrateSqlite(database, { table: 'migrations', migrations }, () => 0);

let store: SqliteStoreUnderTest;

beforeEach(() => {
  store = makeSqliteStore();
});

afterEach(() => store.remove());

describe('one writer', () => {
  it('is refused to a second one in this process and in its thread', async () => {
    const ledger = await store.open({ sources: new FakeSources() });
    const locked = { code: 'ERR_STORE_LOCKED' };
    await expect(store.open()).rejects.toMatchObject(locked);
    await expect(store.open({ sources: new FakeSources() })).rejects.toMatchObject(locked);
    await ledger.close();
    await (await store.open()).close();
  });

  it('is refused to another process, also through a link', async () => {
    const ledger = await store.open();
    const link = join(store.folder, 'link.sqlite');
    symlinkSync(store.file, link);
    for (const file of [store.file, link]) {
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', OPENER], {
        env: { ...process.env, OPENER_FILE: file },
        encoding: 'utf8',
      });
      expect(stdout).toBe('ERR_STORE_LOCKED');
    }
    await ledger.close();
  });

  it('may follow one that was killed', async () => {
    const holder = spawn(process.execPath, ['--input-type=module', '-e', OPENER], {
      env: { ...process.env, OPENER_FILE: store.file },
    });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    await expect(store.open()).rejects.toMatchObject({ code: 'ERR_STORE_LOCKED' });
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('exit', resolve));
    await (await store.open()).close();
  });

  const OPENER = `
    const { SqliteStore } = await import(${JSON.stringify(new URL('./store.ts', import.meta.url).href)});
    const { systemSources } = await import(${JSON.stringify(new URL('../sources.ts', import.meta.url).href)});
    try {
      globalThis.held = SqliteStore.open(process.env.OPENER_FILE, systemSources());
      process.stdout.write('open');
      setInterval(() => {}, 1000);
    } catch (error) {
      process.stdout.write(error.code);
    }`;
});

describe('the file', () => {
  it('is durable: write-ahead log, full synchronisation, foreign keys, for its owner only', () => {
    const database = openWriteConnection(store.file, new FakeSources());
    const pragma = (name: string) =>
      Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    expect(pragma('journal_mode')).toBe('wal');
    expect(pragma('synchronous')).toBe(2);
    expect(pragma('foreign_keys')).toBe(1);
    expect(pragma('secure_delete')).toBe(1);
    const tables = database
      .prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0")
      .all();
    expect(tables.map(({ name }) => name)).toEqual(['sqlite_schema']);
    database.close();
  });

  it('is made with the mode 0600', async () => {
    const ledger = await store.open();
    expect(statSync(store.file).mode & 0o777).toBe(0o600);
    expect(statSync(`${store.file}-wal`).mode & 0o777).toBe(0o600);
    await ledger.close();
  });

  it('holds nothing of an erased opening, nor any reference or idempotency key in clear', async () => {
    const world = await World.open(store);
    const members = { external_reference: 'reference-to-forget', case_id: 'case-to-forget' };
    const { request_id } = await world.issue(members, { idempotencyKey: 'key-to-forget' });
    const everything = () =>
      ['', '-wal', '.lock'].map((end) => readFileSync(store.file + end, 'latin1')).join('');
    expect(everything()).toContain('reference-to-forget');
    expect(everything()).not.toContain('key-to-forget');
    await world.ledger.admin.apply({
      kind: 'erase_opening',
      owner: DEVELOPMENT,
      requestId: request_id,
    });
    expect(everything()).not.toContain('to-forget');
    await world.ledger.close();
  });
});

describe('migrations', () => {
  it('are applied once and recorded with their checksums', () => {
    const known = readMigrations(MIGRATIONS);
    openWriteConnection(store.file, new FakeSources()).close();
    const database = openWriteConnection(store.file, new FakeSources());
    const rows = database.prepare('SELECT version, name, checksum FROM migrations').all();
    expect(rows.map((row) => ({ ...row }))).toEqual(
      known.map(({ version, name, checksum }) => ({ version, name, checksum })),
    );
    database.close();
  });

  it('refuse a store of newer software, and one whose history is another', () => {
    const known = readMigrations(MIGRATIONS);
    for (const change of [
      "INSERT INTO migrations VALUES (99, 'later', 'x', 0)",
      "UPDATE migrations SET checksum = 'y' WHERE version = 1",
    ]) {
      const database = openWriteConnection(store.file, new FakeSources());
      database.exec('BEGIN');
      database.exec(change);
      expect(() => migrate(database, known)).toThrow(refusedWith('ERR_MIGRATION'));
      database.exec('ROLLBACK');
      database.close();
    }
  });

  it('change nothing if one of them fails', () => {
    const database = new DatabaseSync(store.file);
    const good = { version: 1, name: 'good', sql: 'CREATE TABLE a (x)', checksum: '1' };
    const bad = {
      version: 2,
      name: 'bad',
      sql: 'CREATE TABLE b (x); CREATE TABLE b (x)',
      checksum: '2',
    };
    expect(() => migrate(database, [good, bad])).toThrow(refusedWith('ERR_MIGRATION'));
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    expect(tables.map(({ name }) => name)).toEqual(['migrations', 'a']);
    migrate(database, [good, { ...bad, sql: 'CREATE TABLE b (x)' }]);
    database.close();
  });

  it('refuse a file that is no store', async () => {
    writeFileSync(store.file, 'This is a text, and much longer than any header. '.repeat(100));
    const refused = { code: 'ERR_STORE_UNAVAILABLE' };
    await expect(store.open()).rejects.toMatchObject(refused);
    await expect(store.open({ sources: new FakeSources() })).rejects.toMatchObject(refused);
  });

  it('come in files without a gap', () => {
    const versions = readMigrations(MIGRATIONS).map(({ version }) => version);
    expect(versions).toEqual(versions.map((_, index) => index + 1));
    const folder = mkdtempSync(join(tmpdir(), 'craton-migrations-'));
    writeFileSync(join(folder, '0001-a.sql'), 'SELECT 1');
    writeFileSync(join(folder, '0003-c.sql'), 'SELECT 3');
    expect(() => readMigrations(pathToFileURL(`${folder}/`))).toThrow(refusedWith('ERR_MIGRATION'));
    rmSync(folder, { recursive: true });
  });
});

describe('failures of SQLite', () => {
  const sqliteError = (errcode: number) => Object.assign(new Error('x'), { errcode });

  it('concern one entry, or pass, or are fatal; the unknown is fatal', () => {
    expect(classifySqliteError(new TypeError('ours'))).toBe('entry');
    for (const code of [18, 19, 20, 25, 19 | (8 << 8)]) {
      expect(classifySqliteError(sqliteError(code))).toBe('entry');
    }
    for (const code of [5, 6, 7, 13])
      expect(classifySqliteError(sqliteError(code))).toBe('unavailable');
    for (const code of [1, 8, 10, 11, 26, 10 | (4 << 8), 99]) {
      expect(classifySqliteError(sqliteError(code))).toBe('fatal');
    }
  });

  it('to take over a change that is stored: the change stands, and nothing is issued after it', async () => {
    const world = await World.open(store);
    const vandal = new DatabaseSync(store.file);
    vandal.exec("UPDATE paths SET document = '{}' WHERE live = 1");
    vandal.close();
    await world.ledger.admin.apply({ kind: 'upsert_partner', partnerId: 'newcomer', units: [] });
    expect(await world.ask()).toMatchObject({
      kind: 'unavailable',
      code: 'ERR_STORE_UNAVAILABLE',
    });
    expect(world.ledger.health()).toMatchObject({ state: 'failed' });
    await world.ledger.close();
  });
});
