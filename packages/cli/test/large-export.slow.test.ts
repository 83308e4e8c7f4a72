/** An export that is far larger than the memory that its audit may take. */
import { spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { closeSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  digestBytes,
  encodeLogEntry,
  encodePayload,
  formatTime,
  streamTagText,
} from '@craton/protocol';
import { expect, it } from 'vitest';
import {
  AuditWorld,
  GOLDEN_ATTESTATION,
  type PrintedReport,
  STARTED_MS,
  TRUST,
} from './audit-world.ts';
import { PROJECT_DIR } from './fake-context.ts';
import { golden } from './signed-receipt.ts';
import { newFolder } from './temporary-folder.ts';

const RECEIPTS = 200_000;
/** MiB of JavaScript objects that the audit may have; the export alone is ten times as large. */
const HEAP_MIB = 48;
/** Entries that the log grows by at once. */
const GROWTH = 25_600;
const signature = Buffer.alloc(64, 1).toString('base64');

/**
 * Writes an export of one stream and a folder with its log. The receipts are signed by nobody: the
 * tree of the log stands for them, and making signatures would take most of the time.
 */
async function writeLargeExport(folder: string): Promise<void> {
  const { decisions } = await AuditWorld.make(1);
  const [first] = decisions.receipts;
  if (first === undefined) throw new Error('No receipt.');
  const { kid } = golden.expected.jwk;
  const world = new AuditWorld();
  await world.logEvent(GOLDEN_ATTESTATION);
  const { log } = world;
  const file = openSync(join(folder, 'export.jsonl'), 'w');
  const hash = createHash('sha256');
  const write = (line: unknown): void => {
    const text = `${JSON.stringify(line)}\n`;
    hash.update(text);
    writeSync(file, text);
  };
  const key = Buffer.from(decisions.identity.stream_key, 'base64url');
  const template = Buffer.from(encodePayload(first.payload)).toString();
  const entries: Uint8Array[] = [];
  const lines: string[] = [];
  for (let seq = 1; seq <= RECEIPTS; seq++) {
    const bytes = Buffer.from(template.replace('"seq":1,', `"seq":${seq},`));
    const text = streamTagText({ stream: decisions.stream, epoch: 1, seq });
    const tag = createHmac('sha256', key).update(text).digest('base64url');
    entries.push(encodeLogEntry({ v: 1, digest: digestBytes(bytes, sha256), kid, tag }));
    const receipt = { payload_b64: bytes.toString('base64'), signature, kid, sig_alg: 'ed25519' };
    lines.push(`${JSON.stringify({ receipt })}\n`);
  }
  for (let start = 0; start < RECEIPTS; start += GROWTH) {
    await log.grow(entries.slice(start, start + GROWTH), { witnessed: true });
  }
  decisions.seq = RECEIPTS + 1;
  const { header } = world.export([decisions]);
  write({ ...header, checkpoint: log.note });
  for (let start = 0; start < lines.length; start += 1000) {
    const text = lines.slice(start, start + 1000).join('');
    hash.update(text);
    writeSync(file, text);
  }
  const streams = [{ stream: decisions.stream, receipts: RECEIPTS }];
  const digest = `sha256:${hash.digest('hex')}`;
  writeSync(file, `${JSON.stringify({ trailer: { streams, digest } })}\n`);
  closeSync(file);
  for (const [path, bytes] of log.files) {
    mkdirSync(dirname(join(folder, 'log', path)), { recursive: true });
    writeFileSync(join(folder, 'log', path), bytes);
  }
  writeFileSync(join(folder, 'trust.txt'), TRUST);
}

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

it('audits an export that is larger than its memory', async () => {
  const folder = newFolder();
  await writeLargeExport(folder);
  expect(statSync(join(folder, 'export.jsonl')).size).toBeGreaterThan(5 * HEAP_MIB * 2 ** 20);
  const period = ['--from', formatTime(STARTED_MS), '--to', formatTime(STARTED_MS + 1000)];
  const done = spawnSync(
    process.execPath,
    [
      `--max-old-space-size=${HEAP_MIB}`,
      join(PROJECT_DIR, 'packages/cli/src/main.ts'),
      ...['audit', 'export.jsonl', '--trust', 'trust.txt', '--log', 'log', '--merkle', '--json'],
      ...period,
    ],
    { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'] } },
  );
  expect([done.status, done.stderr]).toEqual([0, '']);
  const report = JSON.parse(done.stdout) as PrintedReport;
  expect(report.totals).toMatchObject({ receipts: RECEIPTS, openings_deleted: RECEIPTS });
  expect(report.log).toMatchObject({ receipts_in_log: RECEIPTS, receipts_pending: 0 });
  expect(report.rates['merkle_range_per_s']).toBeGreaterThan(0);
}, 240_000);
