/** `craton draft`: prepare one boundary path. Nothing here makes a path live. */
import { resolve } from 'node:path';
import {
  type Draft,
  loadPath,
  type Packet,
  parseDraft,
  parsePacket,
  previewBoundary,
} from '@craton/policy';
import { formatTime, isJsonObject, type JsonObject, utf8 } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { SelfServiceClient, type SelfServiceOptions } from '../drafts/self-service-client.ts';
import { describePreview } from '../drafts/describe-preview.ts';
import { usageFailure } from '../failure.ts';
import { PUBLIC_MODE, readFileOrFail, writeNewFile } from '../files.ts';
import { objectsOf, shown } from '../operator/answers.ts';
import { notOurs, parseAnswer } from '../server/server-client.ts';
import { labelled, printable, table } from '../text.ts';

export interface ComposeOptions extends SelfServiceOptions {
  readonly description?: string;
  readonly preset?: string;
  readonly out?: string;
}

/** From words, a preset or a draft so far to a draft; `--out` keeps it. */
export async function composeDraft(
  context: CliContext,
  file: string | undefined,
  options: ComposeOptions,
): Promise<void> {
  const { description, preset, out, json } = options;
  if (file === undefined && description === undefined && preset === undefined) {
    throw usageFailure('Nothing was said.', 'Give --description, --preset or a draft.');
  }
  const answer = await SelfServiceClient.anonymous(context, options).post('/compose', {
    ...(description !== undefined && { description }),
    ...(preset !== undefined && { preset }),
    ...(file !== undefined && { draft: await readDraft(context, file) }),
  });
  const text = JSON.stringify(answer['draft'], undefined, 2);
  if (out !== undefined) writeNewFile(resolve(context.cwd, out), `${text}\n`, PUBLIC_MODE);
  if (json === true) {
    context.out(JSON.stringify(answer));
    return;
  }
  for (const line of composedLines(answer)) context.out(line);
  context.out(out === undefined ? text : `The draft is in ${out}.`);
}

function composedLines(answer: JsonObject): string[] {
  const { recommendation } = answer;
  const said = isJsonObject(recommendation) ? recommendation : {};
  const candidates = recommendation === undefined ? [] : objectsOf(said, 'candidates');
  const missing = shown(answer['missing']);
  return [
    ...(said['sentence'] === undefined ? [] : [shown(said['sentence'])]),
    ...candidates.map(
      (one) => `  ${shown(one['preset'])} (${shown(one['gate_type'])}): ${shown(one['reason'])}`,
    ),
    ...(missing === '' ? [] : [`Missing: ${missing}`]),
  ].map(printable);
}

/** What a draft would decide: evaluated by self-service, unsigned, and kept nowhere. */
export async function previewDraft(
  context: CliContext,
  file: string,
  options: SelfServiceOptions,
): Promise<void> {
  const draft = await readDraft(context, file);
  const answer = await SelfServiceClient.anonymous(context, options).post('/preview', { draft });
  if (options.json === true) {
    context.out(JSON.stringify(answer));
    return;
  }
  const lines = describePreview(parsePreviewed(context, answer));
  for (const line of lines) context.out(printable(line));
}

/** Digests and preview are made again here, of the packet that came: neither is taken on trust. */
function parsePreviewed(context: CliContext, { packet: sent }: JsonObject): Packet {
  if (!isJsonObject(sent)) throw notOurs('the answer holds no packet');
  const { packet } = parsePacket(utf8(JSON.stringify(sent)));
  const { boundary_object: document, draft } = packet;
  if (document === undefined) return packet;
  const path = loadPath(parseAnswer(utf8(JSON.stringify(document))));
  return { ...packet, preview: previewBoundary(draft, path, formatTime(context.now())) };
}

export interface SaveOptions extends SelfServiceOptions {
  readonly draft?: string;
  readonly revision?: string;
}

/** Saves a new draft, or with `--draft` another version of one. */
export async function saveDraft(
  context: CliContext,
  file: string,
  options: SaveOptions,
): Promise<void> {
  const { draft: draftId, revision } = options;
  if ((draftId === undefined) !== (revision === undefined)) {
    throw usageFailure('--draft and --revision belong together.', 'craton draft show says both.');
  }
  const draft = await readDraft(context, file);
  const client = SelfServiceClient.of(context, options);
  const answer =
    draftId === undefined
      ? await client.post('/drafts', { draft })
      : await client.post(`${pathOf(draftId)}/versions`, {
          draft,
          revision: numberOf('--revision', revision),
        });
  tellDraft(context, answer, options);
}

