/**
 * What was compiled is kept below `node_modules`, where other generated code is: a start then needs
 * no compiler. A cache that cannot be read or written is no cache, and never an error.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pid } from 'node:process';

const FOLDER = join(import.meta.dirname, '..', 'node_modules', '.cache');

/** Text that was kept under a name (a path with `/`); undefined: none. */
export function readCached(name: string): string | undefined {
  try {
    return readFileSync(join(FOLDER, name), 'utf8');
  } catch {
    return undefined;
  }
}

/** Keeps a text, if the folder can be written. */
export function writeCached(name: string, text: string): void {
  const path = join(FOLDER, name);
  try {
    mkdirSync(dirname(path), { recursive: true });
    // Written beside and renamed, so that no other process reads half a file.
    const unfinished = `${path}.${pid}`;
    writeFileSync(unfinished, text);
    renameSync(unfinished, path);
  } catch {
    // A read-only installation compiles at every start instead.
  }
}
