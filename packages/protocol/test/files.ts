/** Where the tests of this package find their data. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);

/** Our own vectors, kept for ever. */
export const specVectors = new URL('spec/vectors/', root);

/** Other people's vectors, beside the project; not there on a stranger's machine. */
export const sharedVectors = new URL('../shared/vectors/', root);
export const hasSharedVectors = existsSync(fileURLToPath(sharedVectors));
export const SKIPPED_WITHOUT_SHARED = hasSharedVectors ? '' : ' (SKIPPED: ../shared is absent)';

// Every caller names the shape of the file that it reads.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function readJson<T>(url: URL): T {
  return JSON.parse(readFileSync(url, 'utf8')) as T;
}

export function listJson(folder: URL): URL[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => new URL(name, folder));
}
