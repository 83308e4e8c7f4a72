/**
 * Builds what is published to `packages/<name>/dist`: JavaScript and type declarations by tsc, and
 * a package.json that points at them. Run: `npm run emit`.
 */
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, runNode, tailOf } from './runners/process.ts';

/** The packages that strangers install. Everything else runs from source. */
export const PUBLISHED_PACKAGES = ['protocol'] as const;

const TSC_TIMEOUT_MS = 180_000;

interface SourceManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: { readonly node: string };
}

/** Emits one package and returns the folder that could be published. */
export async function emitPackage(name: (typeof PUBLISHED_PACKAGES)[number]): Promise<string> {
  const folder = join(ROOT, 'packages', name);
  const dist = join(folder, 'dist');
  await rm(dist, { recursive: true, force: true });
  const compiled = await runNode(
    [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(folder, 'tsconfig.json')],
    { timeoutMs: TSC_TIMEOUT_MS },
  );
  if (compiled.code !== 0) throw new Error(`tsc refused ${name}:\n${tailOf(compiled.output)}`);
  const source = parseManifest(await readFile(join(folder, 'package.json'), 'utf8'));
  await writeFile(join(dist, 'package.json'), publishedManifest(source));
  await copyFile(join(folder, 'README.md'), join(dist, 'README.md'));
  for (const file of ['LICENSE', 'NOTICE']) await copyFile(join(ROOT, file), join(dist, file));
  return dist;
}

function parseManifest(text: string): SourceManifest {
  return JSON.parse(text) as SourceManifest;
}

function publishedManifest(source: SourceManifest): string {
  const manifest = {
    name: source.name,
    version: source.version,
    description: source.description,
    license: source.license,
    type: 'module',
    sideEffects: false,
    engines: source.engines,
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './audit': { types: './audit/index.d.ts', default: './audit/index.js' },
    },
  };
  return JSON.stringify(manifest, null, 2) + '\n';
}

if (import.meta.main) {
  for (const name of PUBLISHED_PACKAGES) console.log(`emitted ${await emitPackage(name)}`);
}
