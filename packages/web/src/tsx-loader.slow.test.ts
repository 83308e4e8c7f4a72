import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('lets plain Node load the views', async () => {
  const program = `
    const { homePage } = await import('./index.ts');
    const site = { baseUrl: 'http://127.0.0.1:1', environment: 'test', issuer: 'i', version: '1' };
    console.log(homePage({ site }).slice(0, 15));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { cwd: join(import.meta.dirname) },
  );
  expect(stdout.trim()).toBe('<!doctype html>');
});
