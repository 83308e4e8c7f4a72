/** Who may import whom. The reasons stand in ARCHITECTURE.md. */
export interface PackageRule {
  /** Packages of this workspace that may be imported, by source and by tests. */
  readonly workspace: readonly string[];
  /** Packages of others that source may import; tests may import whatever is declared. */
  readonly external: readonly string[] | 'declared';
  /** Whether source may import Node's modules. */
  readonly node: boolean;
  /** Names that source may not mention, because they are a clock, chance, I/O or one runtime. */
  readonly forbiddenNames: readonly string[];
  /** Files, by their path under the package, that may mention some of them after all. */
  readonly namesAllowedIn?: Readonly<Record<string, readonly string[]>>;
  /** Path under the package of the one module that may read `process.env`. */
  readonly environmentReader?: string;
  /** Packages whose entry files may be started as another process, though never imported. */
  readonly starts?: readonly string[];
}

const ONE_RUNTIME = ['process', 'Buffer', 'window', 'document', 'Deno', 'Bun'];
const CLOCK_AND_CHANCE = ['Date.now', 'new Date()', 'Date()', 'Math.random', 'performance'];
const INPUT_AND_OUTPUT = [
  'fetch',
  'XMLHttpRequest',
  'WebSocket',
  'localStorage',
  'setTimeout',
  'setInterval',
  'setImmediate',
];
const PORTABLE = [...ONE_RUNTIME, ...CLOCK_AND_CHANCE, ...INPUT_AND_OUTPUT];

export const IMPORT_TABLE: Readonly<Record<string, PackageRule>> = {
  protocol: {
    workspace: [],
    external: [],
    node: false,
    forbiddenNames: PORTABLE,
    // The time of checking defaults to now.
    namesAllowedIn: { 'src/verify/verify.ts': ['Date.now'] },
  },
  policy: {
    workspace: ['protocol'],
    external: ['@marcbachmann/cel-js'],
    node: false,
    forbiddenNames: [...PORTABLE, 'crypto', 'globalThis'],
  },
  service: { workspace: ['protocol'], external: 'declared', node: true, forbiddenNames: [] },
  web: {
    workspace: ['protocol', 'policy'],
    external: 'declared',
    node: true,
    forbiddenNames: [],
  },
  boundary: {
    workspace: ['protocol', 'policy', 'service', 'web'],
    external: 'declared',
    node: true,
    forbiddenNames: [],
    environmentReader: 'src/main.ts',
  },
  'self-service': {
    workspace: ['protocol', 'policy', 'service', 'web'],
    external: 'declared',
    node: true,
    forbiddenNames: [],
    environmentReader: 'src/main.ts',
  },
  // Run by somebody else than the log's operator: it knows no receipt and reads no variable.
  witness: { workspace: ['protocol'], external: [], node: true, forbiddenNames: [] },
  client: { workspace: ['protocol'], external: 'declared', node: true, forbiddenNames: [] },
  mcp: {
    workspace: ['client', 'protocol'],
    external: 'declared',
    node: true,
    forbiddenNames: [],
    environmentReader: 'src/main.ts',
  },
  cli: {
    workspace: ['client', 'protocol', 'policy'],
    external: 'declared',
    node: true,
    forbiddenNames: [],
    environmentReader: 'src/main.ts',
    starts: ['boundary', 'self-service', 'witness'],
  },
};

/**
 * Files that load code in a way that cannot be checked (a computed name, a made `require`), with
 * the reason. This list stays short.
 */
export const LOADERS: Readonly<Record<string, string>> = {
  'packages/web/src/tsx-loader.ts': 'loads esbuild only when a view must be compiled',
};
