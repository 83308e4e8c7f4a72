/** `craton rollout pull|list|status|evaluate|timeline`: what is under review, and how it stands. */
import { isDigest, isJsonObject, type JsonObject, Members } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { objectsOf, shown } from '../operator/answers.ts';
import { caseLines, describeRollout, unsatisfiableLine } from '../rollout/describe-rollout.ts';
import { exitOfRollout } from '../rollout/rollout-exit.ts';
import { pathOfRollout, RolloutClient, type RolloutOptions } from '../rollout/rollout-client.ts';
import {
  parseCases,
  parseRollout,
  parseRollouts,
  parseUnsatisfiable,
  understood,
} from '../rollout/rollout-view.ts';
import { words } from '../rollout/rollout-words.ts';
import { csvLine, table } from '../text.ts';

/** Takes a packet under review; without a name it lists what is there to take. */
export async function pullReview(
  context: CliContext,
  name: string | undefined,
  options: RolloutOptions,
): Promise<ExitName> {
  const client = RolloutClient.of(context, options);
  if (name === undefined) return listReviews(context, client, options);
  const packetDigest = isDigest(name) ? name : await digestOfDraft(client, name);
  const answer = await client.post('/rollouts', { packet_digest: packetDigest });
  const gates = understood(() => parseUnsatisfiable(Members.of(answer, '', 'ERR_FORMAT')));
  if (options.json === true) context.out(JSON.stringify(answer));
  else {
    const rolloutId = shown(answer['rollout_id']);
    context.out(`${rolloutId}: ${OUTCOMES[shown(answer['outcome'])] ?? shown(answer['outcome'])}`);
    for (const gate of gates) context.out(unsatisfiableLine(gate));
    context.out(`Next: craton rollout evaluate ${rolloutId}`);
  }
  return gates.length === 0 ? 'done' : 'blocked';
}

const OUTCOMES: Readonly<Record<string, string>> = {
  opened: 'the packet is under review.',
  replaced: 'a newer version is under review; what was approved before does not count any more.',
  known: 'the packet was under review already.',
};

async function listReviews(
  context: CliContext,
  client: RolloutClient,
  { json }: RolloutOptions,
): Promise<ExitName> {
  const answer = await client.get('/review-requests');
  const requests = objectsOf(answer, 'review_requests');
  if (json === true) {
    context.out(JSON.stringify(answer));
    return 'done';
  }
  const rows = requests.map((request) =>
    ['draft_id', 'version', 'state', 'organisation', 'author', 'requested_at'].map((member) =>
      shown(request[member]),
    ),
  );
  const head = ['DRAFT', 'VERSION', 'STATE', 'ORGANISATION', 'AUTHOR', 'REQUESTED'];
  for (const line of table(head, rows)) context.out(line);
  if (rows.length > 0) context.out('Next: craton rollout pull DRAFT');
  return 'done';
}

/** The packet of the newest request of a draft. */
async function digestOfDraft(client: RolloutClient, draftId: string): Promise<string> {
  const requests = objectsOf(await client.get('/review-requests'), 'review_requests');
  const wanted = requests.find(
    (request) => request['draft_id'] === draftId && request['state'] === 'review_requested',
  );
  if (wanted !== undefined) return shown(wanted['packet_digest']);
  throw new CommandFailure('No review of this draft is requested.', {
    code: 'review_not_requested',
    exit: 'missing',
    nextStep: 'craton rollout pull lists the requests; craton draft request-review makes one.',
  });
}

/** All rollouts of the environment. */
export async function listRollouts(context: CliContext, options: RolloutOptions): Promise<void> {
  const answer = await RolloutClient.of(context, options).get('/rollouts');
  const rollouts = parseRollouts(answer);
  if (options.json === true) {
    context.out(JSON.stringify(answer));
    return;
  }
  const rows = rollouts.map(({ rolloutId, state, partnerId, pathId, version, changedAt }) => [
    rolloutId,
    words(state),
    `${partnerId}/${pathId}`,
    String(version),
    changedAt,
  ]);
  const head = ['ROLLOUT', 'STATE', 'PATH', 'VERSION', 'CHANGED'];
  for (const line of table(head, rows)) context.out(line);
}

