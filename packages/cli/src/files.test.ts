import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newFolder } from '../test/temporary-folder.ts';
import { PUBLIC_MODE, readFileOrFail, replaceFile, SECRET_MODE, writeNewFile } from './files.ts';

describe('files', () => {
  it('are made once, whole, with their mode, and without leftovers', () => {
    const folder = newFolder();
    const path = join(folder, 'a');
    writeNewFile(path, 'first', SECRET_MODE);
    expect(() => writeNewFile(path, 'second', SECRET_MODE)).toThrow('never overwritten');
    expect(readFileSync(path, 'utf8')).toBe('first');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('are replaced in one step', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'a'), 'first');
    replaceFile(join(folder, 'a'), 'second', PUBLIC_MODE);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('second');
    expect(readdirSync(folder)).toEqual(['a']);
    expect(() => replaceFile(join(folder, 'gone', 'a'), '', PUBLIC_MODE)).toThrow('ENOENT');
  });

  it('are read, or it is said why not', () => {
    const folder = newFolder();
    expect(() => readFileOrFail(join(folder, 'a'))).toThrow('does not exist');
    expect(() => readFileOrFail(folder)).toThrow('cannot be read (EISDIR)');
  });
});
