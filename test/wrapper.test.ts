import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from './rules/source-tree.ts';

const SYSTEM_PATH = '/usr/bin:/bin';
let folder = '';
let clone = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'craton wrapper-'));
  clone = join(folder, 'a clone');
  for (const path of ['craton', 'scripts/node', '.ci/run']) {
    cpSync(join(ROOT, path), join(clone, path));
  }
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function writeProgram(path: string, lines: readonly string[]): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
}

/** A pretended Node: answers its version, else shows its name and every argument in brackets. */
function writeNode(path: string, version: string): void {
  const name = path.slice(folder.length + 1);
  writeProgram(path, [
    `if [ "$1" = --version ]; then echo ${version}; exit; fi`,
    `printf '%s' '${name}'`,
    'for argument in "$@"; do printf " [%s]" "$argument"; done',
  ]);
}

function run(program: string, args: readonly string[], paths: readonly string[] = []) {
  const env = { PATH: [...paths, SYSTEM_PATH].join(':') };
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: tmpdir(),
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** A folder for PATH whose `node` hides the machine's own. */
function pathWithNode(name: string, version: string): string {
  writeNode(join(folder, name, 'node'), version);
  return join(folder, name);
}

describe('scripts/node', () => {
  const runNode = (paths: readonly string[]) =>
    run(join(clone, 'scripts/node'), ['a b', '', '*'], paths);

  it('takes the Node of the clone first and keeps the arguments', () => {
    writeNode(join(clone, 'node_modules/.bin/node'), 'v24.1.0');
    const { stdout } = runNode([pathWithNode('newer', 'v26.0.0')]);
    expect(stdout).toBe('a clone/node_modules/.bin/node [a b] [] [*]');
  });

  it('else takes the first Node on PATH that is new enough', () => {
    writeNode(join(clone, 'node_modules/.bin/node'), 'v20.0.0');
    const { stdout } = runNode([pathWithNode('old', 'v9.9.9'), pathWithNode('new one', 'v25.0.0')]);
    expect(stdout).toBe('new one/node [a b] [] [*]');
  });

  it('else says in one line what to do', () => {
    // Without the system's folders the shell's own commands must be found elsewhere.
    const tools = join(folder, 'tools');
    mkdirSync(tools);
    symlinkSync('/usr/bin/dirname', join(tools, 'dirname'));
    const env = { PATH: `${pathWithNode('old', 'v20.20.2')}:${tools}` };
    const result = spawnSync(join(clone, 'scripts/node'), ['x'], { env, encoding: 'utf8' });
    expect(result.status).toBe(70);
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(/^craton needs Node 24 .*npm ci.*\n$/);
  });
});

describe('craton', () => {
  it('runs the command from any folder and through symbolic links', () => {
    writeNode(join(clone, 'node_modules/.bin/node'), 'v24.1.0');
    const expected = `a clone/node_modules/.bin/node [${clone}/packages/cli/src/main.ts] [verify] [a b]`;
    symlinkSync(join(clone, 'craton'), join(folder, 'absolute'));
    mkdirSync(join(folder, 'bin'));
    symlinkSync('../absolute', join(folder, 'bin', 'relative'));
    for (const program of [
      join(clone, 'craton'),
      join(folder, 'absolute'),
      join(folder, 'bin/relative'),
    ]) {
      expect(run(program, ['verify', 'a b']).stdout).toBe(expected);
    }
  });
});

describe('.ci/run', () => {
  const runWithNpm = (...lines: readonly string[]) => {
    writeProgram(join(folder, 'npm', 'npm'), lines);
    const { status, stdout } = run(join(clone, '.ci/run'), [], [join(folder, 'npm')]);
    return { status, lines: stdout.trimEnd().split('\n') };
  };

  it('runs the two commands of the README and ends with their sum', () => {
    const result = runWithNpm('echo "npm $*"', 'echo "7 passed, 0 failed, 1 skipped"');
    expect(result.status).toBe(0);
    expect(result.lines.filter((line) => line.startsWith('npm'))).toEqual(['npm ci', 'npm test']);
    expect(result.lines.at(-1)).toBe('7 passed, 0 failed, 1 skipped');
  });

  it('repeats the sum after what npm says about a failure', () => {
    const result = runWithNpm(
      '[ "$1" = ci ] && exit 0',
      'echo "7 passed, 1 failed, 0 skipped"',
      'echo "npm error code 1"; exit 1',
    );
    expect(result.status).toBe(1);
    expect(result.lines.slice(-2)).toEqual(['npm error code 1', '7 passed, 1 failed, 0 skipped']);
  });

  it('fails where no test was run', () => {
    const nothing = { status: 1, lines: ['0 passed, 1 failed, 0 skipped'] };
    expect(runWithNpm('exit 0')).toEqual(nothing);
    expect(runWithNpm('[ "$1" = ci ] && exit 7')).toEqual({ ...nothing, status: 7 });
  });
});
