import { REQUIREMENT_GROUPS, type RequirementGroup } from '../test/requirements.ts';

/** A page that is made from a table in code, never edited by hand. */
export interface GeneratedPage {
  /** Relative to the root of the clone. */
  readonly path: string;
  readonly render: () => string | Promise<string>;
}

/** Every generated page of the project. Each says in its first lines where it comes from. */
export const GENERATED_PAGES: readonly GeneratedPage[] = [
  { path: 'docs/reference/requirements.md', render: requirementsPage },
];

function requirementsPage(): string {
  return [
    '# Requirements and their tests',
    '',
    'Generated from `test/requirements.ts` by `npm run docs`. Do not edit.',
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
