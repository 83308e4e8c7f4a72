/** Evidence of a staging instance of its own: bundles, each verified under the trust policy for there. */
import { readFileSync } from 'node:fs';
import { type StagingCheck } from '@craton/policy';
import {
  assertVerified,
  canonicalBytes,
  canonicalize,
  CratonError,
  decodeBase64,
  type DecisionPayload,
  type Digest,
  digestBytes,
  type JsonObject,
  Members,
  parseBundle,
  parseStrict,
  parseTrustPolicy,
  readPayload,
  type TrustPolicy,
  utf8,
  verifyBundle,
} from '@craton/protocol';
import { ConfigError } from '@craton/service';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import type { OperatorRecord } from '../ledger/operator-records.ts';
import { appendTo } from './append-record.ts';
import { intactLinks } from './evidence/recorded-evidence.ts';
import type { RolloutPorts } from './ports.ts';
import { type LoadedRollout, loadRollout } from './read-rollout.ts';
import { refusedFor } from './refuse.ts';

/** Bundles in one import at most. */
export const IMPORTED_BUNDLES_MAX = 50;
const VARIABLE = 'CRATON_STAGING_TRUST_POLICY_FILE';
const RECORD_KIND = 'check_imported';
const RECORD_DEPTH = 4;
const CODE = 'ERR_VERIFICATION';
/** What must be verified of each: who signed it, and that the opening is the one that was evaluated. */
const REQUIRED = 'payload,signature,issuer,key_status,commitment';

/** The only source of trust for what is imported. */
export interface StagingTrust {
  readonly policy: TrustPolicy;
  /** Of the file. */
  readonly digest: Digest;
}

/** Throws `ConfigError` for a file that is none, or that trusts a root for this environment. */
export function loadStagingTrust(
  file: string | undefined,
  environment: string,
): StagingTrust | undefined {
  if (file === undefined) return undefined;
  try {
    const bytes = readFileSync(file);
    const policy = parseTrustPolicy(bytes);
    const isOwn = policy.roots.some(({ environments }) => environments.includes(environment));
    if (!isOwn) return { policy, digest: digestBytes(bytes, nodeSha256) };
  } catch {
    throw unfit('does not name a trust policy that can be read');
  }
  throw unfit('trusts a root for the environment of this instance: staging is somewhere else');
}

function unfit(what: string): ConfigError {
  return new ConfigError([{ variable: VARIABLE, message: `${VARIABLE} ${what}.` }]);
}

export interface EvidenceImport {
  readonly rolloutId: string;
  readonly actor: string;
  /** As they came. */
  readonly bundles: readonly JsonObject[];
}

/**
 * Keeps the checks of verified bundles for the packet under review; the same one again is kept once.
 * Answers how many are new. Throws `ERR_NOT_FOUND`, and `ERR_ROLLOUT_REFUSED` where nothing is imported
 * here, and naming the first bundle that does not hold: none is kept then.
 */
export async function importEvidence(
  ports: RolloutPorts,
  { rolloutId, actor, bundles }: EvidenceImport,
): Promise<number> {
  const loaded = await loadRollout(ports, rolloutId);
  const { stagingTrust } = ports;
  if (stagingTrust === undefined) throw refusedFor(['no_staging_trust']);
  if (loaded.rollout.phase !== 'in_review') throw refusedFor(['state_does_not_allow']);
  const checks: ImportedCheck[] = [];
  for (const [index, bundle] of bundles.entries()) {
    checks.push(await readBundle(ports, { bundle, index, trust: stagingTrust.policy }));
  }
  const chain = evidenceChain(loaded.rollout.rolloutId);
  const kept = await ports.operatorRecords.readChain(chain);
  const known = new Set(kept.map(({ bodyText }) => bodyText));
  const texts = Array.from(new Set(checks.map((check) => bodyOf(check, loaded))));
  const added = texts.filter((text) => !known.has(text));
  const [first] = checks;
  if (added.length === 0 || first === undefined) return 0;
  const { packet_digest } = loaded.rollout.packet;
  await appendTo(
    ports,
    loaded,
    {
      actor,
      kind: 'evidence_imported',
      body: {
        packet_digest,
        issuer: first.payload.issuer,
        environment: first.payload.environment,
        receipts: added.length,
        trust_policy_digest: stagingTrust.digest,
        evidence_digest: digestBytes(utf8(canonicalize(added)), nodeSha256),
      },
    },
    ...added.map((bodyText, index) => ({
      kind: 'append_record' as const,
      chain,
      afterSeq: kept.length + index,
      actor,
      recordKind: RECORD_KIND,
      bodyText,
    })),
  );
  return added.length;
}

