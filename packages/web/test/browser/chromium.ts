/** A headless Chromium that talks to nobody but the pages under test. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Full path of the browser; undefined: the tests that need one are skipped, and say so. */
export const browserPath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => PROGRAMS.map((program) => join(folder, program)))
  .find((path) => existsSync(path));

/** Starts it with a fresh profile, which the driver deletes when the browser is closed. */
export async function launchChromium(): Promise<Browser> {
  if (browserPath === undefined) throw new TypeError('No Chromium found on PATH.');
  return chromium.launch({ executablePath: browserPath, args: FLAGS });
}
