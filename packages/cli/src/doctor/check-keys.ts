/** Doctor: keys, and the attestation of the signing key. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AttestationPayload, CratonError, readAttestation } from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { type DataPaths, DEVELOPMENT_ISSUER } from '../development/data-directory.ts';
import { environmentName } from '../development/privileges.ts';
import { CommandFailure } from '../failure.ts';
import { parseAttestations } from '../keys/attest-key.ts';
import { namesOf } from '../keys/key-file.ts';
import type { KeyPair } from '../keys/key-pair.ts';
import { isDevelopment } from './check-settings.ts';
import { type Finding, ok, problem } from './finding.ts';
import {
  attestationsSource,
  KEY_ROLES,
  type KeySource,
  keySourceOf,
  type ServerKeyRole,
  usesGeneratedKeys,
  variableOf,
} from './key-sources.ts';

const DAY_MS = 24 * 3_600_000;
/** A window that ends sooner is worth a word. */
const WINDOW_DAYS_MIN = 30;

/** The keys of each role, and whether they are different ones. */
export function checkKeys(context: CliContext, paths: DataPaths): Finding[] {
  const kids = new Map<string, ServerKeyRole>();
  const findings = rolesOf(context, paths).flatMap((role) => {
    const { finding, key } = readKey(context, paths, role);
    if (key === undefined) return [finding];
    const { kid } = namesOf(key.publicKey);
    const twin = kids.get(kid);
    kids.set(kid, role);
    return twin === undefined ? [finding] : [finding, sharedKey(role, twin)];
  });
  return findings;
}

function rolesOf(context: CliContext, paths: DataPaths): readonly ServerKeyRole[] {
  const hasStaging = keySourceOf(context, paths, 'staging_signing') !== undefined;
  return hasStaging ? [...KEY_ROLES, 'staging_signing'] : KEY_ROLES;
}

interface ReadKey {
  readonly finding: Finding;
  readonly key?: KeyPair;
}

function readKey(context: CliContext, paths: DataPaths, role: ServerKeyRole): ReadKey {
  const id = `${role}_key`;
  const source = keySourceOf(context, paths, role);
  if (source === undefined) return { finding: keyMissing(context, role) };
  try {
    const key = source.read();
    if (!isDevelopment(context.env) && (key.isForDevelopment || liesBesideRoot(source))) {
      return { key, finding: generatedKey(id, source) };
    }
    return { key, finding: ok(id, `kid ${namesOf(key.publicKey).kid}, from ${source.name}.`) };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    const fix = error.nextStep ?? `Make a key: ${makerOf(role)}`;
    return { finding: problem(id, 'blocked', [error.message, fix]) };
  }
}

/** A generated key was never meant for anybody else, and its root lies beside it. */
function liesBesideRoot({ file }: KeySource): boolean {
  return file !== undefined && existsSync(join(dirname(file), 'offline-root'));
}

function generatedKey(id: string, { name }: KeySource): Finding {
  return problem(id, 'blocked', [
    `${name} was generated for development: its root lies, or lay, beside it.`,
    'Make a key with craton keys signing, and attest it offline with craton keys attest.',
  ]);
}

function keyMissing(context: CliContext, role: ServerKeyRole): Finding {
  const id = `${role}_key`;
  if (usesGeneratedKeys(context)) {
    const fix = 'Run craton start: it makes keys on its first start.';
    return problem(id, 'missing', [`There is no ${role} key.`, fix]);
  }
  const fix = `Make one with craton keys ${role} --out FILE, and set ${variableOf(role)}_FILE to it.`;
  return role === 'signing'
    ? problem(id, 'missing', ['There is no signing key.', fix])
    : problem(id, 'degraded', [`There is no ${role} key, so that part is off.`, fix]);
}

function makerOf(role: ServerKeyRole): string {
  return `craton keys ${role === 'staging_signing' ? 'signing' : role} --out FILE`;
}

function sharedKey(role: ServerKeyRole, twin: ServerKeyRole): Finding {
  return problem('keys_differ', 'blocked', [
    `${variableOf(role)} and ${variableOf(twin)} are the same key.`,
    `Make a key of its own: ${makerOf(role)}`,
  ]);
}

/** Whether a root has said that the signing key may sign, here and now. */
export function checkAttestation(context: CliContext, paths: DataPaths): Finding {
  const id = 'attestation';
  const source = attestationsSource(context, paths);
  if (source === undefined) {
    return problem(id, 'missing', [
      'There is no attestation of the signing key.',
      usesGeneratedKeys(context)
        ? 'Run craton start: it makes one on its first start.'
        : 'Make one offline with craton keys attest, and set CRATON_ATTESTATIONS_FILE to it.',
    ]);
  }
  const signing = readKey(context, paths, 'signing').key;
  try {
    const payloads = parseAttestations(source.bytes, source.name).map(
      (value) => readAttestation(value).payload,
    );
    return judgeAttestations(context, payloads, signing);
  } catch (error) {
    if (!(error instanceof CommandFailure) && !(error instanceof CratonError)) throw error;
    return problem(id, 'blocked', [error.message, 'Make it again with craton keys attest.']);
  }
}

function judgeAttestations(
  context: CliContext,
  payloads: readonly AttestationPayload[],
  signing: KeyPair | undefined,
): Finding {
  const refuse = (detail: string): Finding =>
    problem('attestation', 'blocked', [detail, 'Make one offline with craton keys attest.']);
  if (signing === undefined) {
    return problem('attestation', 'degraded', [
      'Without a readable signing key it cannot be compared.',
      'Put the signing key right first.',
    ]);
  }
  const { kid } = namesOf(signing.publicKey);
  const said = payloads.find(({ subject }) => subject.kid === kid);
  if (said === undefined) return refuse('No attestation is of the signing key.');
  const issuer = context.env['CRATON_ISSUER'] ?? DEVELOPMENT_ISSUER;
  if (said.issuer !== issuer) return refuse('The attestation is for another issuer.');
  const environment = environmentName(context.env);
  if (!said.environments.includes(environment)) {
    return refuse(`The attestation is not for the environment ${environment}.`);
  }
  const now = context.now();
  if (now < Date.parse(said.not_before)) {
    return refuse(
      `The attestation is valid from ${said.not_before} only; the clock is before that.`,
    );
  }
  const daysLeft = Math.floor((Date.parse(said.not_after) - now) / DAY_MS);
  if (daysLeft < 0) return refuse(`The attestation ended at ${said.not_after}.`);
  if (daysLeft < WINDOW_DAYS_MIN) {
    return problem('attestation', 'degraded', [
      `The attestation ends in ${daysLeft} days, at ${said.not_after}.`,
      'Make the next one now, offline, with craton keys attest.',
    ]);
  }
  return ok('attestation', `By ${said.root_key_id}, until ${said.not_after}.`);
}
