/** `craton trust`: makes and shows trust policies, the only source of trust of a verifier. */
import { resolve } from 'node:path';
import {
  decodeUtf8,
  formatVerifierKey,
  isIssuer,
  isRootKeyId,
  keyFingerprint,
  parseTlogPolicy,
  parseVerifierKey,
  policyLineOf,
  splitPolicyLines,
  TLOG_POLICY_KEYWORDS,
  type TrustedRoot,
  type TrustPolicy,
} from '@craton/protocol';
import type { CliContext } from '../context.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { PUBLIC_MODE, readFileOrFail, writeNewFile } from '../files.ts';
import { defaultRootKeyId, readPublicKey } from '../keys/key-file.ts';
import { assertRequirements } from '../report/requirements.ts';
import { labelled } from '../text.ts';
import { composeTrustPolicy } from '../trust/compose-policy.ts';
import { readStatement } from '../trust/compromise-statements.ts';
import { readTrustPolicy } from '../trust/read-policy.ts';
import { fingerprintGroups, fingerprintWords } from '../trust/words.ts';
import { environmentList } from './attest.ts';

export interface TrustMakeOptions {
  readonly rootKey: string;
  readonly rootId?: string;
  readonly issuer: string;
  readonly environment: readonly string[];
  readonly require?: string;
  readonly log?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Writes a trust policy for one root: printed, or into a file that must not exist yet. */
export function makeTrustPolicy(context: CliContext, options: TrustMakeOptions): void {
  const rootPublicKey = readPublicKey(options.rootKey, (path) => resolve(context.cwd, path));
  const rootKeyId = options.rootId ?? defaultRootKeyId(rootPublicKey);
  if (!isRootKeyId(rootKeyId)) throw usageFailure('The root id does not have its form.');
  if (!isIssuer(options.issuer)) throw usageFailure('An issuer is a lower-case DNS name.');
  const { require, log, out } = options;
  assertRequirements(require);
  const text = composeTrustPolicy({
    rootKeyId,
    rootPublicKey,
    issuer: options.issuer,
    environments: environmentList(options.environment),
    ...(require !== undefined && { require }),
    ...(log !== undefined && { log: formatVerifierKey(parseVerifierKey(log)) }),
  });
  if (out !== undefined) writeNewFile(resolve(context.cwd, out), text, PUBLIC_MODE);
  if (options.json === true) {
    context.out(JSON.stringify({ object: 'craton.trust_policy.v1', text, file: out }));
  } else {
    context.out(out === undefined ? text.trimEnd() : `Wrote ${out}.`);
  }
}

export interface TrustShowOptions {
  readonly words?: boolean;
  readonly json?: boolean;
}

/** Says what a trust policy trusts; with `words` fingerprints are spelled to be read aloud. */
export function showTrustPolicy(
  context: CliContext,
  file: string,
  { words, json }: TrustShowOptions,
): void {
  const policy = readTrustPolicy(context, file);
  if (json === true) {
    context.out(JSON.stringify(policyDocument(policy, words === true)));
    return;
  }
  const { roots, rootQuorum, tlog } = policy;
  if (roots.length === 0) context.out('This policy trusts no root: no issuer can be verified.');
  for (const root of roots) {
    for (const line of rootLines(context, root, words === true)) context.out(line);
  }
  if (rootQuorum > 1) context.out(`${rootQuorum} roots must attest a key.`);
  for (const line of policyLines(policy)) context.out(line);
  for (const { key } of tlog.logs) context.out(`Log ${key.name}, key id ${key.keyId}.`);
  for (const { name } of tlog.witnesses) {
    const own = policy.issuerOperated.includes(name) ? ', run by the issuer itself' : '';
    context.out(`Witness ${name}${own}.`);
  }
  context.out(
    tlog.quorum === 'none' ? 'No witness is asked for.' : `Witness quorum: ${tlog.quorum}.`,
  );
}

function rootLines(context: CliContext, root: TrustedRoot, words: boolean): string[] {
  const fingerprint = keyFingerprint(root.publicKey);
  const [first = '', ...rest] = words
    ? fingerprintWords(fingerprint)
    : [fingerprintGroups(fingerprint)];
  return [
    `Root ${context.paint('bold', root.keyId)}`,
    ...labelled([
      ['speaks for', root.issuer],
      ['in', root.environments.join(', ')],
      ['fingerprint', first],
      ...rest.map((line) => ['', line] as const),
    ]),
  ];
}

function policyLines({ require, compromised }: TrustPolicy): string[] {
  const asked = require.map(({ line, count }) => (count === undefined ? line : `${line}:${count}`));
  return [
    ...(asked.length === 0 ? [] : [`Always required: ${asked.join(', ')}.`]),
    ...compromised.map(
      ({ kid, origin, size }) => `Key ${kid} is compromised: it counts below ${size} in ${origin}.`,
    ),
  ];
}

function policyDocument(policy: TrustPolicy, words: boolean): object {
  return {
    object: 'craton.trust_policy.summary.v1',
    roots: policy.roots.map(({ keyId, publicKey, issuer, environments }) => {
      const fingerprint = keyFingerprint(publicKey);
      return {
        root_key_id: keyId,
        fingerprint_sha256: fingerprint,
        issuer,
        environments,
        words: words ? fingerprintWords(fingerprint) : undefined,
      };
    }),
    root_quorum: policy.rootQuorum,
    require: policy.require,
    compromised: policy.compromised,
    issuer_operated: policy.issuerOperated,
    logs: policy.tlog.logs.map(({ key, url }) => ({ vkey: formatVerifierKey(key), url })),
    witnesses: policy.tlog.witnesses.map(({ name, key, url }) => ({
      name,
      vkey: formatVerifierKey(key),
      url,
    })),
    quorum: policy.tlog.quorum,
  };
}

/** Prints the part that other tools of the C2SP family read (tlog-policy). */
export function showTlogPart(
  context: CliContext,
  file: string,
  { json }: { readonly json?: boolean },
): void {
  readTrustPolicy(context, file);
  const bytes = readFileOrFail(resolve(context.cwd, file));
  const lines = splitPolicyLines(decodeUtf8(bytes))
    .filter(({ words: [keyword = ''] }) => TLOG_POLICY_KEYWORDS.has(keyword))
    .map(({ words }) => words.join(' '));
  if (lines.length === 0) {
    throw new CommandFailure(`${file} names no log, witness or quorum.`, { code: 'no_tlog_part' });
  }
  const text = lines.join('\n');
  parseTlogPolicy(text);
  context.out(json === true ? JSON.stringify({ object: 'c2sp.tlog-policy', text }) : text);
}

export interface CompromisedLineOptions {
  readonly trust: string;
  readonly json?: boolean;
}

/** Prints what a statement of a root says, as the line of a policy. */
export async function showCompromisedLine(
  context: CliContext,
  file: string,
  { trust, json }: CompromisedLineOptions,
): Promise<void> {
  const policy = readTrustPolicy(context, trust, { exit: 'badInput' });
  const { kid, origin, size, root, rootKeyId } = await readStatement(
    resolve(context.cwd, file),
    policy,
  );
  const line = policyLineOf({ kid, origin, size, root });
  const place = { kid, origin, size, root_b64: root };
  const document = { object: 'craton.compromised_key.v1', line, ...place, root_key_id: rootKeyId };
  context.out(json === true ? JSON.stringify(document) : line);
}
