/**
 * Checks per second through the ledger port, without HTTP: durable, signed, sequenced.
 * `node packages/boundary/bench/ledger-throughput.ts [engine] [in flight] [seconds] [mode] [partners]`
 * with the engine `sqlite` or `postgres` (that of `TEST_DATABASE_URL`, else one that is started for
 * this), and the mode `thread` or `inline`.
 */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCheckRequest } from '@craton/protocol';
import type { OpenLedger } from '../src/ledger/open-ledger.ts';
import { openInlinePostgresLedger, openPostgresLedger } from '../src/ledger/postgres/open.ts';
import { systemSources } from '../src/ledger/sources.ts';
import { openInlineSqliteLedger, openSqliteLedger } from '../src/ledger/sqlite/open.ts';
import { createDatabase } from '../test/postgres.ts';
import { SAMPLE_DOCUMENT, sampleBody } from '../test/sample.ts';

const [engine = 'sqlite', inFlight = '64', seconds = '5', mode = 'thread', partners = '1'] =
  process.argv.slice(2);
let batches = 0;
const options = {
  issuer: 'bench.example',
  signingKeys: [{ environment: 'development', seed: new Uint8Array(32).fill(1) }],
  onFault: (fault: string) => console.error(fault),
  onBatch: () => {
    batches++;
  },
};
const seams = { sources: systemSources() };
const isInline = mode === 'inline';

async function openSqlite(): Promise<[OpenLedger, () => Promise<void>]> {
  const folder = mkdtempSync(join(tmpdir(), 'craton-bench-'));
  const settings = { ...options, file: join(folder, 'ledger.sqlite') };
  const opened = isInline ? openInlineSqliteLedger(settings, seams) : openSqliteLedger(settings);
  return [await opened, () => rm(folder, { recursive: true })];
}

async function openPostgres(): Promise<[OpenLedger, () => Promise<void>]> {
  const database = await createDatabase();
  const settings = { ...options, url: database.url, isProductionLike: true };
  const opened = isInline
    ? openInlinePostgresLedger(settings, seams)
    : openPostgresLedger(settings);
  return [await opened, () => database.drop()];
}

const [ledger, remove] = await (engine === 'postgres' ? openPostgres() : openSqlite());
const partnerIds = Array.from({ length: Number(partners) }, (_, index) => `partner_${index}`);
for (const partnerId of partnerIds) {
  await ledger.admin.apply(
    { kind: 'upsert_partner', partnerId, units: ['operations'] },
    {
      kind: 'apply_path',
      environment: 'development',
      documentText: JSON.stringify({ ...SAMPLE_DOCUMENT, partner_id: partnerId }),
    },
    {
      kind: 'insert_api_key',
      keySha256: Buffer.from(partnerId.padEnd(32)).toString('hex'),
      key: {
        keyId: `key_${partnerId}`,
        kind: 'bnd',
        environment: 'development',
        partnerId,
        scopes: ['check'],
        expiresAtMs: Date.now() + 3_600_000,
      },
    },
  );
}

const latencies: number[] = [];
let serial = 0;
const endMs = Date.now() + Number(seconds) * 1000;

async function caller(): Promise<void> {
  while (Date.now() < endMs) {
    const partnerId = partnerIds[serial % partnerIds.length] ?? '';
    const body = sampleBody({ partner_id: partnerId, external_reference: `bench-${serial++}` });
    const request = parseCheckRequest(body);
    const startedMs = performance.now();
    const outcome = await ledger.writer.check({
      environment: 'development',
      keyId: `key_${partnerId}`,
      request,
      deadlineMs: Date.now() + 10_000,
    });
    if (outcome.kind !== 'issued') throw new Error(outcome.code);
    latencies.push(performance.now() - startedMs);
  }
}

batches = 0;
const cpuBefore = process.cpuUsage();
await Promise.all(Array.from({ length: Number(inFlight) }, caller));
const cpu = process.cpuUsage(cpuBefore);
latencies.sort((a, b) => a - b);
const at = (share: number) => latencies[Math.floor(latencies.length * share)]?.toFixed(2);
console.log(
  JSON.stringify({
    engine,
    mode,
    partners: partnerIds.length,
    inFlight: Number(inFlight),
    checks_per_s: Math.round(latencies.length / Number(seconds)),
    cpu_us_per_check: Math.round((cpu.user + cpu.system) / latencies.length),
    checks_per_batch: Math.round(latencies.length / batches),
    p50_ms: at(0.5),
    p99_ms: at(0.99),
    max_ms: at(0.99999),
    rss_mb: Math.round(process.memoryUsage.rss() / 1e6),
  }),
);
await ledger.close();
await remove();
