/**
 * Checks per second through the ledger port, without HTTP: durable, signed, sequenced.
 * `node packages/boundary/bench/ledger-throughput.ts [in flight] [seconds] [inline]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCheckRequest } from '@craton/protocol';
import { systemSources } from '../src/ledger/sources.ts';
import { openInlineSqliteLedger, openSqliteLedger } from '../src/ledger/sqlite/open.ts';
import { SAMPLE_PATH, sampleBody } from '../test/sample.ts';

const [inFlight = '64', seconds = '5', mode = 'thread'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'craton-bench-'));
const options = {
  file: join(folder, 'ledger.sqlite'),
  issuer: 'bench.example',
  signingKeys: [{ environment: 'development', seed: new Uint8Array(32).fill(1) }],
  onFault: (fault: string) => console.error(fault),
};
const ledger =
  mode === 'inline'
    ? openInlineSqliteLedger(options, { sources: systemSources() })
    : await openSqliteLedger(options);
await ledger.admin.apply(
  { kind: 'upsert_partner', partnerId: 'northstar_controls', units: ['operations'] },
  { kind: 'apply_path', environment: 'development', documentText: SAMPLE_PATH },
  {
    kind: 'insert_api_key',
    keySha256: '00'.repeat(32),
    key: {
      keyId: 'key_bench',
      kind: 'bnd',
      environment: 'development',
      partnerId: 'northstar_controls',
      scopes: ['check'],
      expiresAtMs: Date.now() + 3_600_000,
    },
  },
);

const latencies: number[] = [];
let serial = 0;
const endMs = Date.now() + Number(seconds) * 1000;

async function caller(): Promise<void> {
  while (Date.now() < endMs) {
    const request = parseCheckRequest(sampleBody({ external_reference: `bench-${serial++}` }));
    const startedMs = performance.now();
    const outcome = await ledger.writer.check({
      environment: 'development',
      keyId: 'key_bench',
      request,
      deadlineMs: Date.now() + 10_000,
    });
    if (outcome.kind !== 'issued') throw new Error(outcome.code);
    latencies.push(performance.now() - startedMs);
  }
}

const cpuBefore = process.cpuUsage();
await Promise.all(Array.from({ length: Number(inFlight) }, caller));
const cpu = process.cpuUsage(cpuBefore);
latencies.sort((a, b) => a - b);
const at = (share: number) => latencies[Math.floor(latencies.length * share)]?.toFixed(2);
console.log(
  JSON.stringify({
    mode,
    inFlight: Number(inFlight),
    checks_per_s: Math.round(latencies.length / Number(seconds)),
    cpu_us_per_check: Math.round((cpu.user + cpu.system) / latencies.length),
    p50_ms: at(0.5),
    p99_ms: at(0.99),
    max_ms: at(0.99999),
    rss_mb: Math.round(process.memoryUsage.rss() / 1e6),
  }),
);
await ledger.close();
rmSync(folder, { recursive: true });
