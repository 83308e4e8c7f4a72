/** Entry file of the `craton` command. */
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { resolve } from 'node:path';

// Before anything else is loaded. In the project, where nobody else writes, not in a common folder.
enableCompileCache(resolve(import.meta.dirname, '../../../node_modules/.cache/craton'));
const { exitCode } = await import('./exit-codes.ts');
const { processContext } = await import('./process-context.ts');
const { runCommandLine } = await import('./program.ts');

// Whoever read the output has gone: nobody can be told more, least of all that all is well.
process.stdout.on('error', () => process.exit(exitCode('failed')));

const context = processContext(process.env);
process.exitCode = await runCommandLine(context, process.argv.slice(2), readVersion());

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
