/**
 * Lets Node load the `.tsx` views: Node strips types, but it does not compile JSX. Importing this
 * module registers the hook; modules loaded afterwards may import `.tsx` files. Test runners that
 * compile `.tsx` themselves never reach the hook.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pid } from 'node:process';
import { fileURLToPath } from 'node:url';
import { transformSync, version } from 'esbuild';

/** Part of every cache key: raise it when the options below change. */
const OPTIONS_VERSION = '1';
const CACHE_FOLDER = join(import.meta.dirname, '..', 'node_modules', '.cache', 'tsx');
const REGISTERED = Symbol.for('craton.web.tsx-loader');

if (!Reflect.has(globalThis, REGISTERED)) {
  Reflect.set(globalThis, REGISTERED, true);
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith('file:') || !url.endsWith('.tsx')) return nextLoad(url, context);
      return { format: 'module', source: compile(fileURLToPath(url)), shortCircuit: true };
    },
  });
}

function compile(path: string): string {
  const source = readFileSync(path, 'utf8');
  const key = createHash('sha256')
    .update(`${version}\n${OPTIONS_VERSION}\n${source}`)
    .digest('hex');
  const cached = join(CACHE_FOLDER, `${key}.js`);
  return readOrUndefined(cached) ?? store(cached, transform(source, path));
}

function transform(source: string, path: string): string {
  return transformSync(source, {
    loader: 'tsx',
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    sourcefile: path,
    sourcemap: 'inline',
  }).code;
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Written beside and renamed, so that no other process reads half a file. */
function store(path: string, code: string): string {
  try {
    mkdirSync(CACHE_FOLDER, { recursive: true });
    const unfinished = `${path}.${pid}`;
    writeFileSync(unfinished, code);
    renameSync(unfinished, path);
  } catch {
    // A read-only installation compiles at every start instead.
  }
  return code;
}
