import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

/** One place where a file names another module. */
export interface ImportSite {
  /** undefined where the name is computed. */
  readonly specifier: string | undefined;
  readonly line: number;
  /** `import`: it is loaded here. `address`: only its URL is made, for a worker or a process. */
  readonly kind: 'import' | 'address';
}

/** What a specifier leads to. */
export type Target =
  | { readonly kind: 'own' }
  | { readonly kind: 'workspace'; readonly name: string; readonly relative: boolean }
  | { readonly kind: 'node' }
  | { readonly kind: 'external'; readonly name: string }
  | { readonly kind: 'outside' };

const LOADING_CALLS = new Set([
  'require',
  'require.resolve',
  'process.getBuiltinModule',
  'vi.mock',
  'vi.doMock',
  'vi.importActual',
  'vi.importMock',
]);

/** Parses TypeScript or JavaScript. */
export function parseSource(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

/** Calls `visit` for every node, outermost first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => {
    walk(child, visit);
  });
}

/** Every import of a file: static, type-only, dynamic, required, re-exported, referenced. */
export function importSites(source: ts.SourceFile): ImportSite[] {
  const sites: ImportSite[] = [];
  const add = (kind: ImportSite['kind'], node: ts.Node, name: ts.Node | undefined): void => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    const specifier = name && ts.isStringLiteralLike(name) ? name.text : undefined;
    sites.push({ specifier, line, kind });
  };
  for (const { fileName } of [...source.referencedFiles, ...source.typeReferenceDirectives]) {
    sites.push({ specifier: fileName, line: 1, kind: 'import' });
  }
  if (source.fileName.endsWith('.tsx')) {
    sites.push({ specifier: 'preact', line: 1, kind: 'import' });
  }
  walk(source, (node) => {
    if (ts.isImportDeclaration(node)) add('import', node, node.moduleSpecifier);
    else if (ts.isExportDeclaration(node)) {
      if (node.moduleSpecifier) add('import', node, node.moduleSpecifier);
    } else if (ts.isExternalModuleReference(node)) add('import', node, node.expression);
    else if (ts.isImportTypeNode(node)) {
      add('import', node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined);
    } else if (ts.isCallExpression(node)) addCall(node, add);
    else if (ts.isNewExpression(node) && isModuleUrl(node))
      add('address', node, node.arguments?.[0]);
  });
  return sites.map((site) => (site.kind === 'address' ? asRelative(site) : site));
}

function addCall(
  node: ts.CallExpression,
  add: (kind: ImportSite['kind'], node: ts.Node, name: ts.Node | undefined) => void,
): void {
  const callee = node.expression.getText();
  const [name] = node.arguments;
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword || isLoadingCall(callee)) {
    // vi.mock(import('...')): the inner import is a site of its own.
    if (name === undefined || !ts.isCallExpression(name)) add('import', node, name);
  } else if (callee === 'import.meta.resolve') add('address', node, name);
}

function isLoadingCall(callee: string): boolean {
  return LOADING_CALLS.has(callee) || /^createRequire\([^)]*\)$/.test(callee);
}

/** `new URL('...', import.meta.url)` and `new Worker('...')`. */
function isModuleUrl(node: ts.NewExpression): boolean {
  const [first, base] = node.arguments ?? [];
  const callee = node.expression.getText();
  if (callee === 'URL') return base?.getText() === 'import.meta.url';
  return callee === 'Worker' && first !== undefined && ts.isStringLiteralLike(first);
}

/** In a URL a bare name is a file of the same folder. */
function asRelative(site: ImportSite): ImportSite {
  const { specifier } = site;
  const isBare = specifier !== undefined && /^[\w-]+(?:\.\w+)*(?:\/|$)/.test(specifier);
  return isBare ? { ...site, specifier: `./${specifier}` } : site;
}

/** Where a specifier in the file `path` of the package `own` leads. */
export function targetOf(path: string, own: string, specifier: string): Target {
  if (specifier.startsWith('.') || specifier.startsWith('/')) {
    const file = normalize(join(dirname(path), specifier));
    const owner = /^packages\/([^/]+)(?:\/|$)/.exec(file)?.[1];
    if (owner === undefined) return { kind: 'outside' };
    return owner === own ? { kind: 'own' } : { kind: 'workspace', name: owner, relative: true };
  }
  const workspace = /^@craton\/([^/]+)/.exec(specifier)?.[1];
  if (workspace === own) return { kind: 'own' };
  if (workspace !== undefined) return { kind: 'workspace', name: workspace, relative: false };
  if (isBuiltin(specifier)) return { kind: 'node' };
  const [scope = '', name = ''] = specifier.split('/');
  return { kind: 'external', name: scope.startsWith('@') ? `${scope}/${name}` : scope };
}
