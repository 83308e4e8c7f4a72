/** The flags of `craton paths`. */
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { describe, type Run } from '../describe.ts';
import { addOperatorFlags, type OperatorOptions } from '../operator/operator-client.ts';
import { applyPath, checkPath, listPaths, showPath, type ShowPathOptions } from './paths.ts';

export function addPathCommands(program: Command, context: CliContext, run: Run): void {
  const paths = program
    .command('paths')
    .summary('path documents: the rules of a boundary')
    .description(
      'Lists, shows and checks path documents. In development they can be applied; elsewhere the ' +
        'rollout gates deploy them.',
    );
  addList(paths, context, run);
  addShow(paths, context, run);
  addApply(paths, context, run);
  addCheck(paths, context, run);
}

function addList(paths: Command, context: CliContext, run: Run): void {
  const command = describe(paths, 'list', {
    summary: 'list every version of every path',
    description: 'Lists the paths of the boundary’s environment, and which versions are live.',
    examples: ['craton paths list', 'craton paths list --json'],
  });
  addOperatorFlags(command).action((options: OperatorOptions) =>
    run(() => listPaths(context, options))(),
  );
}

function addShow(paths: Command, context: CliContext, run: Run): void {
  const command = describe(paths, 'show', {
    summary: 'show a path document',
    description: 'Shows the live version of a path in words, or with --json the document.',
    examples: [
      'craton paths show northstar_controls sample-threshold',
      'craton paths show northstar_controls sample-threshold --path-version 1 --json',
    ],
  })
    .argument('<partner>', 'id of the partner')
    .argument('<path>', 'id of the path')
    .option('--path-version <number>', 'another version than the live one');
  addOperatorFlags(command).action((partner: string, path: string, options: ShowPathOptions) =>
    run(() => showPath(context, [partner, path], options))(),
  );
}

function addApply(paths: Command, context: CliContext, run: Run): void {
  const command = describe(paths, 'apply', {
    summary: 'make a path document live: in development only',
    description:
      'Checks a path document and makes it the live version of its path. Works in development on ' +
      'one machine; elsewhere paths are deployed through the rollout gates, and this is refused.',
    examples: ['craton paths apply path.json'],
  }).argument('<file>', 'the path document');
  addOperatorFlags(command).action((file: string, options: OperatorOptions) =>
    run(() => applyPath(context, file, options))(),
  );
}

function addCheck(paths: Command, context: CliContext, run: Run): void {
  const command = describe(paths, 'check', {
    summary: 'check a path document without a boundary',
    description:
      'Checks all that a boundary checks when it loads a path document, says what is wrong and ' +
      'where, and else tells the document in words. Needs no server.',
    examples: ['craton paths check path.json', 'craton paths check path.json --json'],
  }).argument('<file>', 'the path document');
  command.action((file: string, options: { readonly json?: boolean }) =>
    run(() => {
      checkPath(context, file, options);
      return undefined;
    })(),
  );
}
