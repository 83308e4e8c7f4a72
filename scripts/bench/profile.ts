/** Where the time of a check goes: the service under load with the CPU profiler of Node on. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { craton, stopGroup, untilOk } from './subjects.ts';
import { measure } from './wrk.ts';

/** One line of a profile. */
export interface ProfileRow {
  /** A function and where it stands, or what the engine calls its own work. */
  readonly what: string;
  /** Of the time in which the thread did something. */
  readonly share: number;
}

/** What one thread did. */
export interface ThreadProfile {
  readonly thread: 'main' | 'writer';
  /** Of the time of the load. */
  readonly busyShare: number;
  readonly rows: readonly ProfileRow[];
}

const ENTRY = fileURLToPath(new URL('../../packages/boundary/src/main.ts', import.meta.url));
const SAMPLE_US = 200;
const LOAD = { connections: 64, seconds: 10 };
/** The part at the end of the load that is looked at: before it, the engine is still compiling. */
const MEASURED_SHARE = 0.6;
const IDLE = '(idle)';
const ROWS = 25;

/** Profiles of both threads of a server of its own, with 64 connections. */
export async function profileCraton(): Promise<readonly ThreadProfile[]> {
  const folder = mkdtempSync(join(tmpdir(), 'craton-profile-'));
  const subject = await craton('craton sqlite');
  try {
    const environment = environmentOf(subject.serverPid() ?? 0);
    await subject.end();
    const child = spawn(process.execPath, [...profilerFlags(folder), ENTRY], {
      env: environment,
      stdio: 'ignore',
      detached: true,
    });
    await untilOk(new URL('/readyz', subject.load.url).href, child);
    await measure(subject.load, LOAD);
    await stopGroup(child);
    return readProfiles(folder);
  } finally {
    await subject.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function profilerFlags(folder: string): string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${SAMPLE_US}`];
}

/** What the process was started with, without its channel to the supervisor. */
function environmentOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  const entries = lines.flatMap((line): [string, string][] => {
    const at = line.indexOf('=');
    return at < 1 || line.startsWith('NODE_CHANNEL')
      ? []
      : [[line.slice(0, at), line.slice(at + 1)]];
  });
  return Object.fromEntries(entries);
}

/** The main thread's file has thread id 0 in its name, the writer's the next one. */
function readProfiles(folder: string): ThreadProfile[] {
  const files = readdirSync(folder).sort((a, b) => threadOf(a) - threadOf(b));
  return (['main', 'writer'] as const).flatMap((thread, index) => {
    const file = files[index];
    if (file === undefined) return [];
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
    return [{ thread, ...summarize(profile) }];
  });
}

/** `CPU.<date>.<time>.<pid>.<thread>.<serial>.cpuprofile`. */
function threadOf(file: string): number {
  return Number(file.split('.')[4]);
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

function summarize({ nodes, samples, timeDeltas }: CpuProfile): Omit<ThreadProfile, 'thread'> {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const timeUs = new Map<string, number>();
  // The start is no part of a check.
  const totalUs = timeDeltas.reduce((sum, delta) => sum + delta, 0);
  const fromUs = totalUs - MEASURED_SHARE * LOAD.seconds * 1e6;
  let atUs = 0;
  samples.forEach((id, index) => {
    const deltaUs = timeDeltas[index] ?? 0;
    atUs += deltaUs;
    if (atUs < fromUs) return;
    const name = names.get(id) ?? '?';
    timeUs.set(name, (timeUs.get(name) ?? 0) + deltaUs);
  });
  const spanUs = Math.min(totalUs, totalUs - fromUs);
  const busyUs = spanUs - (timeUs.get(IDLE) ?? 0);
  timeUs.delete(IDLE);
  const rows = Array.from(timeUs, ([what, us]) => ({ what, share: us / busyUs }));
  return {
    busyShare: busyUs / spanUs,
    rows: rows.sort((a, b) => b.share - a.share).slice(0, ROWS),
  };
}

function nameOf({
  functionName,
  url,
  lineNumber,
}: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const file = url.replace(/^.*\/(?:packages|node_modules)\//, '');
  return `${name} (${file}:${lineNumber + 1})`;
}
