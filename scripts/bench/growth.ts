/** What a check, a proof and a byte cost as the record grows: `npm run bench -- --long`. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { craton, type Craton } from './subjects.ts';
import { measure } from './wrk.ts';

/** How things stand at one size of the record. */
export interface GrowthRow {
  readonly receipts: number;
  /** With 64 connections. */
  readonly checksPerSecond: number;
  /** Of one connection. */
  readonly checkP50Ms: number;
  readonly checkP99Ms: number;
  /** Of `GET /log/proof/{id}`, for receipts all over the record. */
  readonly proofP50Ms: number;
  /** From the last receipt of a load to a checkpoint that covers it. */
  readonly coveredAfterMs: number;
  /** Of the database's files. */
  readonly bytesPerReceipt: number;
}

const SIZES = [10_000, 100_000, 1_000_000];
const LOAD = { connections: 64, seconds: 5 };
const SINGLE = { connections: 1, seconds: 5 };
const PROOFS = 100;
const POLL_MS = 50;
const COVERED_MS_MAX = 120_000;

/** Grows one record through the real path and looks at it at each size; `onProgress` for people. */
export async function measureGrowth(onProgress: (text: string) => void): Promise<GrowthRow[]> {
  const subject = await craton('craton sqlite');
  const rows: GrowthRow[] = [];
  try {
    for (const size of SIZES) {
      let { size: receipts } = await checkpointOf(subject);
      while (receipts < size) {
        onProgress(`${receipts} of ${size} receipts`);
        await measure(subject.load, LOAD);
        receipts = await lastSeq(subject);
      }
      rows.push(await lookAt(subject, receipts));
    }
  } finally {
    await subject.stop();
  }
  return rows;
}

async function lookAt(subject: Craton, receipts: number): Promise<GrowthRow> {
  const load = await measure(subject.load, LOAD);
  const coveredAfterMs = await untilCovered(subject);
  const single = await measure(subject.load, SINGLE);
  return {
    receipts,
    checksPerSecond: load.perSecond,
    checkP50Ms: single.p50Ms,
    checkP99Ms: single.p99Ms,
    proofP50Ms: await proofTime(subject, receipts),
    coveredAfterMs,
    bytesPerReceipt: databaseBytes(subject.dataDir) / (await lastSeq(subject)),
  };
}

/** Milliseconds until the newest checkpoint covers everything. */
async function untilCovered(subject: Craton): Promise<number> {
  const target = await lastSeq(subject);
  const startedMs = performance.now();
  while (performance.now() - startedMs < COVERED_MS_MAX) {
    if ((await checkpointOf(subject)).size >= target) return performance.now() - startedMs;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error('No checkpoint covered the record in time.');
}

async function proofTime(subject: Craton, receipts: number): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < PROOFS; index++) {
    const seq = 1 + Math.floor((index * (receipts - 1)) / PROOFS);
    const [line = ''] = (await get(subject, listAddress(seq))).split('\n');
    const { request_id: id } = JSON.parse(line) as { readonly request_id: string };
    const startedMs = performance.now();
    await get(subject, `/log/proof/${id}`);
    times.push(performance.now() - startedMs);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1] ?? NaN;
}

const listAddress = (fromSeq: number): string =>
  `/v1/receipts?path=sample-threshold&from_seq=${fromSeq}&limit=1`;

/** The only stream that the load writes to counts the receipts. */
async function lastSeq(subject: Craton): Promise<number> {
  const { streams } = JSON.parse(await get(subject, '/v1/streams')) as {
    readonly streams: readonly { readonly last_seq: number }[];
  };
  return streams.reduce((sum, { last_seq: last }) => sum + last, 0);
}

async function checkpointOf(subject: Craton): Promise<{ readonly size: number }> {
  const response = await fetch(new URL('/log/checkpoint', subject.load.url));
  if (response.status === 404) return { size: 0 };
  const [, size = '0'] = (await response.text()).split('\n');
  return { size: Number(size) };
}

async function get({ load }: Craton, address: string): Promise<string> {
  const response = await fetch(new URL(address, load.url), { headers: load.headers });
  const text = await response.text();
  if (response.ok) return text;
  throw new Error(`${address.replace(/req_.*/, '...')} answered ${response.status}.`);
}

function databaseBytes(dataDir: string): number {
  const files = readdirSync(dataDir).filter((name) => /\.db(?:-wal)?$/.test(name));
  return files.reduce((sum, name) => sum + statSync(join(dataDir, name)).size, 0);
}
