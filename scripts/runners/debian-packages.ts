import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runProgram, tailOf } from './process.ts';

const APT_TIMEOUT_MS = 10 * 60_000;

/** Full path of a program that is on PATH. */
export function programPath(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}

/**
 * Installs Debian packages where that is possible. Resolves to undefined if apt-get says that they
 * are there, else to why they are not.
 */
export async function installPackages(names: readonly string[]): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || programPath('apt-get') === undefined) {
    return `${names.join(', ')} missing, and apt-get cannot install here`;
  }
  console.log(`  installing ${names.join(', ')} (apt-get) ...`);
  try {
    await aptGet(['update', '-q']);
    await aptGet(['install', '-y', '-q', '--no-install-recommends', ...names]);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `apt-get could not install ${names.join(', ')}: ${reason}`;
  }
}

async function aptGet(args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const finished = await runProgram('apt-get', args, { env, timeoutMs: APT_TIMEOUT_MS });
  if (finished.code !== 0) throw new Error(tailOf(finished.output, 300));
}
