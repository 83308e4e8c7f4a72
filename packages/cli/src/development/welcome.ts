/** What `craton start` shows once everything is ready. */
import { type CliContext, shellWord, shownCommand, shownPath } from '../context.ts';
import type { Colour } from '../text.ts';
import { labelled } from '../text.ts';
import type { DataPaths } from './data-directory.ts';
import {
  bundleCurl,
  SAMPLE_REQUESTS,
  type SampleRequest,
  sampleCurl,
  type SampleTarget,
} from './sample-requests.ts';

const PAGES = [
  ['Home', '/'],
  ['Start', '/self-service'],
  ['Readiness', '/self-service/readiness'],
  ['Protocol', '/protocol'],
  ['Verify', '/verify'],
  ['API', '/agent-api'],
  ['Log', '/log'],
  ['OpenAPI', '/openapi.json'],
  ['Public keys', '/protocol/v1/jwks.json'],
] as const;

const VERDICT_COLOURS = {
  allow: 'green',
  constrain: 'yellow',
  reject: 'red',
} as const satisfies Record<SampleRequest['verdict'], Colour>;

const BUNDLE_FILE = 'bundle.json';

/** The command that checks the saved bundle without the server. */
export function verifyCommand(context: CliContext, paths: DataPaths): string {
  const trust = shellWord(shownPath(context, paths.trustPolicy));
  return `${shownCommand(context)} verify ${BUNDLE_FILE} --trust ${trust}`;
}

/** The same things as `welcomeText`, for a program. */
export function welcomeDocument(
  context: CliContext,
  target: SampleTarget,
  paths: DataPaths,
): Record<string, unknown> {
  return {
    object: 'craton.start.v1',
    base_url: target.baseUrl,
    data_dir: paths.directory,
    trust_policy: paths.trustPolicy,
    credentials: paths.credentials,
    pages: Object.fromEntries(PAGES.map(([name, path]) => [name, target.baseUrl + path])),
    requests: SAMPLE_REQUESTS.map((request) => ({
      verdict: request.verdict,
      decision_size_usd: request.amountUsd,
      curl: sampleCurl(request, target),
    })),
    bundle_curl: bundleCurl(first(SAMPLE_REQUESTS), target, BUNDLE_FILE),
    verify: verifyCommand(context, paths),
  };
}

/** The page that a newcomer reads: addresses, then commands in the order to paste them. */
export function welcomeText(context: CliContext, target: SampleTarget, paths: DataPaths): string {
  const { paint } = context;
  const heading = (text: string): string => paint('bold', text);
  const pages = PAGES.map(([name, path]) => [name, paint('cyan', target.baseUrl + path)] as const);
  return [
    '',
    heading('Craton is ready: development, on this machine only.'),
    '',
    ...labelled(pages),
    '',
    ...labelled([
      ['Data', shownPath(context, paths.directory)],
      ['Credentials', shownPath(context, paths.credentials)],
      ['Trust policy', shownPath(context, paths.trustPolicy)],
    ]),
    '',
    heading('Ask for a verdict. Paste into another terminal:'),
    ...SAMPLE_REQUESTS.flatMap((request) => [
      '',
      `  ${paint(VERDICT_COLOURS[request.verdict], request.verdict.padEnd(9))} ${request.title}`,
      '',
      ...commandLines(sampleCurl(request, target)),
    ]),
    '',
    heading(`Save a receipt with everything that a verifier needs, as ${BUNDLE_FILE}:`),
    '',
    ...commandLines(bundleCurl(first(SAMPLE_REQUESTS), target, BUNDLE_FILE)),
    '',
    heading('Check it without this server. Stop it first with Ctrl-C, if you like:'),
    '',
    ...commandLines(verifyCommand(context, paths)),
    '',
  ].join('\n');
}

/** Indented, so that commands stand out; a shell does not mind. */
function commandLines(command: string): string[] {
  return command.split('\n').map((line) => `    ${line}`);
}

function first(requests: readonly SampleRequest[]): SampleRequest {
  const [request] = requests;
  if (request === undefined) throw new TypeError('There is no sample request.');
  return request;
}
