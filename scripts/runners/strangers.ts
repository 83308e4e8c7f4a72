import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackages, programPath } from './debian-packages.ts';
import { ROOT, runNode, runProgram, tailOf } from './process.ts';
import type { Outcome, Runner } from './runner.ts';

const FOLDER = join(ROOT, 'test/strangers');
/** Where Debian keeps the source of Go libraries. */
const GOPATH = '/usr/share/gocode';
const LIBRARY = join(GOPATH, 'src/golang.org/x/mod/sumdb/tlog');
const PACKAGES = ['golang-go', 'golang-golang-x-mod-dev'];
const TIMEOUT_MS = 300_000;
/** Each writes a log into a folder: one of many sizes, and one that the publisher published. */
const WRITERS = ['write-fixtures.ts', 'write-published.ts'] as const;

/** Go's own code for notes and transparency logs, on logs that ours has made. */
export const strangers: Runner = {
  name: 'strangers (Go)',
  run: async () => {
    const reason = isInstalled() ? undefined : await installPackages(PACKAGES);
    if (!isInstalled()) {
      const skip = `the log, checked by Go: ${reason ?? 'apt-get installed no Go'}`;
      return { passed: 0, failures: [], skips: [skip] };
    }
    const outcomes: Outcome[] = [];
    for (const writer of WRITERS) outcomes.push(await checkLog(writer));
    return {
      passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
      failures: outcomes.flatMap(({ failures }) => failures),
      skips: [],
    };
  },
};

async function checkLog(writer: (typeof WRITERS)[number]): Promise<Outcome> {
  const fixtures = await mkdtemp(join(tmpdir(), 'craton-strangers-'));
  try {
    const outcome = await checkFixtures(writer, fixtures);
    return { ...outcome, failures: outcome.failures.map((failure) => `${writer}: ${failure}`) };
  } finally {
    await rm(fixtures, { recursive: true, force: true });
  }
}

function isInstalled(): boolean {
  return programPath('go') !== undefined && existsSync(LIBRARY);
}

async function checkFixtures(writer: string, fixtures: string): Promise<Outcome> {
  const written = await runNode([join(FOLDER, writer), fixtures], {
    timeoutMs: TIMEOUT_MS,
  });
  if (written.code !== 0) throw new Error(`no fixtures were written:\n${tailOf(written.output)}`);
  const finished = await runProgram('go', ['run', join(FOLDER, 'main.go'), fixtures], {
    // Nothing is looked up or downloaded: what Debian installed is all there is.
    env: {
      PATH: process.env['PATH'],
      GOPATH,
      GO111MODULE: 'off',
      GOFLAGS: '',
      GOPROXY: 'off',
      GOTOOLCHAIN: 'local',
      GOCACHE: join(ROOT, 'node_modules/.cache/go-build'),
    },
    timeoutMs: TIMEOUT_MS,
  });
  return parseStrangers(finished.output);
}

/** Reads the lines of `main.go`; throws if its last one is missing. */
export function parseStrangers(output: string): Outcome {
  const lines = output.trimEnd().split('\n');
  if (lines.at(-1) !== 'done') {
    throw new Error(`the output of test/strangers/main.go cannot be read:\n${tailOf(output)}`);
  }
  return {
    passed: lines.filter((line) => line.startsWith('ok ')).length,
    failures: lines.filter((line) => line.startsWith('FAIL ')).map((line) => line.slice(5)),
    skips: [],
  };
}
