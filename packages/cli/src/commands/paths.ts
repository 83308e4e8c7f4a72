/** `craton paths`: path documents, on a boundary and as files. */
import { resolve } from 'node:path';
import { loadPath, type LoadedPath, parsePathDocument } from '@craton/policy';
import type { CliContext } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { readFileOrFail } from '../files.ts';
import { objectsOf, shown } from '../operator/answers.ts';
import { OperatorClient, type OperatorOptions } from '../operator/operator-client.ts';
import { describePath } from '../operator/describe-path.ts';
import { table } from '../text.ts';

/** Every version of every path of the boundary's environment. */
export async function listPaths(context: CliContext, options: OperatorOptions): Promise<void> {
  const answer = await OperatorClient.of(context, options).get('/paths');
  if (options.json === true) {
    context.out(JSON.stringify(answer));
    return;
  }
  const rows = objectsOf(answer, 'paths').map((path) => [
    shown(path['partner_id']),
    shown(path['path_id']),
    shown(path['version']),
    path['live'] === true ? 'live' : '',
    shown(path['applied_at']),
    shown(path['policy_digest']),
  ]);
  const head = ['PARTNER', 'PATH', 'VERSION', '', 'APPLIED', 'POLICY DIGEST'];
  for (const line of table(head, rows)) context.out(line);
}

export interface ShowPathOptions extends OperatorOptions {
  readonly pathVersion?: string;
}

/** One path document, as it is stored: canonical JSON. */
export async function showPath(
  context: CliContext,
  [partnerId, pathId]: readonly [string, string],
  options: ShowPathOptions,
): Promise<void> {
  const { pathVersion: version } = options;
  if (version !== undefined && !/^[1-9][0-9]{0,14}$/.test(version)) {
    throw usageFailure('A version is a whole number, 1 or more.');
  }
  const query = version === undefined ? '' : `?version=${version}`;
  const path = `/paths/${encodeURIComponent(partnerId)}/${encodeURIComponent(pathId)}${query}`;
  const bytes = await OperatorClient.of(context, options).getBytes(path);
  const loaded = loadPath(parsePathDocument(bytes));
  if (options.json === true) context.out(JSON.stringify(loaded.document));
  else for (const line of describePath(loaded)) context.out(line);
}

/** Makes a path document live, in development; elsewhere the boundary refuses. */
export async function applyPath(
  context: CliContext,
  file: string,
  options: OperatorOptions,
): Promise<void> {
  const { bytes } = readPath(context, file);
  const answer = await OperatorClient.of(context, options).post('/paths', bytes);
  if (options.json === true) {
    context.out(JSON.stringify(answer));
    return;
  }
  const { path_id, version, partner_id, environment, policy_digest } = answer;
  context.out(
    `${shown(path_id)} version ${shown(version)} of ${shown(partner_id)} is live in ${shown(environment)}.`,
  );
  context.out(`  digest   ${shown(policy_digest)}`);
}

/** Everything that a boundary asks of a path document when it loads it, without a boundary. */
export function checkPath(
  context: CliContext,
  file: string,
  { json }: { readonly json?: boolean },
): void {
  const { loaded } = readPath(context, file);
  const { document, policyDigest, rules, windowFacts } = loaded;
  if (json === true) {
    context.out(
      JSON.stringify({
        object: 'craton.path_check.v1',
        partner_id: document.partner_id,
        path_id: document.path_id,
        version: document.version,
        policy_digest: policyDigest,
        rules: rules.map(({ id, verdict, reason }) => ({ id, verdict, reason })),
        window_facts: windowFacts,
      }),
    );
    return;
  }
  context.out(`${file} is in order.`);
  for (const line of describePath(loaded)) context.out(line);
}

interface ReadPath {
  readonly bytes: Uint8Array;
  readonly loaded: LoadedPath;
}

/** Throws `ERR_PATH_DOCUMENT` or `ERR_POLICY_RULE` naming what is wrong. */
function readPath(context: CliContext, file: string): ReadPath {
  const bytes = readFileOrFail(resolve(context.cwd, file));
  return { bytes, loaded: loadPath(parsePathDocument(bytes)) };
}
