import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { openApiDocument } from '../packages/boundary/src/http/api-document.ts';
import { BOUNDARY_SETTING_SECTION } from '../packages/boundary/src/settings.ts';
import { exitCodesPage } from '../packages/cli/src/exit-codes.ts';
import {
  errorCodeRows,
  renderConfigReference,
  renderEnvExample,
} from '../packages/service/src/index.ts';
import { selfServiceOpenApi } from '../packages/self-service/src/http/api-document.ts';
import { SELF_SERVICE_SETTING_SECTION } from '../packages/self-service/src/settings.ts';
import { REQUIREMENT_GROUPS, type RequirementGroup } from '../test/requirements.ts';
import { reportCodesSource } from './report-codes-source.ts';
import { ROOT } from './runners/process.ts';

/** A file that is made from a table elsewhere, never edited by hand. */
export interface GeneratedFile {
  /** Relative to the root of the clone. */
  readonly path: string;
  readonly render: () => string | Promise<string>;
}

const SETTING_SECTIONS = [BOUNDARY_SETTING_SECTION, SELF_SERVICE_SETTING_SECTION];

/** Every generated file of the project. Each says in its first lines where it comes from. */
export const GENERATED_FILES: readonly GeneratedFile[] = [
  { path: '.env.example', render: () => renderEnvExample(SETTING_SECTIONS) },
  { path: 'docs/reference/config.md', render: () => renderConfigReference(SETTING_SECTIONS) },
  { path: 'docs/reference/error-codes.md', render: errorCodesPage },
  { path: 'docs/reference/exit-codes.md', render: exitCodesPage },
  { path: 'docs/reference/requirements.md', render: requirementsPage },
  code('packages/protocol/src/report-codes.ts', reportCodesSource),
  code('spec/error-codes.json', () => JSON.stringify(errorCodeRows())),
  code('spec/openapi.json', () => JSON.stringify(openApiDocument())),
  code('spec/self-service.openapi.json', () => JSON.stringify(selfServiceOpenApi())),
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
  const count = `${proven} of ${requirements.length} are proven.`;
  return [
    `## ${title}`,
    '',
    count,
    '',
    '| Id | Promise | Tests |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

interface ErrorRow {
  readonly code: string;
  readonly status: number | null;
  readonly fix_by: string;
  readonly retry: boolean;
  readonly sentence: string;
}

async function errorCodesPage(): Promise<string> {
  const rows = JSON.parse(
    await readFile(join(ROOT, 'spec/error-codes.json'), 'utf8'),
  ) as ErrorRow[];
  return [
    '# Error codes',
    '',
    'Generated from `spec/error-codes.json` by `npm run generate`. Do not edit.',
    '',
    'An HTTP error is `application/problem+json` (RFC 9457) with `code` and `request_id`. A verdict is',
    'never an error: a reject answers 200. No message repeats a value that was sent.',
    '',
    'Codes without a status come from the library, the command or the log of a server. "Fixed by" says',
    'who can mend it; "retry" whether the same request may succeed later without a change.',
    '',
    '| Code | Status | Fixed by | Retry | What happened |',
    '| --- | --: | --- | --- | --- |',
    ...rows.map(
      ({ code, status, fix_by, retry, sentence }) =>
        `| \`${code}\` | ${status ?? '-'} | ${fix_by} | ${retry ? 'yes' : 'no'} | ${sentence} |`,
    ),
    '',
  ].join('\n');
}
