import ts from 'typescript';
import { LOADERS, IMPORT_TABLE, type PackageRule } from './import-table.ts';
import { importSites, parseSource, targetOf, walk, type ImportSite } from './imports.ts';
import { isTest, packageOf } from './source-tree.ts';

/** Names of the packages of others that a package's tests may import. */
export type DeclaredPackages = (packageName: string) => {
  readonly source: ReadonlySet<string>;
  readonly tests: ReadonlySet<string>;
};

interface File {
  readonly path: string;
  readonly owner: string;
  readonly rule: PackageRule;
  readonly source: ts.SourceFile;
}

const WATCHED_MEMBERS = new Set(['Date.now', 'Math.random', 'process.env']);

/** What one file does against the import table, as `path:line: message`. */
export function violationsOf(path: string, text: string, declared: DeclaredPackages): string[] {
  const owner = packageOf(path);
  if (owner === undefined) return [];
  const rule = IMPORT_TABLE[owner];
  if (rule === undefined) return [`${path}:1: the package ${owner} stands in no table`];
  const file: File = { path, owner, rule, source: parseSource(path, text) };
  return [...importViolations(file, declared), ...nameViolations(file)];
}

function importViolations(file: File, declared: DeclaredPackages): string[] {
  return importSites(file.source).flatMap((site) => {
    const problem = importProblem(file, site, declared);
    return problem === undefined ? [] : [`${file.path}:${site.line}: ${problem}`];
  });
}

function importProblem(
  { path, owner, rule }: File,
  { specifier, kind }: ImportSite,
  declared: DeclaredPackages,
): string | undefined {
  if (specifier === undefined) {
    if (kind === 'address' || path in LOADERS) return undefined;
    return 'imports a module whose name is computed, which nobody can check';
  }
  const target = targetOf(path, owner, specifier);
  const tests = isTest(path);
  switch (target.kind) {
    case 'own':
      return undefined;
    case 'outside':
      return tests || kind === 'address' ? undefined : `imports ${specifier}, outside all packages`;
    case 'node':
      return tests || rule.node ? undefined : `${owner} may not import Node's ${specifier}`;
    case 'workspace':
      if (kind === 'address' && rule.starts?.includes(target.name)) return undefined;
      if (!rule.workspace.includes(target.name)) return `${owner} may not import ${target.name}`;
      return target.relative ? `imports ${specifier} instead of @craton/${target.name}` : undefined;
    case 'external': {
      const allowed = tests
        ? declared(owner).tests
        : new Set(rule.external === 'declared' ? declared(owner).source : rule.external);
      return allowed.has(target.name) ? undefined : `${owner} may not import ${target.name}`;
    }
  }
}

function nameViolations({ path, owner, rule, source }: File): string[] {
  if (isTest(path)) return [];
  const allowed = rule.namesAllowedIn?.[path.slice(`packages/${owner}/`.length)] ?? [];
  const forbidden = new Set(rule.forbiddenNames.filter((name) => !allowed.includes(name)));
  const mayReadEnvironment = path === `packages/${owner}/${rule.environmentReader ?? ''}`;
  const violations: string[] = [];
  const own = declaredNames(source);
  walk(source, (node) => {
    const name = nameOfUse(node);
    if (name === undefined || own.has(name)) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    if (forbidden.has(name)) violations.push(`${path}:${line}: ${owner} may not use ${name}`);
    if (name === 'process.env' && !mayReadEnvironment) {
      violations.push(`${path}:${line}: only the entry file of an app may read process.env`);
    }
    if (['createRequire', 'eval', 'Function'].includes(name) && !(path in LOADERS)) {
      violations.push(`${path}:${line}: ${name} loads code that nobody can check`);
    }
  });
  return violations;
}

/** Variables and parameters of the file: a use of such a name is no use of the global. */
function declaredNames(source: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  walk(source, (node) => {
    const declares =
      ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node);
    if (declares && ts.isIdentifier(node.name)) names.add(node.name.text);
  });
  return names;
}

/** The watched name that a node uses: a global, or one of its members that matters. */
function nameOfUse(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
    return memberName(node);
  }
  if (ts.isNewExpression(node)) {
    const isDate = node.expression.getText() === 'Date';
    return isDate && (node.arguments?.length ?? 0) === 0 ? 'new Date()' : undefined;
  }
  if (ts.isCallExpression(node)) return node.expression.getText() === 'Date' ? 'Date()' : undefined;
  if (ts.isBindingElement(node) || ts.isImportSpecifier(node)) return destructuredName(node);
  return ts.isIdentifier(node) && isGlobalUse(node) ? node.text : undefined;
}

function memberName(
  node: ts.PropertyAccessExpression | ts.ElementAccessExpression,
): string | undefined {
  const { expression } = node;
  const isGlobal = ts.isIdentifier(expression) && expression.text === 'globalThis';
  const object = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
  const member = ts.isPropertyAccessExpression(node)
    ? node.name.text
    : ts.isStringLiteralLike(node.argumentExpression)
      ? node.argumentExpression.text
      : '';
  const name = ts.isIdentifier(object) ? `${object.text}.${member}` : '';
  if (WATCHED_MEMBERS.has(name)) return name;
  // globalThis.fetch is fetch.
  return isGlobal ? member : undefined;
}

/** `const { env } = process`, `import { env } from 'node:process'` and the like. */
function destructuredName(node: ts.BindingElement | ts.ImportSpecifier): string | undefined {
  const member = (node.propertyName ?? node.name).getText();
  if (ts.isImportSpecifier(node)) {
    const from = node.parent.parent.parent.moduleSpecifier;
    if (member === 'createRequire') return member;
    const isProcess = ts.isStringLiteral(from) && /^(?:node:)?process$/.test(from.text);
    return isProcess && member === 'env' ? 'process.env' : undefined;
  }
  const declaration = node.parent.parent;
  const from = ts.isVariableDeclaration(declaration)
    ? declaration.initializer?.getText()
    : undefined;
  if (from === undefined) return undefined;
  const name = `${from}.${member}`;
  return WATCHED_MEMBERS.has(name) ? name : undefined;
}

/** True for an identifier that reads a value, not for a member, a declaration or a type's part. */
function isGlobalUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent)) return false;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  const declares = 'name' in parent && parent.name === node;
  return !declares;
}
