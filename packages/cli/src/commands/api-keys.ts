/** `craton api-keys`: keys of hosts and operators. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  API_KEY_RANDOM_BYTES,
  apiKeySha256,
  composeApiKey,
  isEnvironment,
  type JsonObject,
} from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { replaceFile, SECRET_MODE, writeNewFile } from '../files.ts';
import { objectsOf, shown } from '../operator/answers.ts';
import { OperatorClient, type OperatorOptions } from '../operator/operator-client.ts';
import { notOurs } from '../server/server-client.ts';
import { labelled, table } from '../text.ts';

export interface IssueKeyOptions extends OperatorOptions {
  readonly kind: 'bnd' | 'sts' | 'ops';
  readonly partner?: string;
  readonly person?: string;
  readonly scopes?: string;
  readonly days?: string;
  readonly out?: string;
}

/** What a key may do where nobody says otherwise: a host does all it needs, an operator looks. */
const SCOPES_DEFAULT = {
  bnd: 'check,claim,confirm,read',
  sts: 'check,claim,confirm,read',
  ops: 'read',
} as const;

/** Issues a key, which is printed once, or put into a new file and not printed at all. */
export async function issueKey(context: CliContext, options: IssueKeyOptions): Promise<void> {
  const { kind, partner, person, scopes = SCOPES_DEFAULT[kind], days, out, json } = options;
  if (days !== undefined && !/^[1-9][0-9]{0,3}$/.test(days)) {
    throw usageFailure('A lifetime is a whole number of days, 1 or more.');
  }
  const client = OperatorClient.of(context, options);
  const ask = () =>
    client.post('/api-keys', {
      kind,
      ...(partner !== undefined && { partner_id: partner }),
      ...(person !== undefined && { act_id: person }),
      scopes: scopes.split(','),
      ...(days !== undefined && { lifetime_days: Number(days) }),
    });
  const { key, ...known } = await (out === undefined ? ask() : intoFile(context, out, ask));
  if (json === true) {
    context.out(
      JSON.stringify(out === undefined ? { key, ...known } : { ...known, key_file: out }),
    );
    return;
  }
  for (const line of labelled(keyRows(known))) context.out(line);
  if (out === undefined) tellOnce(context, shown(key));
  else context.out(`The key is in ${out} (mode 0600) and nowhere else.`);
}

/** Prints a key that is kept nowhere. */
export function tellOnce(context: CliContext, key: string): void {
  context.out('The key, which nobody can show again:');
  context.out(key);
}

/**
 * Puts the key of an answer into a new file. The file is made before the key is: one that could not
 * be kept would be in force, and lost.
 */
async function intoFile(
  context: CliContext,
  file: string,
  ask: () => Promise<JsonObject>,
): Promise<JsonObject> {
  const path = resolve(context.cwd, file);
  writeNewFile(path, '', SECRET_MODE);
  try {
    const answer = await ask();
    const { key } = answer;
    if (typeof key !== 'string') throw notOurs('the answer holds no key');
    replaceFile(path, `${key}\n`, SECRET_MODE);
    return answer;
  } catch (error) {
    rmSync(path);
    throw error;
  }
}

/** Everything that is known about the keys; never a key. */
export async function listApiKeys(context: CliContext, options: OperatorOptions): Promise<void> {
  const answer = await OperatorClient.of(context, options).get('/api-keys');
  if (options.json === true) {
    context.out(JSON.stringify(answer));
    return;
  }
  const rows = objectsOf(answer, 'api_keys').map((key) => [
    shown(key['key_id']),
    shown(key['kind']),
    shown(key['partner_id']) || shown(key['act_id']),
    shown(key['scopes']),
    stateOf(context, key),
    shown(key['last_used_at']) || 'never',
  ]);
  const head = ['KEY ID', 'KIND', 'WHOSE', 'SCOPES', 'STATE', 'LAST USED'];
  for (const line of table(head, rows)) context.out(line);
}

function stateOf(context: CliContext, key: JsonObject): string {
  const { revoked_at: revokedAt, expires_at: expiresAt } = key;
  if (revokedAt !== undefined) return `revoked ${shown(revokedAt)}`;
  const isOver = typeof expiresAt === 'string' && Date.parse(expiresAt) <= context.now();
  return `${isOver ? 'expired' : 'until'} ${shown(expiresAt)}`;
}

/** Ends a key: once this is answered, no receipt is issued for it. */
export async function revokeKey(
  context: CliContext,
  keyId: string,
  options: OperatorOptions,
): Promise<void> {
  const client = OperatorClient.of(context, options);
  const answer = await client.post(`/api-keys/${encodeURIComponent(keyId)}/revoke`, {});
  if (options.json === true) context.out(JSON.stringify(answer));
  else context.out(`${shown(answer['key_id'])} is revoked since ${shown(answer['revoked_at'])}.`);
}

export interface MakeApiKeyOptions {
  readonly environment: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Makes an operator token offline, for a server that has none yet: it is told the digest alone. */
export function makeOperatorToken(context: CliContext, options: MakeApiKeyOptions): void {
  const { environment, out, json } = options;
  if (!isEnvironment(environment)) {
    throw usageFailure('An environment is lower-case letters and digits, for example production.');
  }
  const random = randomBytes(API_KEY_RANDOM_BYTES);
  const key = composeApiKey({ kind: 'ops', environment, random });
  if (out !== undefined) writeNewFile(resolve(context.cwd, out), `${key}\n`, SECRET_MODE);
  const sha256 = apiKeySha256(key);
  if (json === true) {
    const place = out === undefined ? { key } : { key_file: out };
    context.out(JSON.stringify({ object: 'craton.api_key.v1', kind: 'ops', sha256, ...place }));
    return;
  }
  if (out === undefined) tellOnce(context, key);
  else context.out(`The key is in ${out} (mode 0600) and nowhere else.`);
  context.out('Start the boundary with its digest, and it is let in for one hour:');
  context.out(`CRATON_OPERATOR_BOOTSTRAP_SHA256=${sha256}`);
}

function keyRows(key: JsonObject): (readonly [string, string])[] {
  const { partner_id: partner, act_id: person } = key;
  return [
    ['key id', shown(key['key_id'])],
    ...(partner === undefined ? [] : [['partner', shown(partner)] as const]),
    ...(person === undefined ? [] : [['person', shown(person)] as const]),
    ['kind', shown(key['kind'])],
    ['scopes', shown(key['scopes'])],
    ['environment', shown(key['environment'])],
    ['expires', shown(key['expires_at'])],
  ];
}
