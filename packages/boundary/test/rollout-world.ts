/** A small installation to roll out in: people with roles, a draft side, and evidence that passes. */
import {
  composePacket,
  DEFAULT_GATE_POLICY,
  type Draft,
  encodeRecordBody,
  governanceChain,
  type Packet,
  type RoleHolders,
  readDraft,
  type StagingCheck,
} from '@craton/policy';
import {
  type Digest,
  formatTime,
  type JsonObject,
  parseCheckRequest,
  utf8,
} from '@craton/protocol';
import type { Receipt } from '@craton/protocol';
import { reasonOf } from '../src/rollout/reason.ts';
import type { Sources } from '../src/ledger/sources.ts';
import type { LiveEvidence } from '../src/rollout/live-evidence.ts';
import type { OperatorIdentity, RolloutPorts } from '../src/rollout/ports.ts';
import type { PulledReview } from '../src/rollout/review-source.ts';
import type { World } from './ledger-world.ts';
import { type Answer } from './ledger-world.ts';

export const HOLDERS = {
  platform_owner: ['act_pat'],
  risk_owner: ['act_rita'],
  security_owner: ['act_sam'],
  craton_operator: ['act_oda', 'act_otto'],
  integration_engineer: ['act_ines'],
  business_owner: ['act_bea'],
  rollback_owner: ['act_ros'],
} as const satisfies RoleHolders;

const PARTNER = 'northstar_controls';
const SALT = 'AAECAwQFBgcICQoLDA0ODw';
export const PATH_ID = 'payment-release';
const BUILD = 'build-1';

const DRAFT: JsonObject = {
  schema: 'craton.draft.v1',
  title: 'Payment release',
  primary_path: {
    production_bound: true,
    path_id: PATH_ID,
    partner_id: PARTNER,
    unit: 'operations',
    gate_type: 'threshold_gate',
    system_scope: 'payments',
    decision_types: ['threshold_execution_request'],
  },
  authority: { context: 'Two people of finance', source: 'approval_workflow' },
  expected_verdicts: [
    {
      case: 'small',
      request: { decision_size_usd: 10, external_reference: 'case-small' },
      verdict: 'allow',
    },
    {
      case: 'huge',
      request: { decision_size_usd: 5_000_000, external_reference: 'case-huge' },
      verdict: 'reject',
    },
  ],
  expansion_moves: [],
  none_planned: true,
  sla: { hours: '24x7', response_targets: '15 minutes', document_url: 'https://example.com/sla' },
  support: { contact: 'support@example.com' },
  rollback: { owner: 'Ros', incident_channel: 'https://example.com/incidents' },
};

/** A draft whose rules allow up to so many dollars. */
export function packetOf(version: number, allowUpTo = 500_000): Packet {
  const policy = {
    preset: 'threshold',
    allow_up_to: allowUpTo * 100,
    constrain_up_to: 100_000_000,
  };
  const draft: Draft = readDraft({ ...DRAFT, policy });
  return composePacket(draft, { salt: SALT, version, evaluatedAt: '2026-11-22T00:00:00.000Z' });
}

/** The ledger, and how keys are made and checks are asked in it. */
export type SiteWorld = Pick<World, 'ledger' | 'addKey' | 'issue'>;

/** Everything that the commands of rollouts ask for, over a real ledger. */
export class RolloutSite {
  readonly world: SiteWorld;
  readonly ports: RolloutPorts;
  readonly reviews = new Map<string, PulledReview>();
  /** What is measured; tests put other answers in. */
  measured: Partial<Pick<LiveEvidence, 'separation'>> = {};
  readonly #stagingChecks: StagingCheck[] = [];
  readonly #sources: Sources;

  constructor(world: SiteWorld, sources: Sources) {
    this.world = world;
    this.#sources = sources;
    const { operatorRecords, admin, writer, reader } = world.ledger;
    this.ports = {
      ...{ operatorRecords, admin, writer, reader, sources },
      reviews: {
        list: () => Promise.resolve(Array.from(this.reviews.values())),
        find: (digest) => Promise.resolve(this.reviews.get(digest)),
      },
      evidence: this.#evidence(),
      channels: {
        sendTest: () => Promise.resolve({ delivered: true, code: 'delivered', evidence: {} }),
      },
      environment: 'development',
      isProductionLike: true,
    };
  }

  /** Two people put the role holders in force. */
  async appoint(holders: RoleHolders = HOLDERS): Promise<void> {
    const chain = governanceChain('development');
    const body = { role_holders: holders, ...reasonOf('First appointment.') };
    await this.world.ledger.admin.apply({
      kind: 'append_record',
      chain,
      actor: 'act_pat',
      recordKind: 'role_holders_proposed',
      bodyText: encodeRecordBody('governance', 'role_holders_proposed', body),
    });
    const records = await this.world.ledger.operatorRecords.readChain(chain);
    const proposal = records.at(-1)?.digest as Digest;
    await this.world.ledger.admin.apply({
      kind: 'append_record',
      chain,
      actor: 'act_oda',
      recordKind: 'role_holders_confirmed',
      bodyText: encodeRecordBody('governance', 'role_holders_confirmed', { proposal }),
    });
  }

