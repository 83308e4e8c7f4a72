import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { listFiles, readText, ROOT } from './rules/source-tree.ts';

const pages = listFiles().filter((path) => path.endsWith('.md'));
const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
const help = spawnSync(join(ROOT, 'craton'), ['--help'], { encoding: 'utf8' }).stdout;
const BUILT_IN_COMMANDS = ['ci', 'install', 'run'];

/** Relative links of a page whose file or heading does not exist. */
function brokenLinks(path: string, text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return links.filter((link) => !/^[a-z]+:/.test(link) && !isGoodLink(path, link));
}

function isGoodLink(path: string, link: string): boolean {
  const [file = '', heading] = link.split('#');
  const target = file === '' ? path : normalize(join(dirname(path), file));
  if (!existsSync(join(ROOT, target))) return false;
  if (heading === undefined) return true;
  return statSync(join(ROOT, target)).isFile() && headingsOf(readText(target)).includes(heading);
}

/** Anchors as code hosts make them. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ +(.*)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Commands such as `npm run check`, in code, that package.json does not have. */
function unknownScripts(text: string): string[] {
  return [...codeOf(text).matchAll(/\bnpm (run )?([a-z][a-z:-]*)/g)]
    .filter(([, run, name = '']) => {
      if (run === undefined && BUILT_IN_COMMANDS.includes(name)) return false;
      const needsRun = !['start', 'test'].includes(name);
      return !(name in scripts) || (run === undefined && needsRun);
    })
    .map(([command]) => command);
}

/** Commands such as `./craton verify`, in code, that the help does not list. */
function unknownCommands(text: string): string[] {
  const known = [...help.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1]);
  return [...codeOf(text).matchAll(/\.\/craton +([a-z][a-z-]*)/g)]
    .filter(([, name]) => !known.includes(name))
    .map(([command]) => command);
}

/** The code blocks and code spans of a page. */
function codeOf(text: string): string {
  return [...text.matchAll(/^```[\s\S]*?^```|`[^`\n]*`/gm)].join('\n');
}

/** Type errors of the TypeScript blocks of pages, each block a module in its page's folder. */
function exampleErrors(blocks: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  );
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  const base = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...base,
    fileExists: (path) => blocks.has(path) || base.fileExists(path),
    readFile: (path) => blocks.get(path) ?? base.readFile(path),
    getSourceFile: (path, ...rest) => {
      const text = blocks.get(path);
      if (text === undefined) return base.getSourceFile(path, ...rest);
      return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    },
  };
  const program = ts.createProgram([...blocks.keys()], { ...options, noUnusedLocals: false }, host);
  return [...blocks.keys()]
    .flatMap((path) => ts.getPreEmitDiagnostics(program, program.getSourceFile(path)))
    .map(
      ({ file, messageText }) =>
        `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
}

/** Pretended file names to the text of each block that is marked as TypeScript. */
function examplesOf(path: string, text: string): [string, string][] {
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match, index) => [
    join(ROOT, dirname(path), `example-${path.replaceAll('/', '-')}-${index}.ts`),
    `${match[1] ?? ''}\nexport {};\n`,
  ]);
}

describe('documents', () => {
  it.each(pages)('%s has no broken link and no unknown command', (path) => {
    expect(brokenLinks(path, readText(path))).toEqual([]);
    expect(unknownScripts(readText(path))).toEqual([]);
    expect(unknownCommands(readText(path))).toEqual([]);
  });

  it('have TypeScript examples that compile', () => {
    const examples = new Map(pages.flatMap((path) => examplesOf(path, readText(path))));
    expect(examples.size).toBeGreaterThan(3);
    expect(exampleErrors(examples)).toEqual([]);
  }, 120_000);

  it('are all reachable from the index', () => {
    const index = readText('docs/README.md');
    const reachable = pages.filter((path) => path.startsWith('docs/') && path !== 'docs/README.md');
    expect(reachable.filter((path) => !index.includes(`](${path.slice('docs/'.length)})`))).toEqual(
      [],
    );
  });
});

describe('the checks of documents themselves', () => {
  it('report broken links and unknown commands', () => {
    expect(
      brokenLinks('docs/README.md', '[a](gone.md) [b](../README.md#gone) [c](../README.md)'),
    ).toEqual(['gone.md', '../README.md#gone']);
    expect(unknownCommands('`./craton verify a.json`, ./craton gone, `./craton gone`')).toEqual([
      './craton gone',
    ]);
    expect(
      unknownScripts('`npm ci && npm test` npm stops, `npm run check`, `npm run gone`, `npm gone`'),
    ).toEqual(['npm run gone', 'npm gone']);
  });

  it('report an example that does not compile', () => {
    const file = join(ROOT, 'packages/protocol/example.ts');
    const text =
      "import { verifyBundle } from '@craton/protocol';\nverifyBundle('text');\nexport {};\n";
    expect(exampleErrors(new Map([[file, text]]))).not.toEqual([]);
  }, 120_000);
});
