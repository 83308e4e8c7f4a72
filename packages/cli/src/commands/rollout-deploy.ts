/** `craton rollout stage|deploy|rollback|suspend|break-glass`: what changes a live path. */
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { isJsonObject, type JsonObject } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { replaceFile, SECRET_MODE, writeNewFile } from '../files.ts';
import { shown } from '../operator/answers.ts';
import { type ConfirmationFlags, confirmSubject } from '../rollout/confirmation.ts';
import { pathOfRollout, RolloutClient, type RolloutOptions } from '../rollout/rollout-client.ts';
import { sentenceOf } from '../rollout/rollout-words.ts';
import { notOurs } from '../server/server-client.ts';
import { labelled } from '../text.ts';

/** Makes the packet live in staging. */
export async function stageRollout(
  context: CliContext,
  name: string,
  options: RolloutOptions,
): Promise<void> {
  const client = RolloutClient.of(context, options);
  const rolloutId = await client.idOf(name);
  const answer = await client.post(`${pathOfRollout(rolloutId)}/stage`, {});
  if (options.json === true) {
    context.out(JSON.stringify(answer));
    return;
  }
  const { path_id, version, environment } = answer;
  context.out(`${shown(path_id)} version ${shown(version)} is live in ${shown(environment)}.`);
  context.out('Next: ask it every case of the plan, with a key of staging. Then:');
  context.out(`  craton rollout evaluate ${rolloutId}`);
}

export interface DeployOptions extends RolloutOptions, ConfirmationFlags {
  readonly keyOut?: string;
  readonly keyScopes?: string;
  readonly keyDays?: string;
  readonly json?: boolean;
}

const KEY_SCOPES = 'check,claim,confirm,read';

/** Deploys: measured again, decided by the boundary, recorded. A reject is an answer, and fails. */
export async function deployRollout(
  context: CliContext,
  name: string,
  options: DeployOptions,
): Promise<ExitName> {
  const client = RolloutClient.of(context, options);
  const { rollout } = await client.show(await client.idOf(name));
  const verb = 'You make this the live version of its path';
  const confirmed = await confirmSubject(context, rollout, { verb, flags: options });
  const key = keyRequest(options);
  const body = { confirm_path_id: confirmed, ...(key !== undefined && { api_key: key }) };
  const send = () => client.post(`${pathOfRollout(rollout.rolloutId)}/deploy`, body);
  const { keyOut } = options;
  const answer = keyOut === undefined ? await send() : await keyIntoFile(context, keyOut, send);
  return tellAction(context, answer, {
    done: `Deployed: ${rollout.pathId} version ${rollout.version} is live.`,
    options,
    next: `craton rollout rollback ${rollout.rolloutId} --reason '...'   (if it must go back)`,
  });
}

function keyRequest({ keyOut, keyScopes, keyDays }: DeployOptions): object | undefined {
  if (keyOut === undefined) {
    if (keyScopes === undefined && keyDays === undefined) return undefined;
    throw usageFailure('A key needs a file: give --key-out FILE.');
  }
  if (keyDays !== undefined && !/^[1-9][0-9]{0,3}$/.test(keyDays)) {
    throw usageFailure('A lifetime is a whole number of days, 1 or more.');
  }
  return {
    scopes: (keyScopes ?? KEY_SCOPES).split(','),
    ...(keyDays !== undefined && { lifetime_days: Number(keyDays) }),
  };
}

/** The file is there before the deployment is: a key that could not be kept would be lost. */
async function keyIntoFile(
  context: CliContext,
  file: string,
  send: () => Promise<JsonObject>,
): Promise<JsonObject> {
  const path = resolve(context.cwd, file);
  writeNewFile(path, '', SECRET_MODE);
  let isKept = false;
  try {
    const { api_key: key, ...answer } = await send();
    if (typeof key !== 'string') return answer;
    replaceFile(path, `${key}\n`, SECRET_MODE);
    isKept = true;
    return { ...answer, api_key_file: file };
  } finally {
    if (!isKept) rmSync(path, { force: true });
  }
}

