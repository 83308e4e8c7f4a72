import { CratonError } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { pathWith } from '../test/documents.ts';
import { loadPath, PathIndex } from './index.ts';

const path = (path_id: string, changes = {}) => loadPath(pathWith({ path_id, ...changes }));
const KEY = { partnerId: 'harbor_bank', gateType: 'payment_release', systemScope: 'payment_hub' };

function errorOf(paths: Parameters<typeof path>[]): unknown {
  try {
    return new PathIndex(paths.map((parts) => path(...parts)));
  } catch (error) {
    return error;
  }
}

describe('overlap is refused', () => {
  it.each<[string, Parameters<typeof path>[], string]>([
    ['the same decision type', [['a'], ['b']], 'decision_types'],
    [
      'one decision type in common',
      [
        ['a', { decision_types: ['x', 'y'] }],
        ['b', { decision_types: ['y', 'z'] }],
      ],
      'decision_types',
    ],
    [
      'two paths for any',
      [
        ['a', { decision_types: ['*'] }],
        ['b', { decision_types: ['*'] }],
      ],
      'decision_types',
    ],
    ['two versions of one path', [['a'], ['a', { version: 2, gate_type: 'other' }]], 'path_id'],
  ])('%s', (_about, paths, field) => {
    const error = errorOf(paths);
    expect(error).toBeInstanceOf(CratonError);
    expect(error).toMatchObject({ code: 'ERR_PATH_DOCUMENT', field });
  });

  it.each<[string, Parameters<typeof path>[]]>([
    ['other decision types', [['a'], ['b', { decision_types: ['y'] }]]],
    ['any beside exact ones', [['a'], ['b', { decision_types: ['*'] }]]],
    ['another gate', [['a'], ['b', { gate_type: 'other' }]]],
    ['another scope', [['a'], ['b', { system_scope: 'other' }]]],
    ['another partner, even with the same path_id', [['a'], ['a', { partner_id: 'other' }]]],
  ])('%s is no overlap', (_about, paths) => {
    expect(errorOf(paths)).toBeInstanceOf(PathIndex);
  });
});

describe('matching', () => {
  const exact = path('exact', { decision_types: ['x', 'y'] });
  const any = path('any', { decision_types: ['*'] });
  const other = path('other', { decision_types: ['z'] });

  it('does not depend on the order of paths', () => {
    for (const paths of [
      [exact, any, other],
      [other, any, exact],
      [any, other, exact],
    ]) {
      const index = new PathIndex(paths);
      expect(index.match({ ...KEY, decisionType: 'x' })).toEqual({ match: 'one', path: exact });
      expect(index.match({ ...KEY, decisionType: 'w' })).toEqual({ match: 'one', path: any });
      expect(index.match(KEY)).toEqual({ match: 'one', path: any });
    }
  });

  it('is ambiguous without a type between exact paths, and clear with one', () => {
    const index = new PathIndex([exact, other]);
    expect(index.match(KEY)).toEqual({ match: 'ambiguous' });
    expect(index.match({ ...KEY, decisionType: 'z' })).toEqual({ match: 'one', path: other });
    expect(index.match({ ...KEY, decisionType: 'w' })).toEqual({ match: 'none' });
  });

  it('takes the only path without a type', () => {
    expect(new PathIndex([exact]).match(KEY)).toEqual({ match: 'one', path: exact });
  });

  it('finds nothing elsewhere', () => {
    const index = new PathIndex([exact, any]);
    expect(index.match({ ...KEY, partnerId: 'other' })).toEqual({ match: 'none' });
    expect(index.match({ ...KEY, gateType: 'other' })).toEqual({ match: 'none' });
    expect(index.match({ ...KEY, systemScope: 'other' })).toEqual({ match: 'none' });
    expect(new PathIndex([]).match(KEY)).toEqual({ match: 'none' });
  });
});
