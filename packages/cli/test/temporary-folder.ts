/** Folders for tests, removed when the file's tests are over. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];

afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Absolute path of a new folder below the system's temporary folder. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'craton-cli-'));
  made.push(folder);
  return folder;
}
