/** The smoke test of the boundary: one real check of a partner of its own, verified from outside. */
import { randomBytes } from 'node:crypto';
import { SMOKE_PARTNER, verifyPublished } from '@craton/policy';
import {
  assertVerified,
  canonicalize,
  encodeHex,
  isJsonObject,
  type JsonObject,
  parseBundle,
  type TrustPolicy,
  utf8,
} from '@craton/protocol';
import { getBundle, postCheck } from '../check/boundary-client.ts';
import type { CliContext } from '../context.ts';
import { CommandFailure } from '../failure.ts';
import { verifyEvidence } from '../commands/verify.ts';
import { notOurs, parseAnswer, sendRequest } from '../server/server-client.ts';
import { expectRefusal, type StepWork, unexpected } from './run-steps.ts';

export interface BoundarySmoke {
  readonly context: CliContext;
  readonly baseUrl: string;
  readonly environment: string;
  /** Absent: the attestation is compared, and its root is not verified. */
  readonly trust: TrustPolicy | undefined;
  /** Asked for when the first check needs it: a key of the smoke partner in this environment. */
  readonly key: () => Promise<string>;
  /** Told which version the server says that it is. */
  readonly onBuild: (build: string) => void;
}

const PATHS = {
  spec: '/protocol/v1/spec',
  keys: '/protocol/v1/jwks.json',
  check: '/v1/boundary/check',
} as const;
const ADVICE = { unreachable: 'Start the boundary, or give --url.', byStatus: {} } as const;
export const STAGING = 'staging';

/** The steps by the names of `SMOKE_STEPS.boundary`, in their order. */
export function boundarySteps(smoke: BoundarySmoke): Readonly<Record<string, StepWork>> {
  let keySet: Uint8Array = new Uint8Array();
  let answer: JsonObject = {};
  return {
    keys: async () => {
      await assertEnvironment(smoke);
      keySet = await getPublic(smoke, PATHS.keys);
    },
    check: async () => {
      const access = { baseUrl: smoke.baseUrl, apiKey: await smoke.key() };
      answer = await postCheck(access, smokeRequest(smoke), undefined);
    },
    receipt: () => verifyReceipt(smoke, keySet, answer),
    refusal: () => assertRefusals(smoke),
  };
}

function getPublic({ baseUrl }: BoundarySmoke, path: string): Promise<Uint8Array> {
  return sendRequest({ baseUrl, apiKey: '', keyHeader: 'none' }, { path }, ADVICE);
}

/** Before anything is issued: whoever means one environment must not reach another. */
async function assertEnvironment(smoke: BoundarySmoke): Promise<void> {
  const spec = parseAnswer(await getPublic(smoke, PATHS.spec));
  const software = spec['software'];
  const version = isJsonObject(software) ? software['version'] : undefined;
  if (typeof version === 'string') smoke.onBuild(version);
  const { environment } = spec;
  if (environment === smoke.environment || smoke.environment === STAGING) return;
  throw otherEnvironment();
}

/** What answers is another environment than the one that was named. */
export function otherEnvironment(): CommandFailure {
  return new CommandFailure('What answers is another environment than --env names.', {
    code: 'environment_other',
    nextStep: 'Check --env and --url.',
  });
}

/** Nothing in it is about anybody, and no second one is the same. */
function smokeRequest({ context }: BoundarySmoke): Uint8Array {
  const reference = `smoke-${context.now()}-${encodeHex(randomBytes(6))}`;
  const request = {
    partner_id: SMOKE_PARTNER,
    gate_type: 'threshold_gate',
    system_scope: 'smoke_test',
    decision_type: 'threshold_execution_request',
    decision_owner: 'smoke_test',
    decision_size_usd: 1,
    external_reference: reference,
    context: {
      authorization_status: 'present',
      authorization_reference: reference,
      authorization_source: 'smoke_test',
    },
  };
  return utf8(JSON.stringify(request));
}

async function verifyReceipt(
  smoke: BoundarySmoke,
  keySet: Uint8Array,
  answer: JsonObject,
): Promise<void> {
  const { request_id: requestId, receipt } = answer;
  if (typeof requestId !== 'string') throw notOurs('the answer names no request_id');
  const access = { baseUrl: smoke.baseUrl, apiKey: await smoke.key() };
  const bundle = await getBundle(access, requestId);
  const { payload } = await verifyPublished({ bundle, keySet });
  const { receipt: bundled } = parseBundle(bundle);
  if (receipt === undefined || canonicalize(bundled) !== canonicalize(receipt)) {
    throw unexpected('The stored receipt is another one than the answer holds.');
  }
  if (payload.environment !== smoke.environment) throw otherEnvironment();
  if (payload.receipt_type !== 'boundary_decision' || payload.request_id !== requestId) {
    throw unexpected('The receipt is not about the check that was sent.');
  }
  if (payload.boundary_snapshot.partner_id !== SMOKE_PARTNER) {
    throw unexpected(`The receipt is in the stream of another partner than ${SMOKE_PARTNER}.`);
  }
  if (smoke.trust === undefined) return;
  const { trust, context } = smoke;
  assertVerified(await verifyEvidence(bundle, trust, { atMs: context.now(), require: REQUIRE }));
}

const REQUIRE = 'payload,signature,issuer,commitment';

/** Nobody is let in without a key, and nothing is accepted that has no place in a request. */
async function assertRefusals(smoke: BoundarySmoke): Promise<void> {
  const { baseUrl } = smoke;
  const body = smokeRequest(smoke);
  await expectRefusal('ERR_UNAUTHENTICATED', () =>
    sendRequest({ baseUrl, apiKey: '', keyHeader: 'none' }, { path: PATHS.check, body }, ADVICE),
  );
  const apiKey = await smoke.key();
  const withPayload = utf8(JSON.stringify({ ...parseAnswer(body), payload: {} }));
  await expectRefusal('ERR_REQUEST_FIELD', () =>
    postCheck({ baseUrl, apiKey }, withPayload, undefined),
  );
}
