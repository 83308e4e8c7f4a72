/** Bundles style sheet and scripts, once for each state of their sources. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { buildSync, version } from 'esbuild';
import { readCached, writeCached } from './build-cache.ts';

/** One bundled file. */
export interface BundledFile {
  /** `site.css` */
  readonly name: string;
  readonly body: Uint8Array;
  readonly brotli: Uint8Array;
}

const OPTIONS = {
  absWorkingDir: import.meta.dirname,
  entryPoints: {
    site: 'styles/site.css',
    copy: 'islands/copy.ts',
    verify: 'verifier/main.tsx',
    icon: 'styles/icon.svg',
  },
  outdir: '/',
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: 'iife',
  platform: 'browser',
  target: 'es2023',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.svg': 'copy' },
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'error',
} as const;

/** One step below the best, which takes three times as long for 2 % less. */
const BROTLI_QUALITY = 10;

/** What the bundles were made with: a cache of other options or another esbuild is stale. */
const MAKER = JSON.stringify([version, OPTIONS, BROTLI_QUALITY]);
const CACHE = 'assets.json';

/** Bundles as they are kept. */
export interface Kept {
  readonly maker: string;
  /** Hash of each source by its path. */
  readonly sources: Readonly<Record<string, string>>;
  readonly files: readonly { name: string; body_b64: string; brotli_b64: string }[];
}

/** All files. Takes a second where they must be made, and some milliseconds where they are kept. */
export function bundleAll(): BundledFile[] {
  const kept = parseKept(readCached(CACHE));
  if (kept !== undefined && isFresh(kept)) {
    return kept.files.map(({ name, body_b64, brotli_b64 }) => ({
      name,
      body: Buffer.from(body_b64, 'base64'),
      brotli: Buffer.from(brotli_b64, 'base64'),
    }));
  }
  const { files, sources } = build();
  writeCached(CACHE, JSON.stringify(keep(files, sources)));
  return files;
}

function build(): { files: BundledFile[]; sources: readonly string[] } {
  const { outputFiles, metafile } = buildSync(OPTIONS);
  const files = outputFiles.map(({ path, contents }) => ({
    name: basename(path),
    body: contents,
    brotli: brotliCompressSync(contents, {
      params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY },
    }),
  }));
  return { files, sources: Object.keys(metafile.inputs) };
}

/** What is kept of bundles that were made from sources (paths from this folder). */
export function keep(files: readonly BundledFile[], sources: readonly string[]): Kept {
  return {
    maker: MAKER,
    sources: Object.fromEntries(sources.map((path) => [path, hashOf(path)])),
    files: files.map(({ name, body, brotli }) => ({
      name,
      body_b64: Buffer.from(body).toString('base64'),
      brotli_b64: Buffer.from(brotli).toString('base64'),
    })),
  };
}

/** Written by this module, below `node_modules`; whatever else stands there is no cache. */
function parseKept(text = ''): Kept | undefined {
  try {
    return JSON.parse(text) as Kept;
  } catch {
    return undefined;
  }
}

/** Whether bundles were made by this version from these sources. */
export function isFresh({ maker, sources }: Kept): boolean {
  return maker === MAKER && Object.entries(sources).every(([path, hash]) => hashOf(path) === hash);
}

/** SHA-256 of a source; the empty text where it is gone. */
function hashOf(path: string): string {
  try {
    return createHash('sha256')
      .update(readFileSync(join(import.meta.dirname, path)))
      .digest('hex');
  } catch {
    return '';
  }
}
