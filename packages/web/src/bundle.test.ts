import { expect, it } from 'vitest';
import { bundleAll, isFresh, keep } from './bundle.ts';

const SOURCES = ['styles/site.css', 'verifier/main.tsx'];

it('gives the same files whether they are made or kept', () => {
  const [first, second] = [bundleAll(), bundleAll()];
  expect(second.map(({ name }) => name).sort()).toEqual([
    'copy.js',
    'icon.svg',
    'site.css',
    'verify.js',
  ]);
  for (const [index, { body }] of first.entries()) {
    expect(Buffer.from(second[index]!.body).equals(body)).toBe(true);
  }
});

it('keeps bundles until a source, or what makes them, changes', () => {
  const kept = keep([], SOURCES);
  expect(isFresh(kept)).toBe(true);
  expect(isFresh({ ...kept, maker: '["0.1.0"]' })).toBe(false);
  expect(isFresh({ ...kept, sources: { ...kept.sources, 'styles/site.css': 'other' } })).toBe(
    false,
  );
  expect(isFresh({ ...kept, sources: { 'styles/gone.css': 'other' } })).toBe(false);
});
