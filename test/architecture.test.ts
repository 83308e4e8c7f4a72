import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { violationsOf, type DeclaredPackages } from './rules/architecture.ts';
import { IMPORT_TABLE, LOADERS } from './rules/import-table.ts';
import { isCode, listFiles, packageOf, readText, ROOT } from './rules/source-tree.ts';

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

const packages = readdirSync(join(ROOT, 'packages'));
const rootManifest = manifestOf('package.json');
const files = listFiles().filter((path) => packageOf(path) !== undefined && isCode(path));

function manifestOf(path: string): Manifest {
  return JSON.parse(readText(path)) as Manifest;
}

const declared: DeclaredPackages = (name) => {
  const manifest = manifestOf(`packages/${name}/package.json`);
  const source = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  const tests = Object.keys({ ...manifest.devDependencies, ...rootManifest.devDependencies });
  return { source: new Set(source), tests: new Set([...source, ...tests]) };
};

describe('import table', () => {
  it('names every package', () => {
    expect(Object.keys(IMPORT_TABLE)).toEqual(expect.arrayContaining(packages));
  });

  it('is kept by every file of every package, tests included', () => {
    expect(files.length).toBeGreaterThan(10);
    expect(files.flatMap((path) => violationsOf(path, readText(path), declared))).toEqual([]);
  });

  it.each(packages)('agrees with the dependencies that %s declares', (name) => {
    const { dependencies = {}, optionalDependencies = {} } = manifestOf(
      `packages/${name}/package.json`,
    );
    const names = Object.keys({ ...dependencies, ...optionalDependencies });
    const rule = IMPORT_TABLE[name];
    const workspace = names.filter((dependency) => dependency.startsWith('@craton/'));
    const external = names.filter((dependency) => !dependency.startsWith('@craton/'));
    expect(rule?.workspace.map((allowed) => `@craton/${allowed}`)).toEqual(
      expect.arrayContaining(workspace),
    );
    if (rule?.external !== 'declared') expect(external).toEqual(rule?.external);
  });

  it('excuses only files that exist', () => {
    for (const path of Object.keys(LOADERS)) expect(files).toContain(path);
  });
});

