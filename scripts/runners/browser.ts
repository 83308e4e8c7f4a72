import { installPackages, programPath } from './debian-packages.ts';
import type { Outcome, Runner } from './runner.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];

/** Page tests need a Chromium; this installs Debian's where it is missing and may be installed. */
export const browser: Runner = {
  name: 'browser',
  run: async () => {
    if (findBrowser() !== undefined) return available();
    const reason = await installPackages(['chromium', 'fonts-dejavu-core']);
    if (reason !== undefined) return skipped(reason);
    return findBrowser() === undefined ? skipped('apt-get installed no chromium') : available();
  },
};

/** Full path of the Chromium that page tests use. */
export function findBrowser(): string | undefined {
  return PROGRAMS.map(programPath).find((path) => path !== undefined);
}

function available(): Outcome {
  return { passed: 1, failures: [], skips: [] };
}

function skipped(reason: string): Outcome {
  return { passed: 0, failures: [], skips: [`tests in a real browser: ${reason}`] };
}