export interface StatusOptions extends RolloutOptions {
  readonly all?: boolean;
}

/** Where a rollout stands at this moment; that decides how it ends. */
export async function showRollout(
  context: CliContext,
  name: string,
  options: StatusOptions,
): Promise<ExitName> {
  const client = RolloutClient.of(context, options);
  const { answer, rollout } = await client.show(await client.idOf(name));
  if (options.json === true) context.out(JSON.stringify(answer));
  else for (const line of describeRollout(context, rollout, options)) context.out(line);
  return exitOfRollout(rollout);
}

/** Measures every criterion now. Ends as `showRollout` does. */
export async function evaluateRollout(
  context: CliContext,
  name: string,
  options: StatusOptions,
): Promise<ExitName> {
  const client = RolloutClient.of(context, options);
  const answer = await client.post(`${pathOfRollout(await client.idOf(name))}/evaluate`, {});
  const rollout = parseRollout(answer['rollout']);
  if (options.json === true) context.out(JSON.stringify(answer));
  else {
    for (const line of describeRollout(context, rollout, options)) context.out(line);
    const cases = parseCases(answer);
    if (cases.length > 0) context.out('\nCases of the plan, in staging:');
    for (const line of caseLines(cases)) context.out(line);
  }
  return exitOfRollout(rollout);
}

export interface TimelineOptions extends RolloutOptions {
  readonly path?: string;
  readonly csv?: boolean;
}

/** Every record of a rollout, or with `--path` of what was live on a path. */
export async function showTimeline(
  context: CliContext,
  name: string | undefined,
  options: TimelineOptions,
): Promise<void> {
  const { path, csv, json } = options;
  if ((name === undefined) === (path === undefined)) {
    throw usageFailure('Give a rollout, or --path PARTNER/PATH.');
  }
  const client = RolloutClient.of(context, options);
  const answer = await client.get(
    name === undefined
      ? historyPath(path ?? '')
      : `${pathOfRollout(await client.idOf(name))}/timeline`,
  );
  const records = objectsOf(answer, 'records');
  if (json === true) context.out(JSON.stringify(answer));
  else if (csv === true) {
    context.out(csvLine(['seq', 'at', 'actor', 'kind', 'digest', 'body']));
    for (const record of records) context.out(csvLine(csvCells(record)));
  } else {
    const head = ['SEQ', 'AT', 'WHO', 'WHAT', ''];
    for (const line of table(head, records.map(timelineCells))) context.out(line);
  }
}

/** `/paths/PARTNER/PATH/history`. Fails with `usage` for another form. */
export function historyPath(path: string): string {
  const [partnerId, pathId, ...others] = path.split('/');
  if (partnerId === undefined || pathId === undefined || others.length > 0) {
    throw usageFailure('A path is written PARTNER/PATH.');
  }
  return `/paths/${encodeURIComponent(partnerId)}/${encodeURIComponent(pathId)}/history`;
}

function csvCells({ seq, at, actor, kind, digest, body }: JsonObject): string[] {
  return [...[seq, at, actor, kind, digest].map(shown), JSON.stringify(body ?? {})];
}

function timelineCells({ seq, at, actor, kind, body }: JsonObject): string[] {
  return [...[seq, at, actor].map(shown), words(shown(kind)), isJsonObject(body) ? gist(body) : ''];
}

/** Members by which people tell records of one kind apart. */
const GIST_MEMBERS = [
  'gate',
  'role',
  'subject',
  'action',
  'environment',
  'code',
  'codes',
  'reason',
];
const GIST_LENGTH_MAX = 80;

function gist(body: JsonObject): string {
  const said = GIST_MEMBERS.flatMap((name) => (name in body ? [shown(body[name])] : [])).join(' ');
  return said.length > GIST_LENGTH_MAX ? `${said.slice(0, GIST_LENGTH_MAX - 1)}…` : said;
}
