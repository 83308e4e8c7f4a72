import ts from 'typescript';
import { parseSource } from './imports.ts';

const TEST_FUNCTIONS = ['it', 'test'];
const GROUP_FUNCTIONS = ['describe', 'suite'];
const NEVER_RUN = new Set(['skip', 'todo']);

/** Titles, as `group > test`, of the tests in a vitest or unittest file that can run. */
export function testTitles(path: string, text: string): string[] {
  return path.endsWith('.py') ? pythonTitles(text) : titlesUnder(parseSource(path, text), []);
}

function titlesUnder(node: ts.Node, groups: readonly string[]): string[] {
  const inner = ts.isCallExpression(node) ? titleOf(node, GROUP_FUNCTIONS) : undefined;
  const around = inner === undefined ? groups : [...groups, inner];
  const own = ts.isCallExpression(node) ? titleOf(node, TEST_FUNCTIONS) : undefined;
  const titles = own === undefined ? [] : [[...groups, own].join(' > ')];
  ts.forEachChild(node, (child) => {
    titles.push(...titlesUnder(child, around));
  });
  return titles;
}

/** The title in `it('title', ...)`, `describe.skipIf(reason)('title', ...)` and the like. */
function titleOf(node: ts.CallExpression, functions: readonly string[]): string | undefined {
  const [title] = node.arguments;
  if (title === undefined || !isCallOf(node.expression, functions)) return undefined;
  if (ts.isStringLiteralLike(title)) return title.text;
  return ts.isTemplateExpression(title) ? title.getText().slice(1, -1) : undefined;
}

/** `it`, and what hangs on it: `it.each(rows)`, `test.skipIf(reason)`, `it.prop(...)`. */
function isCallOf(callee: ts.Expression, functions: readonly string[]): boolean {
  if (ts.isIdentifier(callee)) return functions.includes(callee.text);
  if (ts.isPropertyAccessExpression(callee)) {
    return !NEVER_RUN.has(callee.name.text) && isCallOf(callee.expression, functions);
  }
  return ts.isCallExpression(callee) && isCallOf(callee.expression, functions);
}

function pythonTitles(text: string): string[] {
  return [...text.matchAll(/^\s+def (test_\w+)\(/gm)].map((match) => match[1] ?? '');
}
