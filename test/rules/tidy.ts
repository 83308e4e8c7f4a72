import ts from 'typescript';
import { parseSource, walk } from './imports.ts';
import { isCode, isTest, packageOf } from './source-tree.ts';

/** One offence: the rule, the file, and what stands there. */
export interface Offence {
  readonly rule: string;
  readonly path: string;
  readonly detail: string;
}

type Rule = (path: string, text: string) => readonly string[];

const MEANINGLESS_NAMES = /(?:^|\/)(?:utils?|helpers?|common|misc|shared|manager)(?:\/|\.[^/]*$)/i;
const LEFT_OVER = /\bFIXME\b/i;
const OPEN_TASK = /\bTODO\b(?!\(#\d+\))/;
const MACHINE_PATH = /(?<![\w.$}-])\/(?:work|farm|root|home|tmp)\//;
const REGISTRY_HOST = /https?:\/\/[^\s"'`)]*(?:registry|npmjs|artifactory|nexus)/i;
const RECORDED_ADDRESS = /"resolved": *"https?:/;
const UNSCOPED_COMMAND = /\bnpx +craton\b/;
/** Claims that nobody can keep, or that are easily misread. */
const CLAIMS = [
  'proof of',
  'compliant',
  'tamper-proof',
  'tamperproof',
  'trusted time',
  'unhackable',
];
/** These spell out what is forbidden. */
const SPELLS_OUT = new Set(['test/rules/tidy.ts', 'test/tidy.test.ts']);
const DOCUMENTED_PACKAGES = new Set(['protocol', 'policy', 'client']);
const PARSING_FUNCTION = /^#?(?:parse|read)/;

/** Rules for every text file of the project, by name. */
export const TEXT_RULES: Readonly<Record<string, Rule>> = {
  'meaningless file name': (path) => (isCode(path) && MEANINGLESS_NAMES.test(path) ? [path] : []),
  'left-over note': (_path, text) => linesWith(text, LEFT_OVER),
  'open task without an issue number': (path, text) =>
    isCode(path) ? linesWith(text, OPEN_TASK) : [],
  'path of a machine': (_path, text) => linesWith(text, MACHINE_PATH),
  'address of a registry': (_path, text) => linesWith(text, REGISTRY_HOST),
  'recorded download address': (path, text) =>
    path.endsWith('package-lock.json') ? linesWith(text, RECORDED_ADDRESS) : [],
  'command by a name that anybody can take': (_path, text) => linesWith(text, UNSCOPED_COMMAND),
  'claim that cannot be kept': (path, text) => (isProse(path) ? linesWith(text, CLAIM) : []),
};

/** Rules for TypeScript and JavaScript, by name; what eslint enforces is not repeated. */
export const CODE_RULES: Readonly<Record<string, Rule>> = {
  'test that is focused or never runs': (path, text) =>
    isTest(path) ? sitesOf(path, text, neverRuns) : [],
  'type assertion outside a parse function': (path, text) =>
    isTest(path) || !isPackageSource(path) ? [] : sitesOf(path, text, isLooseAssertion),
  'exported function without a docstring': (path, text) => {
    const isDocumented = DOCUMENTED_PACKAGES.has(packageOf(path) ?? '') && !isTest(path);
    return isDocumented ? sitesOf(path, text, isUndocumentedExport) : [];
  },
};

const CLAIM = new RegExp(`\\b(?:${CLAIMS.join('|')})\\b`, 'i');

/** What one file does against the rules. */
export function offencesOf(path: string, text: string): Offence[] {
  if (SPELLS_OUT.has(path)) return [];
  const rules = isCode(path) ? { ...TEXT_RULES, ...CODE_RULES } : TEXT_RULES;
  return Object.entries(rules).flatMap(([rule, check]) =>
    check(path, text).map((detail) => ({ rule, path, detail })),
  );
}

/** Documents and pages: what users read. */
function isProse(path: string): boolean {
  if (path.endsWith('.md') || path.endsWith('.html')) return true;
  return packageOf(path) === 'web' && isPackageSource(path) && !isTest(path);
}

function isPackageSource(path: string): boolean {
  return /^packages\/[^/]+\/src\//.test(path);
}

function linesWith(text: string, pattern: RegExp): string[] {
  if (!pattern.test(text)) return [];
  return text.split('\n').flatMap((line, index) => {
    const found = pattern.exec(line);
    return found === null ? [] : [`line ${index + 1}: ${found[0]}`];
  });
}

function sitesOf(path: string, text: string, offends: (node: ts.Node) => boolean): string[] {
  const source = parseSource(path, text);
  const sites: string[] = [];
  walk(source, (node) => {
    if (!offends(node)) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    sites.push(`line ${line}: ${node.getText(source).split('\n')[0] ?? ''}`);
  });
  return sites;
}

/** `it.only(...)`, `describe.skip(...)`, `test.todo(...)`; skipIf with a reason is fine. */
function neverRuns(node: ts.Node): boolean {
  if (!ts.isPropertyAccessExpression(node)) return false;
  const isTestFunction = /^(?:it|test|describe|suite)(?:\.|$)/.test(node.expression.getText());
  return isTestFunction && ['only', 'skip', 'todo', 'fails'].includes(node.name.text);
}

/** `x as T`, unless T is `const` or a function that parses or reads untrusted input contains it. */
function isLooseAssertion(node: ts.Node): boolean {
  if (!ts.isAsExpression(node) || node.type.getText() === 'const') return false;
  for (let outer = node.parent; !ts.isSourceFile(outer); outer = outer.parent) {
    if (PARSING_FUNCTION.test(functionName(outer))) return false;
  }
  return true;
}

function functionName(node: ts.Node): string {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) {
    return node.name?.getText() ?? '';
  }
  const { parent } = node;
  const isNamedArrow = ts.isArrowFunction(node) && ts.isVariableDeclaration(parent);
  return isNamedArrow ? parent.name.getText() : '';
}

/** A type guard says everything by its name and type. */
function isUndocumentedExport(node: ts.Node): boolean {
  if (!ts.isFunctionDeclaration(node) && !ts.isClassDeclaration(node)) return false;
  if (ts.isFunctionDeclaration(node) && node.type?.kind === ts.SyntaxKind.TypePredicate) {
    return false;
  }
  const isExported = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  return isExported === true && ts.getJSDocCommentsAndTags(node).length === 0;
}
