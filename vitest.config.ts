import { configDefaults, defineConfig } from 'vitest/config';

const tests = [
  'packages/*/src/**/*.test.{ts,tsx}',
  'packages/*/test/**/*.test.{ts,tsx}',
  'test/**/*.test.ts',
];
/** Tests that start servers or browsers, or take seconds: left out of `npm run check`. */
const slowTests = [
  ...tests.map((glob) => glob.replace('*.test.', '*.slow.test.')),
  // Exhaustive: many seconds each.
  'packages/boundary/src/ledger/sqlite/{key-index,sqlite}.test.ts',
  'packages/boundary/test/*-ledger.test.ts',
  'packages/protocol/src/tlog/{merkle,tile,tlog-proof}.test.ts',
  'packages/protocol/test/one-changed-bit.test.ts',
];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: { provider: 'v8', include: ['packages/*/src/**'] },
    projects: [
      {
        extends: true,
        test: { name: 'fast', include: tests, exclude: [...configDefaults.exclude, ...slowTests] },
      },
      { extends: true, test: { name: 'slow', include: slowTests } },
    ],
  },
});
