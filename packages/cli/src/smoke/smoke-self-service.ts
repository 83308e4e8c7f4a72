/** The smoke test of self-service: one draft of its own through every verb, and readiness. */
import { SMOKE_PARTNER } from '@craton/policy';
import { isJsonObject, type JsonObject, Members, parseStrict } from '@craton/protocol';
import { SelfServiceClient } from '../drafts/self-service-client.ts';
import { shown } from '../operator/answers.ts';
import { parseAnswer, sendRequest } from '../server/server-client.ts';
import { expectRefusal, type StepWork, unexpected } from './run-steps.ts';
import { otherEnvironment, STAGING } from './smoke-boundary.ts';

export interface SelfServiceSmoke {
  readonly baseUrl: string;
  readonly environment: string;
  /** Key of a person of the organisation `craton_smoke`. */
  readonly key: string;
  /** Told which version the server says that it is. */
  readonly onBuild: (build: string) => void;
}

const ADVICE = { unreachable: 'Start self-service, or give --url.', byStatus: {} } as const;

/** A draft that lacks nothing, about nobody. */
const DRAFT = {
  schema: 'craton.draft.v1',
  title: 'Smoke test',
  primary_path: {
    production_bound: true,
    partner_id: SMOKE_PARTNER,
    unit: 'smoke_test',
    gate_type: 'threshold_gate',
    system_scope: 'smoke_test',
    decision_types: ['threshold_execution_request'],
  },
  authority: { context: 'Nobody approves this: it is a smoke test', source: 'smoke_test' },
  policy: { preset: 'threshold', allow_up_to: 100, constrain_up_to: 200 },
  expected_verdicts: [{ case: 'small', request: { decision_size_usd: 1 }, verdict: 'allow' }],
  expansion_moves: [],
  none_planned: true,
  owners: { platform_owner: 'Smoke test' },
} as const;

/** The steps by the names of `SMOKE_STEPS.self_service`, in their order. */
export function selfServiceSteps(smoke: SelfServiceSmoke): Readonly<Record<string, StepWork>> {
  const anybody = SelfServiceClient.at({ baseUrl: smoke.baseUrl });
  const person = SelfServiceClient.at({ baseUrl: smoke.baseUrl, apiKey: smoke.key });
  let saved: JsonObject = {};
  const change = async (verb: 'request-review' | 'withdraw'): Promise<void> => {
    const { version, revision } = saved;
    const path = `/drafts/${encodeURIComponent(shown(saved['draft_id']))}/${verb}`;
    saved = await person.post(path, { version, revision });
    assertNotLive(saved, verb === 'withdraw' ? 'withdrawn' : 'review_requested');
  };
  return {
    readiness: () => assertReadiness(smoke),
    compose: () => assertComposes(anybody),
    preview: async () => assertPreviewed(await anybody.post('/preview', { draft: DRAFT })),
    save: async () => {
      await expectRefusal('ERR_UNAUTHENTICATED', () => anybody.post('/drafts', { draft: DRAFT }));
      saved = await person.post('/drafts', { draft: DRAFT });
      assertOwnOrganisation(saved);
      assertNotLive(saved, 'saved');
    },
    request_review: () => change('request-review'),
    withdraw: () => change('withdraw'),
  };
}

/** The ten members, of the environment that was named. Its status is not judged here. */
async function assertReadiness(smoke: SelfServiceSmoke): Promise<void> {
  const readiness = parseAnswer(await getPublic(smoke, '/self-service/readiness.json'));
  // Whoever serves staging beside its own environment has one self-service for both.
  const isMeant = smoke.environment === STAGING || readiness['environment'] === smoke.environment;
  if (!isMeant) throw otherEnvironment();
  if (readiness['production_write_from_self_service'] !== false) {
    throw unexpected('Readiness does not say that self-service cannot write production.');
  }
  const version = parseVersion(await getPublic(smoke, '/self-service/openapi.json'));
  if (version !== undefined) smoke.onBuild(version);
}

function getPublic({ baseUrl }: SelfServiceSmoke, path: string): Promise<Uint8Array> {
  return sendRequest({ baseUrl, apiKey: '', keyHeader: 'none' }, { path }, ADVICE);
}

function parseVersion(openApi: Uint8Array): string | undefined {
  const options = { numbers: 'ieee754', depthMax: OPENAPI_DEPTH_MAX } as const;
  const info = Members.of(parseStrict(openApi, options), '', 'ERR_FORMAT').members('info');
  return info.optionalText('version');
}

const OPENAPI_DEPTH_MAX = 64;

async function assertComposes(client: SelfServiceClient): Promise<void> {
  const composed = await client.post('/compose', { preset: 'threshold' });
  const draft = composed['draft'];
  if (isJsonObject(draft) && isJsonObject(draft['policy'])) return;
  throw unexpected('Composing from a preset answered no draft with a policy.');
}

function assertPreviewed({ packet }: JsonObject): void {
  if (isJsonObject(packet) && isJsonObject(packet['boundary_object'])) return;
  throw unexpected('The preview of a complete draft holds no boundary object.');
}

/** Drafts are never deleted: those of smoke tests must not stand among the work of people. */
function assertOwnOrganisation({ organisation }: JsonObject): void {
  if (organisation === SMOKE_PARTNER) return;
  throw unexpected(`The key is of another organisation than ${SMOKE_PARTNER}.`);
}

function assertNotLive(answer: JsonObject, state: string): void {
  const { production_write: writes, review_only: reviewOnly } = answer;
  if (answer['state'] !== state) throw unexpected(`The draft is not in the state ${state}.`);
  if (writes === false && reviewOnly === true) return;
  throw unexpected('The draft does not say that it is for review only.');
}
