/** A context for tests: a folder of its own, everything written is kept. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Bundle, PublicJwk, VerificationReport } from '@craton/protocol';
import type { CliContext } from '../src/context.ts';
import { runCommandLine } from '../src/program.ts';
import { paintNothing } from '../src/text.ts';
import { newFolder } from './temporary-folder.ts';

export const PROJECT_DIR = resolve(import.meta.dirname, '../../..');

export interface FakeContext extends CliContext {
  readonly written: { out: string; err: string };
  readonly stopper: AbortController;
}

/** A context in a new folder below the system's temporary folder. */
export function fakeContext(given: Partial<CliContext> = {}): FakeContext {
  const written = { out: '', err: '' };
  const stopper = new AbortController();
  return {
    out: (text) => (written.out += `${text}\n`),
    err: (text) => (written.err += `${text}\n`),
    paint: paintNothing,
    columns: 100,
    env: {},
    cwd: newFolder(),
    projectDir: PROJECT_DIR,
    now: Date.now,
    readStdin: () => Promise.resolve(new Uint8Array()),
    listenForStop: () => stopper.signal,
    ...given,
    written,
    stopper,
  };
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in a context; only what this run wrote is answered. */
export async function craton(context: FakeContext, ...args: string[]): Promise<Ran> {
  context.written.out = '';
  context.written.err = '';
  const code = await runCommandLine(context, args, '0.0.0');
  return { code, ...context.written };
}

/** The JSON that a run printed. */
export function jsonOf(ran: Ran): unknown {
  return JSON.parse(ran.out);
}

export interface GoldenBundle {
  readonly bundle: Bundle;
  readonly trust_policy: string;
  readonly checked_at: string;
  readonly report: VerificationReport;
}

export interface Golden {
  readonly input: { readonly body_text: string };
  readonly expected: {
    readonly payload: string;
    readonly payload_sha256: string;
    readonly jwk: PublicJwk;
    readonly attestations: readonly object[];
  };
  readonly full: GoldenBundle;
  readonly minimal: GoldenBundle;
}

/** A golden case of `spec/vectors`, by the name of its file without `.json`. */
export function readGolden(name: string): Golden {
  const text = readFileSync(join(PROJECT_DIR, 'spec/vectors/golden', `${name}.json`), 'utf8');
  const { input, expected, bundles } = JSON.parse(text) as Golden & { readonly bundles: Golden };
  return { ...bundles, input, expected };
}

/** Writes a file into the context's folder and answers its name. */
export function writeJson(context: FakeContext, name: string, value: unknown): string {
  writeFileSync(join(context.cwd, name), JSON.stringify(value));
  return name;
}

export function writeText(context: FakeContext, name: string, text: string): string {
  writeFileSync(join(context.cwd, name), text);
  return name;
}
