/**
 * Lets Node load the `.tsx` views: Node strips types, but it does not compile JSX. Importing this
 * module registers the hook; modules loaded afterwards may import `.tsx` files. Test runners that
 * compile `.tsx` themselves never reach the hook.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync, version } from 'esbuild';
import { readCached, writeCached } from './build-cache.ts';

/** Part of every cache key: raise it when the options below change. */
const OPTIONS_VERSION = '1';
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
  const cached = readCached(`tsx/${key}.js`);
  if (cached !== undefined) return cached;
  const code = transform(source, path);
  writeCached(`tsx/${key}.js`, code);
  return code;
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
