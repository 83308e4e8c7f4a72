import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** The root folder of the clone. */
export const ROOT = resolve(import.meta.dirname, '../..');

const NOT_OURS = new Set([
  '.git',
  '.craton',
  'node_modules',
  'dist',
  'coverage',
  'artifacts',
  '__pycache__',
]);

/** Every file of the project but what is built or installed: sorted, relative to its root. */
export function listFiles(folder: string = ROOT): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !NOT_OURS.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return listFiles(path);
      return entry.isFile() ? [relative(ROOT, path)] : [];
    })
    .sort();
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** TypeScript and JavaScript, tests included. */
export function isCode(path: string): boolean {
  return /\.(?:ts|tsx|js|mjs|cjs)$/.test(path);
}

/** Test files and everything in a folder named `test`. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || path.split('/').includes('test');
}

/** `packages/<name>/...` -> name. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}