export interface ReasonOptions extends RolloutOptions {
  readonly reason: string;
}

/** Back to the version before, or out of service: at once, and without being asked again. */
export async function undoDeployment(
  context: CliContext,
  [verb, name]: readonly ['rollback' | 'suspend', string],
  options: ReasonOptions,
): Promise<ExitName> {
  const client = RolloutClient.of(context, options);
  const rolloutId = await client.idOf(name);
  const { reason } = options;
  const answer = await client.post(`${pathOfRollout(rolloutId)}/${verb}`, { reason });
  const live = answer['live_version'];
  const state =
    live === undefined ? 'the path is out of service' : `version ${shown(live)} is live again`;
  return tellAction(context, answer, {
    done: `${verb === 'rollback' ? 'Rolled back' : 'Suspended'}: ${state}.`,
    options,
    next: `craton rollout timeline ${rolloutId}`,
  });
}

export interface BreakGlassOptions extends RolloutOptions, ConfirmationFlags {
  readonly role: string;
  readonly reason: string;
  readonly for: string;
  readonly json?: boolean;
}

/** Deploys past the gates, for a time. */
export async function breakGlass(
  context: CliContext,
  name: string,
  options: BreakGlassOptions,
): Promise<ExitName> {
  const lastsS = secondsOf(options.for);
  const client = RolloutClient.of(context, options);
  const { rollout } = await client.show(await client.idOf(name));
  const verb = 'You make this live PAST ITS GATES; everybody is told';
  const confirmed = await confirmSubject(context, rollout, { verb, flags: options });
  const { role, reason } = options;
  const answer = await client.post(`${pathOfRollout(rollout.rolloutId)}/break-glass`, {
    ...{ role, reason, lasts_s: lastsS },
    confirm_path_id: confirmed,
  });
  return tellAction(context, answer, {
    done: `Deployed past its gates, for ${lastsS} s: then the path is suspended by itself.`,
    options,
    next: `craton rollout review-break-glass ${rollout.rolloutId} --reason '...'   (by somebody else)`,
  });
}

const UNITS = { s: 1, m: 60, h: 3_600 } as const;

/** `900s`, `30m`, `2h`. */
function secondsOf(text: string): number {
  const [, count, unit] = /^([1-9][0-9]{0,5})(s|m|h)$/.exec(text) ?? [];
  const size = Object.entries(UNITS).find(([name]) => name === unit)?.[1];
  if (count === undefined || size === undefined)
    throw usageFailure('A time reads 900s, 30m or 2h.');
  return Number(count) * size;
}

interface ActionTelling {
  readonly done: string;
  readonly options: RolloutOptions;
  readonly next: string;
}

function tellAction(
  context: CliContext,
  answer: JsonObject,
  { done, options, next }: ActionTelling,
): ExitName {
  const isDone = answer['done'] === true;
  if (options.json === true) {
    context.out(JSON.stringify(answer));
    return isDone ? 'done' : 'failed';
  }
  if (isDone) context.out(context.paint('green', done));
  else context.out(context.paint('red', 'Not done: the boundary rejected it.'));
  for (const reason of reasonsOf(answer)) context.out(`  ${reason}: ${sentenceOf(reason)}`);
  for (const line of labelled(receiptRows(answer))) context.out(line);
  if (isDone) context.out(`Next: ${next}`);
  return isDone ? 'done' : 'failed';
}

function reasonsOf({ reasons }: JsonObject): readonly string[] {
  if (!Array.isArray(reasons)) throw notOurs('the answer has no list reasons');
  return reasons.map(shown);
}

function receiptRows(answer: JsonObject): (readonly [string, string])[] {
  const { decision, api_key_file: file, api_key: key } = answer;
  if (!isJsonObject(decision)) throw notOurs('the answer holds no decision');
  return [
    ['verdict', `${shown(decision['verdict'])} (${shown(decision['reasons'])})`],
    ['decision', shown(decision['request_id'])],
    ...(file === undefined ? [] : [['API key', `in ${shown(file)}, and nowhere else`] as const]),
    ...(key === undefined ? [] : [['API key', shown(key)] as const]),
  ];
}