export interface ReviewOptions extends SelfServiceOptions {
  readonly draftVersion?: string;
  readonly revision?: string;
}

/** Requests the review of the newest version, or takes the one under review back. */
export async function changeReview(
  context: CliContext,
  [verb, draftId]: readonly ['request-review' | 'withdraw', string],
  options: ReviewOptions,
): Promise<void> {
  const client = SelfServiceClient.of(context, options);
  const known = await client.get(pathOf(draftId));
  const usual = verb === 'withdraw' ? known['review_version'] : known['latest_version'];
  const version = numberOf('--draft-version', options.draftVersion) ?? usual;
  if (version === undefined) throw usageFailure('No version of this draft is under review.');
  const revision = numberOf('--revision', options.revision) ?? known['revision'];
  tellDraft(
    context,
    await client.post(`${pathOf(draftId)}/${verb}`, { version, revision }),
    options,
  );
}

export interface ShowOptions extends SelfServiceOptions {
  readonly draftVersion?: string;
}

/** One draft, or without an id the list of them. */
export async function showDraft(
  context: CliContext,
  draftId: string | undefined,
  options: ShowOptions,
): Promise<void> {
  const client = SelfServiceClient.of(context, options);
  if (draftId !== undefined) {
    const answer = await client.get(pathOf(draftId) + versionQuery(options, '?'));
    tellDraft(context, answer, options);
    return;
  }
  const answer = await client.get('/drafts');
  if (options.json === true) {
    context.out(JSON.stringify(answer));
    return;
  }
  const rows = objectsOf(answer, 'drafts').map((draft) => {
    const change = isJsonObject(draft['last_change']) ? draft['last_change'] : {};
    return [
      shown(draft['draft_id']),
      shown(draft['latest_version']),
      shown(draft['revision']),
      `${shown(change['state'])} ${shown(change['at'])}`,
      printable(shown(draft['title'])),
    ];
  });
  const head = ['DRAFT', 'VERSION', 'REVISION', 'LAST CHANGE', 'TITLE'];
  for (const line of table(head, rows)) context.out(line);
}

export interface ExportOptions extends ShowOptions {
  readonly format: 'json' | 'html';
  readonly out?: string;
}

/** The plan as one file that opens without any server. */
export async function exportDraft(
  context: CliContext,
  draftId: string,
  options: ExportOptions,
): Promise<void> {
  const { format, out, json } = options;
  const query = `?format=${format}${versionQuery(options, '&')}`;
  const client = SelfServiceClient.of(context, options);
  const bytes = await client.getBytes(`${pathOf(draftId)}/export${query}`);
  const text = Buffer.from(bytes).toString();
  if (out === undefined) {
    context.out(text.trimEnd());
    return;
  }
  writeNewFile(resolve(context.cwd, out), text, PUBLIC_MODE);
  if (json === true) context.out(JSON.stringify({ draft_id: draftId, format, file: out }));
  else context.out(`The plan is in ${out}.`);
}

function versionQuery({ draftVersion }: ShowOptions, before: '?' | '&'): string {
  const version = numberOf('--draft-version', draftVersion);
  return version === undefined ? '' : `${before}version=${version}`;
}

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw usageFailure(`${flag} is a whole number, 1 or more.`);
}

function pathOf(draftId: string): string {
  return `/drafts/${encodeURIComponent(draftId)}`;
}

/** Read as self-service reads it, so that a mistake is told before anything is sent. */
async function readDraft(context: CliContext, file: string): Promise<Draft> {
  const bytes =
    file === '-' ? await context.readStdin() : readFileOrFail(resolve(context.cwd, file));
  return parseDraft(bytes);
}

function tellDraft(context: CliContext, answer: JsonObject, { json }: SelfServiceOptions): void {
  if (json === true) {
    context.out(JSON.stringify(answer));
    return;
  }
  const review = answer['review_version'];
  const rows: (readonly [string, string])[] = [
    ['draft', shown(answer['draft_id'])],
    ['version', `${shown(answer['version'])} of ${shown(answer['latest_version'])}`],
    ['state', shown(answer['state'])],
    ['revision', shown(answer['revision'])],
    ['author', printable(shown(answer['author']))],
    ['packet digest', shown(answer['packet_digest'])],
    ['under review', review === undefined ? 'nothing' : `version ${shown(review)}`],
    ['production_write', shown(answer['production_write'])],
  ];
  for (const line of labelled(rows)) context.out(line);
}