/** The imported checks of the packet that is under review. Throws `ERR_RECORDS_BROKEN`. */
export async function readImportedChecks(
  { operatorRecords }: Pick<RolloutPorts, 'operatorRecords'>,
  { rollout }: LoadedRollout,
): Promise<readonly StagingCheck[]> {
  const records = await operatorRecords.readChain(evidenceChain(rollout.rolloutId));
  return intactLinks(records).flatMap((record) => readCheck(record, rollout.packet.packet_digest));
}

function evidenceChain(rolloutId: string): string {
  return `evidence:${rolloutId}`;
}

interface ImportedCheck {
  readonly receipt: JsonObject;
  readonly externalReference: string;
  readonly payload: DecisionPayload;
}

function bodyOf({ receipt, externalReference }: ImportedCheck, { rollout }: LoadedRollout): string {
  const { packet_digest } = rollout.packet;
  return canonicalize({ packet_digest, receipt, external_reference: externalReference });
}

function readCheck({ bodyText }: OperatorRecord, packetDigest: string): readonly StagingCheck[] {
  const value = parseStrict(utf8(bodyText), { numbers: 'safe', depthMax: RECORD_DEPTH });
  const body = Members.of(value, '', 'ERR_OPERATOR_RECORD');
  if (body.text('packet_digest') !== packetDigest) return [];
  const receipt = body.members('receipt').object;
  return [{ receipt, externalReference: body.text('external_reference'), isVerified: true }];
}

interface SentBundle {
  readonly bundle: JsonObject;
  readonly index: number;
  readonly trust: TrustPolicy;
}

/** Whatever is wrong with a bundle refuses it; only what is wrong with this process is thrown on. */
async function readBundle(
  { environment }: Pick<RolloutPorts, 'environment'>,
  sent: SentBundle,
): Promise<ImportedCheck> {
  const check = await verifiedCheck(sent).catch((error: unknown) => {
    const isOfBundle = error instanceof CratonError && error.code !== 'ERR_CRYPTO_UNAVAILABLE';
    throw isOfBundle ? refused(sent.index, 'bundle_not_verified') : error;
  });
  if (check.payload.environment !== environment) return check;
  throw refused(sent.index, 'evidence_of_production');
}

async function verifiedCheck({ bundle, trust }: SentBundle): Promise<ImportedCheck> {
  const bytes = canonicalBytes(bundle);
  const options = { require: REQUIRED, sha256: nodeSha256 };
  assertVerified(await verifyBundle(bytes, trust, options));
  const { receipt, opening } = parseBundle(bytes);
  const envelope = Members.of({ ...receipt }, 'receipt', CODE);
  const reading = readPayload(decodeBase64(envelope.text('payload_b64')));
  const payload = 'payload' in reading ? reading.payload : undefined;
  if (payload?.receipt_type !== 'boundary_decision') {
    throw new CratonError(CODE, 'The receipt is no decision.');
  }
  const said = Members.of(opening === undefined ? {} : { ...opening }, 'opening', CODE);
  const externalReference = said.members('references').text('external_reference');
  return { receipt: envelope.object, externalReference, payload };
}

function refused(index: number, reason: string): CratonError {
  const field = `bundles[${index}]`;
  const message = `${field} is not taken: ${reason}. Nothing was imported.`;
  return new CratonError('ERR_ROLLOUT_REFUSED', message, { field, reasons: [reason] });
}
