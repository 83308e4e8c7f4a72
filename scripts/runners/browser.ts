import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runProgram, tailOf } from './process.ts';
import type { Outcome, Runner } from './runner.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];
const APT_TIMEOUT_MS = 10 * 60_000;

/** Page tests need a Chromium; this installs Debian's where it is missing and may be installed. */
export const browser: Runner = {
  name: 'browser',
  run: async () => {
    if (findBrowser() !== undefined) return available();
    if (process.getuid?.() !== 0 || !isOnPath('apt-get')) {
      return skipped('no Chromium on PATH, and apt-get cannot install one here');
    }
    console.log('  installing chromium (apt-get) ...');
    try {
      await aptGet(['update', '-q']);
      await aptGet([
        'install',
        '-y',
        '-q',
        '--no-install-recommends',
        'chromium',
        'fonts-dejavu-core',
      ]);
    } catch (error) {
      return skipped(
        `apt-get could not install chromium: ${error instanceof Error ? error.message : ''}`,
      );
    }
    return findBrowser() === undefined ? skipped('apt-get installed no chromium') : available();
  },
};

/** Full path of the Chromium that page tests use. */
export function findBrowser(): string | undefined {
  return PROGRAMS.map(pathOf).find((path) => path !== undefined);
}

function available(): Outcome {
  return { passed: 1, failures: [], skips: [] };
}

function skipped(reason: string): Outcome {
  return { passed: 0, failures: [], skips: [`tests in a real browser: ${reason}`] };
}

function isOnPath(program: string): boolean {
  return pathOf(program) !== undefined;
}

function pathOf(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}

async function aptGet(args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const finished = await runProgram('apt-get', args, { env, timeoutMs: APT_TIMEOUT_MS });
  if (finished.code !== 0) throw new Error(tailOf(finished.output, 300));
}
