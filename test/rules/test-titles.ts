import ts from 'typescript';
import { parseSource, walk } from './imports.ts';

const TEST_FUNCTIONS = new Set(['it', 'test']);
const NEVER_RUN = new Set(['skip', 'todo']);

/** Titles of the tests in a vitest or unittest file that are not skipped for ever. */
export function testTitles(path: string, text: string): string[] {
  return path.endsWith('.py') ? pythonTitles(text) : vitestTitles(path, text);
}

function vitestTitles(path: string, text: string): string[] {
  const titles: string[] = [];
  walk(parseSource(path, text), (node) => {
    if (!ts.isCallExpression(node) || !isTestFunction(node.expression)) return;
    const [title] = node.arguments;
    if (title === undefined) return;
    if (ts.isStringLiteralLike(title)) titles.push(title.text);
    else if (ts.isTemplateExpression(title)) titles.push(title.getText().slice(1, -1));
  });
  return titles;
}

/** `it`, `test`, and what hangs on them: `it.each(rows)`, `test.skipIf(reason)`, `it.prop(...)`. */
function isTestFunction(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return TEST_FUNCTIONS.has(callee.text);
  if (ts.isPropertyAccessExpression(callee)) {
    return !NEVER_RUN.has(callee.name.text) && isTestFunction(callee.expression);
  }
  return ts.isCallExpression(callee) && isTestFunction(callee.expression);
}

function pythonTitles(text: string): string[] {
  return [...text.matchAll(/^\s+def (test_\w+)\(/gm)].map((match) => match[1] ?? '');
}