/** Source text that breaks a rule, the file it pretends to be, and the words of the report. */
const canaries: readonly [title: string, path: string, text: string, report: string][] = [
  [
    'static import over the wall',
    'packages/self-service/src/a.ts',
    "import { x } from '@craton/boundary';",
    'self-service may not import boundary',
  ],
  [
    'import in a test over the wall',
    'packages/self-service/src/a.test.ts',
    "import { x } from '@craton/boundary/src/store.ts';",
    'self-service may not import boundary',
  ],
  [
    'type-only import',
    'packages/self-service/src/a.ts',
    "import type { X } from '@craton/boundary';",
    'self-service may not import boundary',
  ],
  [
    'import type expression',
    'packages/self-service/src/a.ts',
    "let x: import('@craton/boundary').X;",
    'self-service may not import boundary',
  ],
  [
    'dynamic import',
    'packages/self-service/src/a.ts',
    "await import('@craton/boundary');",
    'self-service may not import boundary',
  ],
  [
    'relative import',
    'packages/self-service/src/deep/a.ts',
    "import '../../../boundary/src/main.ts';",
    'self-service may not import boundary',
  ],
  [
    'import attributes',
    'packages/self-service/src/a.ts',
    "import x from '@craton/boundary/package.json' with { type: 'json' };",
    'self-service may not import boundary',
  ],
  [
    'export from',
    'packages/self-service/src/a.ts',
    "export * from '@craton/boundary';",
    'self-service may not import boundary',
  ],
  [
    'require',
    'packages/self-service/src/a.ts',
    "const x = require('@craton/boundary');",
    'self-service may not import boundary',
  ],
  [
    'import equals',
    'packages/self-service/src/a.ts',
    "import x = require('@craton/boundary');",
    'self-service may not import boundary',
  ],
  [
    'reference directive',
    'packages/self-service/src/a.ts',
    '/// <reference path="../../boundary/src/a.ts" />',
    'self-service may not import boundary',
  ],
  [
    'mocked module',
    'packages/self-service/src/a.test.ts',
    "vi.mock('@craton/boundary');",
    'self-service may not import boundary',
  ],
  [
    'mocked module by import',
    'packages/self-service/src/a.test.ts',
    "vi.mock(import('@craton/boundary'));",
    'self-service may not import boundary',
  ],
  [
    'worker from the other side',
    'packages/self-service/src/a.ts',
    "new Worker(new URL('../../boundary/src/writer.ts', import.meta.url));",
    'self-service may not import boundary',
  ],
  [
    'resolved address of the other side',
    'packages/self-service/src/a.ts',
    "import.meta.resolve('@craton/boundary');",
    'self-service may not import boundary',
  ],
  [
    'computed import',
    'packages/self-service/src/a.ts',
    'await import(name);',
    'whose name is computed',
  ],
  [
    'made require',
    'packages/self-service/src/a.ts',
    "import { createRequire } from 'node:module';",
    'createRequire loads code',
  ],
  [
    'require made and used at once',
    'packages/web/src/tsx-loader.ts',
    "createRequire(import.meta.url)('left-pad');",
    'web may not import left-pad',
  ],
  ['evaluated code', 'packages/service/src/a.ts', "eval('1');", 'eval loads code'],
  ['made function', 'packages/service/src/a.ts', "new Function('1');", 'Function loads code'],
  [
    'server in the command',
    'packages/cli/src/a.ts',
    "import '@craton/boundary';",
    'cli may not import boundary',
  ],
  [
    'shell that knows a table',
    'packages/service/src/a.ts',
    "import '@craton/policy';",
    'service may not import policy',
  ],
  [
    'Node module in protocol',
    'packages/protocol/src/a.ts',
    "import { createHash } from 'node:crypto';",
    "protocol may not import Node's",
  ],
  [
    'Node module without its prefix',
    'packages/protocol/src/a.ts',
    "import fs from 'fs';",
    "protocol may not import Node's",
  ],
  [
    'dependency in protocol',
    'packages/protocol/src/a.ts',
    "import 'jose';",
    'protocol may not import jose',
  ],
  [
    'runtime global in protocol',
    'packages/protocol/src/a.ts',
    'Buffer.from(x);',
    'protocol may not use Buffer',
  ],
  [
    'undeclared dependency',
    'packages/boundary/src/a.ts',
    "import 'left-pad/x.js';",
    'boundary may not import left-pad',
  ],
  [
    'file outside all packages',
    'packages/boundary/src/a.ts',
    "import '../../../scripts/test.ts';",
    'outside all packages',
  ],
  [
    'own name avoided',
    'packages/boundary/src/a.ts',
    "import '../../protocol/src/index.ts';",
    'instead of @craton/protocol',
  ],
  ['clock in policy', 'packages/policy/src/a.ts', 'Date.now();', 'policy may not use Date.now'],
  [
    'clock by computed member',
    'packages/policy/src/a.ts',
    "Date['now']();",
    'policy may not use Date.now',
  ],
  [
    'clock by destructuring',
    'packages/policy/src/a.ts',
    'const { now } = Date;',
    'policy may not use Date.now',
  ],
  [
    'clock by constructor',
    'packages/policy/src/a.ts',
    'new Date();',
    'policy may not use new Date()',
  ],
  ['chance in policy', 'packages/policy/src/a.ts', 'Math.random();', 'may not use Math.random'],
  ['network in policy', 'packages/policy/src/a.ts', "fetch('x');", 'policy may not use fetch'],
  [
    'environment read in passing',
    'packages/boundary/src/a.ts',
    "const x = process.env['X'];",
    'only the entry file of an app may read process.env',
  ],
  [
    'environment imported',
    'packages/service/src/a.ts',
    "import { env } from 'node:process';",
    'only the entry file of an app may read process.env',
  ],
  [
    'environment destructured',
    'packages/service/src/a.ts',
    'const { env } = process;',
    'only the entry file of an app may read process.env',
  ],
  ['unknown package', 'packages/helpers/src/a.ts', '', 'stands in no table'],
];

/** Source text that keeps the rules. */
const innocents: readonly [title: string, path: string, text: string][] = [
  ['own file', 'packages/protocol/src/json/a.ts', "import '../bytes.ts';"],
  ['Node module in a test', 'packages/protocol/src/a.test.ts', "import 'node:fs';"],
  ['test tool in a test', 'packages/policy/src/a.test.ts', "import { it } from 'vitest';"],
  ['time that is passed in', 'packages/policy/src/a.ts', 'new Date(now); const process = 1;'],
  ['variable of the same name', 'packages/policy/src/a.ts', 'f(({ document }) => document.id);'],
  ['member of the same name', 'packages/policy/src/a.ts', 'x.fetch(); const y = { process: 1 };'],
  [
    'entry file of another process',
    'packages/cli/src/start.ts',
    "fork(new URL('../../boundary/src/main.ts', import.meta.url));",
  ],
  [
    'address of a file beside',
    'packages/policy/src/a.test.ts',
    "new URL('sample-path.json', import.meta.url); new URL('cases/a.json', import.meta.url);",
  ],
  ['environment read once', 'packages/boundary/src/main.ts', 'parseConfig(process.env);'],
  ['words in a comment', 'packages/policy/src/a.ts', '// Date.now() and import "@craton/web"'],
];

describe('the checker itself', () => {
  it.each(canaries)('reports: %s', (_title, path, text, report) => {
    const violations = violationsOf(path, text, declaredForCanaries);
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain(report);
  });

  it.each(innocents)('accepts: %s', (_title, path, text) => {
    expect(violationsOf(path, text, declaredForCanaries)).toEqual([]);
  });
});

/** The canaries pretend to be packages that may not exist yet. */
function declaredForCanaries(name: string): ReturnType<DeclaredPackages> {
  return packages.includes(name) ? declared(name) : { source: new Set(), tests: new Set() };
}
