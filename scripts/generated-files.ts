import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { REQUIREMENT_GROUPS, type RequirementGroup } from '../test/requirements.ts';
import { reportCodesSource } from './generate-report-codes.ts';
import { ROOT } from './runners/process.ts';

/** A file that is made from a table elsewhere, never edited by hand. */
export interface GeneratedFile {
  /** Relative to the root of the clone. */
  readonly path: string;
  readonly render: () => string | Promise<string>;
}

/** Every generated file of the project. Each says in its first lines where it comes from. */
export const GENERATED_FILES: readonly GeneratedFile[] = [
  { path: 'docs/reference/requirements.md', render: requirementsPage },
  code('packages/protocol/src/report-codes.ts', reportCodesSource),
];

/** Generated code is formatted like all other. */
function code(path: string, source: () => string): GeneratedFile {
  const render = async (): Promise<string> => {
    const filepath = join(ROOT, path);
    return format(source(), { ...(await resolveConfig(filepath)), filepath });
  };
  return { path, render };
}

function requirementsPage(): string {
  return [
    '# Requirements and their tests',
    '',
    'Generated from `test/requirements.ts` by `npm run generate`. Do not edit.',
    '',
    'Each promise has the tests that prove it, or is planned. The number of planned promises may only fall.',
    '',
    ...REQUIREMENT_GROUPS.map(requirementsTable),
  ].join('\n');
}

function requirementsTable({ title, requirements }: RequirementGroup): string {
  const proven = requirements.filter((requirement) => requirement.tests.length > 0).length;
  const rows = requirements.map(({ id, promise, tests }) => {
    const proof = tests.map((test) => `\`${test.replaceAll('|', '\\|')}\``).join('<br>');
    return `| ${id} | ${promise} | ${proof || 'planned'} |`;
  });
  const heading = `## ${title}: ${proven} of ${requirements.length} proven`;
  return [heading, '', '| Id | Promise | Tests |', '| --- | --- | --- |', ...rows, ''].join('\n');
}
