import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDurably, replaceDurably } from './durable-file.ts';

const steps: string[] = [];

vi.mock(import('node:fs/promises'), async (importOriginal) => {
  const original = await importOriginal();
  return {
    ...original,
    rename: async (from, to) => {
      steps.push(`rename ${basename(String(from))} ${basename(String(to))}`);
      await original.rename(from, to);
    },
    open: async (path, flags, mode) => {
      const handle = await original.open(path, flags, mode);
      const isFolder = (await handle.stat()).isDirectory();
      const name = isFolder ? 'folder' : basename(String(path));
      const spied = (step: 'writeFile' | 'sync' | 'close') => {
        const call = handle[step].bind(handle) as (...args: unknown[]) => Promise<void>;
        vi.spyOn(handle, step).mockImplementation(async (...args: unknown[]) => {
          await call(...args);
          if (step !== 'close') steps.push(`${step} ${name}`);
        });
      };
      spied('writeFile');
      spied('sync');
      return handle;
    },
  };
});

afterEach(() => {
  steps.length = 0;
});

const newFile = (): string => join(mkdtempSync(join(tmpdir(), 'craton-witness-')), 'state.json');

describe('a durable file', () => {
  it('is on the disk under its name before a change is reported', async () => {
    const path = newFile();
    writeFileSync(path, 'old');
    await replaceDurably(path, 'new');
    expect(steps).toEqual([
      'writeFile state.json.new',
      'sync state.json.new',
      'rename state.json.new state.json',
      'sync folder',
    ]);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(join(path, '..'))).toEqual(['state.json']);
  });

  it('is made for its owner alone, and never over another', async () => {
    const path = newFile();
    await createDurably(path, 'first');
    expect(steps).toEqual(['writeFile state.json', 'sync state.json', 'sync folder']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await expect(createDurably(path, 'second')).rejects.toThrow('EEXIST');
    expect(readFileSync(path, 'utf8')).toBe('first');
  });
});