  /** A review that somebody requested on the draft side. */
  request(packet: Packet, members: Partial<PulledReview> = {}): Packet {
    this.reviews.set(packet.packet_digest, {
      draftId: 'draft-1',
      organisation: 'northstar',
      version: packet.version,
      isWithdrawn: false,
      author: 'act_ada',
      requestedBy: 'act_ada',
      requestedAt: formatTime(this.#sources.nowMs()),
      packetDigest: packet.packet_digest,
      packet,
      ...members,
    });
    return packet;
  }

  /** The integrator's tests in staging: a real check for each expected verdict. */
  async testInStaging(packet: Packet): Promise<void> {
    await this.world.addKey({
      keyId: `key_integrator-${packet.version}`,
      environment: 'staging',
      partnerId: PARTNER,
    });
    for (const expected of packet.draft.expected_verdicts ?? []) {
      const body = {
        partner_id: PARTNER,
        gate_type: 'threshold_gate',
        system_scope: 'payments',
        decision_type: 'threshold_execution_request',
        context: {
          authorization_status: 'present',
          authorization_reference: 'approval-1',
          authorization_source: 'approval_workflow',
        },
        ...expected.request,
      };
      const outcome = await this.world.ledger.writer.check({
        environment: 'staging',
        keyId: `key_integrator-${packet.version}`,
        request: parseCheckRequest(utf8(JSON.stringify(body))),
        deadlineMs: this.#sources.nowMs() + 60_000,
      });
      if (outcome.kind !== 'issued') throw new Error(`Not issued: ${outcome.code}`);
      this.noteStaging(JSON.parse(outcome.responseText) as Answer);
    }
  }

  /** The answer of a check in staging, as evidence. */
  noteStaging({ receipt, opening }: Answer): void {
    this.#stagingChecks.push({
      receipt: receiptObject(receipt),
      externalReference: opening.references.external_reference,
      isVerified: true,
    });
  }

  /** The verdict of a check of the path, or which path answered. */
  async ask(usd: number): Promise<{ verdict: string; version: number | undefined }> {
    const snapshot = await this.world.issue({
      gate_type: 'threshold_gate',
      system_scope: 'payments',
      decision_size_usd: usd,
    });
    const { path_version: version } = snapshot.boundary_snapshot as { path_version?: number };
    return { verdict: snapshot.verdict, version };
  }

  #evidence(): LiveEvidence {
    const passing: LiveEvidence = {
      build: BUILD,
      stagingEnvironment: 'staging',
      separation: () =>
        Promise.resolve({
          production_identities: ['a'],
          draft_identities: ['b'],
          write_probe: 'refused' as const,
        }),
      secrets: () =>
        Promise.resolve({
          is_production_like: true,
          secrets: [{ name: 'CRATON_SIGNING_KEY', source: 'environment' as const, required: true }],
        }),
      readiness: () =>
        Promise.resolve({
          snapshot_digest: `sha256:${'5'.repeat(64)}` as const,
          signature: 'verified' as const,
          measured_at: formatTime(this.#sources.nowMs()),
          production_write_from_self_service: false,
        }),
      leaks: () => {
        const search = { build: BUILD, searched: 10, found: [] };
        return Promise.resolve({ build: BUILD, canary: search, live: search });
      },
      stagingChecks: () => Promise.resolve(this.#stagingChecks),
      samples: () => Promise.resolve([]),
      keyRoute: (checks) =>
        Promise.resolve({
          jwks_reached: true,
          receipts: checks.map((_, index) => String(index)),
          verified: checks.length,
          wrong_keys_refused: true,
        }),
      smokeRuns: () =>
        Promise.resolve(
          (['boundary', 'self_service'] as const).map((target) => ({
            target,
            environment: 'staging',
            build: BUILD,
            outcome: 'passed' as const,
            ended_at: formatTime(this.#sources.nowMs()),
            digest: `sha256:${'6'.repeat(64)}` as const,
          })),
        ),
      deployRoutes: () =>
        Promise.resolve({
          operator_routes: ['POST /operator/api/rollouts/{rollout_id}/deploy'],
          self_service_routes: [],
        }),
    };
    // Asked each time, so that a test can put another answer in.
    return { ...passing, separation: () => (this.measured.separation ?? passing.separation)() };
  }
}

export const steppedUp = (person: string): OperatorIdentity => ({ person, isSteppedUp: true });

export const APPROVALS = [
  ['G1', 'risk_owner', 'act_rita'],
  ['G2', 'security_owner', 'act_sam'],
  ['G2', 'craton_operator', 'act_oda'],
  ['G3', 'integration_engineer', 'act_ines'],
  ['G4', 'business_owner', 'act_bea'],
  ['G4', 'platform_owner', 'act_pat'],
] as const;

export const { criteria: CRITERIA } = DEFAULT_GATE_POLICY;

function receiptObject(receipt: Receipt): JsonObject {
  return { ...receipt };
}
