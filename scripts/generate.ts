/**
 * Writes every generated file; with `--check` it only compares, and ends with exit code 1 when one
 * is out of date. Run: `npm run generate`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GENERATED_FILES } from './generated-files.ts';
import { ROOT } from './runners/process.ts';

const onlyCompare = process.argv.includes('--check');
for (const { path, render } of GENERATED_FILES) {
  const wanted = await render();
  const current = await readFile(join(ROOT, path), 'utf8').catch(() => '');
  if (current === wanted) continue;
  if (onlyCompare) {
    console.log(`${path} is out of date: run 'npm run generate' and commit it.`);
    process.exitCode = 1;
  } else {
    await writeFile(join(ROOT, path), wanted);
    console.log(`wrote ${path}`);
  }
}
