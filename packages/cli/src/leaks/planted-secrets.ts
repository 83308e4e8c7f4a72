/** A small installation in a folder of its own, with a fresh secret in every secret variable. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeHex } from '@craton/protocol';
import { readCredentials } from '../development/credentials.ts';
import {
  type DataPaths,
  dataPathsOf,
  DEVELOPMENT_ISSUER,
  prepareDataDirectory,
} from '../development/data-directory.ts';
import { prepareSelfServiceKey } from '../development/self-service-key.ts';
import { CommandFailure } from '../failure.ts';
import { readSecretKey } from '../keys/key-file.ts';
import { BOUNDARY_VARIABLES } from '../settings.ts';

/** A secret, in the forms in which it could come out. */
export interface PlantedSecret {
  /** Of the variable, or of the key. */
  readonly name: string;
  readonly forms: readonly (string | Uint8Array)[];
}

export interface Planting {
  readonly paths: DataPaths;
  /** Whole environments; `boundary` without the address of self-service. */
  readonly boundary: Readonly<Record<string, string>>;
  readonly selfService: Readonly<Record<string, string>>;
  readonly secrets: readonly PlantedSecret[];
  /** Of the author at self-service. */
  readonly selfServiceKey: string;
}

const ENVIRONMENT = 'development';
/** Generated keys say so before their seed. */
const DEVELOPMENT_MARK = 'development:';
/** What every key has in common is no secret: the random part stands between these. */
const KEY_TAIL = [-49, -6] as const;

/** Variables that hold secrets: those that a file can stand for. */
export function secretVariables(): readonly string[] {
  const known: readonly string[] = BOUNDARY_VARIABLES;
  return known.filter((name) => known.includes(`${name}_FILE`));
}

/** Makes keys and names. Fails if there is a secret variable that nobody plants anything in. */
export async function plantSecrets(folder: string, nowMs: number): Promise<Planting> {
  const paths = dataPathsOf(join(folder, 'data'));
  await prepareDataDirectory(paths, {
    issuer: DEVELOPMENT_ISSUER,
    environment: ENVIRONMENT,
    nowMs,
  });
  const selfServiceKey = prepareSelfServiceKey(paths, { environment: ENVIRONMENT, nowMs });
  const words = { production: word('store'), drafts: word('drafts'), client: word('client') };
  mkdirSync(join(folder, 'stores'));
  const given: Record<string, string> = {
    CRATON_SIGNING_KEY: textOf(paths.signingKey),
    CRATON_STAGING_SIGNING_KEY: textOf(paths.stagingKey),
    CRATON_LOG_KEY: textOf(paths.logKey),
    CRATON_POSTURE_KEY: textOf(paths.postureKey),
    CRATON_REVIEW_PULL_KEY: textOf(paths.pullKey),
    CRATON_OIDC_CLIENT_SECRET: words.client,
    DATABASE_URL: `sqlite:${join(folder, 'stores', words.production)}`,
  };
  assertEveryVariable(given);
  const drafts = `sqlite:${join(folder, 'stores', words.drafts)}`;
  return {
    paths,
    ...environmentsOf(paths, given, drafts),
    secrets: [
      ...Object.entries(given).map(([name, text]) => ({ name, forms: formsOf(text, words) })),
      { name: 'SELF_SERVICE_DATABASE_URL', forms: [words.drafts] },
      { name: 'key of self-service', forms: [selfServiceKey.slice(...KEY_TAIL)] },
    ],
    selfServiceKey,
  };
}

function environmentsOf(
  paths: DataPaths,
  given: Readonly<Record<string, string>>,
  drafts: string,
): Pick<Planting, 'boundary' | 'selfService'> {
  const shared = {
    CRATON_ENV: ENVIRONMENT,
    CRATON_DATA_DIR: paths.directory,
    CRATON_ISSUER: DEVELOPMENT_ISSUER,
    CRATON_LOG_LEVEL: 'trace',
    PORT: '0',
  };
  const provider = { CRATON_OIDC_ISSUER: 'http://127.0.0.1:1', CRATON_OIDC_CLIENT_ID: 'craton' };
  const { publicKey } = readSecretKey(paths.postureKey);
  return {
    boundary: { ...shared, ...provider, ...given, CRATON_ATTESTATIONS_FILE: paths.attestations },
    selfService: {
      ...shared,
      SELF_SERVICE_DATABASE_URL: drafts,
      CRATON_SELF_SERVICE_API_KEYS_FILE: paths.selfServiceKeys,
      CRATON_POSTURE_PUBLIC_KEY: Buffer.from(publicKey).toString('base64'),
    },
  };
}

/** Keys that the boundary made when it started. */
export function startedKeys({ paths }: Planting): readonly PlantedSecret[] {
  if (!existsSync(paths.credentials)) return [];
  const { boundaryApiKey, operatorToken = '' } = readCredentials(paths.credentials);
  return [
    { name: 'API key of a partner', forms: [boundaryApiKey.slice(...KEY_TAIL)] },
    { name: 'token of an operator', forms: [operatorToken.slice(...KEY_TAIL)] },
  ];
}

function assertEveryVariable(given: Readonly<Record<string, string>>): void {
  const bare = secretVariables().filter((name) => !Object.hasOwn(given, name));
  if (bare.length === 0) return;
  throw new CommandFailure(`Nobody plants a secret in ${bare.join(', ')}.`, {
    code: 'secret_not_planted',
    nextStep: 'This version cannot search for leaks; use one that knows all of its secrets.',
  });
}

/** Letters and digits: nothing else in the world has this name. */
function word(of: string): string {
  return `${of}${encodeHex(randomBytes(12))}`;
}

function formsOf(
  text: string,
  words: Readonly<Record<string, string>>,
): readonly (string | Uint8Array)[] {
  const named = Object.values(words).find((one) => text.includes(one));
  if (named !== undefined) return [named];
  if (!text.startsWith(DEVELOPMENT_MARK)) return [text.slice(...KEY_TAIL)];
  const seed = text.slice(DEVELOPMENT_MARK.length);
  return [seed, new Uint8Array(Buffer.from(seed, 'base64'))];
}

function textOf(file: string): string {
  return readFileSync(file, 'utf8').trim();
}
