import { readFileSync } from 'node:fs';

/** Version of this software, as its package says. */
export const VERSION = parseVersion(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

function parseVersion(manifest: string): string {
  return (JSON.parse(manifest) as { version: string }).version;
}
