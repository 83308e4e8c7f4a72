/** The routes of rollouts: from a pulled packet to a live path and back. */
import { judgeRollout } from '@craton/policy';
import { CratonError, formatTime } from '@craton/protocol';
import { bodyBytes, type Route } from '@craton/service';
import { objectText } from '../commands/describe-receipt.ts';
import { issueApiKey } from '../commands/issue-api-key.ts';
import type { OperatorPorts } from '../commands/operator.ts';
import {
  type KnownOperator,
  type OperatorDoorPorts,
  personOf,
} from '../people/operator-identity.ts';
import { linkPath } from '../people/acknowledgement-links.ts';
import { makeAcknowledgementLink } from '../rollout/acknowledgement-link.ts';
import { breakGlass, reviewBreakGlass } from '../rollout/break-glass.ts';
import { recordsCsv } from '../rollout/csv.ts';
import {
  acknowledge,
  approveGate,
  type GateDecision,
  rejectGate,
  requestChanges,
  withdrawApproval,
} from '../rollout/decide-gate.ts';
import { deployRollout } from '../rollout/deploy-rollout.ts';
import type { DecidedAction } from '../rollout/deployment-check.ts';
import {
  describeRollout,
  describeRolloutBriefly,
  describeTimeline,
} from '../rollout/describe-rollout.ts';
import { evaluateRollout } from '../rollout/evaluate-criteria.ts';
import { importEvidence } from '../rollout/imported-evidence.ts';
import { pullReview } from '../rollout/open-rollout.ts';
import { loadPathRecords } from '../rollout/path-history.ts';
import type { OperatorIdentity, RolloutPorts } from '../rollout/ports.ts';
import { findRolloutOf, listRolloutIds, loadRollout } from '../rollout/read-rollout.ts';
import { stageRollout } from '../rollout/stage-rollout.ts';
import { testIncidentChannel } from '../rollout/test-channel.ts';
import { rollBack, suspendPath } from '../rollout/undo-deployment.ts';
import { type OperatorCall, operatorRoute } from './authenticate.ts';
import { JSON_TYPE } from './content-types.ts';
import { parseNothing } from './operator-bodies.ts';
import {
  parseAcknowledgement,
  parseApprovalWithdrawal,
  parseBreakGlass,
  parseDecision,
  parseDeployment,
  parseEvidence,
  parseLinkRequest,
  parsePull,
  parseReason,
  type SentDeployment,
} from './rollout-bodies.ts';
import {
  ACKNOWLEDGE,
  APPROVE,
  BREAK_GLASS,
  DEPLOY,
  EVALUATE,
  IMPORT_EVIDENCE,
  LIST_REVIEWS,
  LIST_ROLLOUTS,
  MAKE_LINK,
  PULL,
  REJECT,
  REQUEST_CHANGES,
  REVIEW_BREAK_GLASS,
  ROLL_BACK,
  SHOW_PATH_HISTORY,
  SHOW_PATH_HISTORY_CSV,
  SHOW_REVIEW_STATUS,
  SHOW_ROLLOUT,
  SHOW_TIMELINE,
  SHOW_TIMELINE_CSV,
  STAGE,
  SUSPEND,
  TEST_CHANNEL,
  WITHDRAW_APPROVAL,
} from './rollout-documents.ts';

export interface RolloutRoutePorts extends OperatorDoorPorts, OperatorPorts {
  readonly rollouts: RolloutPorts;
  /** How callers reach this server, without a final slash. */
  readonly baseUrl: () => string;
}

/** Of an import: bundles with their openings and path documents. */
const EVIDENCE_BYTES_MAX = 1024 * 1024;
const CSV_TYPE = 'text/csv; charset=utf-8';

// The routes' schemas have checked what these take.
const parseRolloutId = (params: unknown) => (params as { rollout_id: string }).rollout_id;
const parsePath = (params: unknown) => params as Record<'partner_id' | 'path_id', string>;
const parsePacketDigest = (params: unknown) =>
  (params as { packet_digest: `sha256:${string}` }).packet_digest;

export function rolloutRoutes(ports: RolloutRoutePorts): readonly Route[] {
  return [
    ...readingRoutes(ports),
    ...reviewRoutes(ports),
    ...evidenceRoutes(ports),
    ...deploymentRoutes(ports),
    linkRoute(ports),
    statusRoute(ports),
  ];
}

function readingRoutes(ports: RolloutRoutePorts): readonly Route[] {
  const { rollouts } = ports;
  const load = (call: OperatorCall) => loadRollout(rollouts, parseRolloutId(call.request.params));
  return [
    operatorRoute(ports, LIST_REVIEWS, async () => ({
      review_requests: (await rollouts.reviews.list()).map((request) => ({
        draft_id: request.draftId,
        organisation: request.organisation,
        version: request.version,
        state: request.isWithdrawn ? 'withdrawn' : 'review_requested',
        author: request.author,
        requested_by: request.requestedBy,
        requested_at: request.requestedAt,
        packet_digest: request.packetDigest,
      })),
    })),
    operatorRoute(ports, LIST_ROLLOUTS, async () => {
      const ids = await listRolloutIds(rollouts);
      const loaded = await Promise.all(ids.map((id) => loadRollout(rollouts, id)));
      return { rollouts: loaded.map(describeRolloutBriefly) };
    }),
    operatorRoute(ports, SHOW_ROLLOUT, async (call) => describeRollout(await load(call))),
    operatorRoute(ports, SHOW_TIMELINE, async (call) => ({
      records: describeTimeline(await load(call)),
    })),
    operatorRoute(ports, SHOW_TIMELINE_CSV, async (call) =>
      call.reply.type(CSV_TYPE).send(recordsCsv(describeTimeline(await load(call)))),
    ),
    operatorRoute(ports, SHOW_PATH_HISTORY_CSV, async ({ request, reply }) => {
      const records = await loadPathRecords(rollouts, parsePath(request.params));
      return reply.type(CSV_TYPE).send(recordsCsv(records));
    }),
    operatorRoute(ports, SHOW_PATH_HISTORY, async ({ request }) => ({
      records: await loadPathRecords(rollouts, parsePath(request.params)),
    })),
  ];
}

/** Pulling, and what people say. */
function reviewRoutes(ports: RolloutRoutePorts): readonly Route[] {
  const { rollouts } = ports;
  const pull = operatorRoute(ports, PULL, async ({ actor, request }) => {
    const { packetDigest } = parsePull(bodyBytes(request));
    const { rolloutId, outcome, unsatisfiable } = await pullReview(rollouts, {
      actor,
      packetDigest,
    });
    return { rollout_id: rolloutId, outcome, unsatisfiable };
  });
  const deciding = (
    document: typeof APPROVE,
    decide: (ports: RolloutPorts, decision: GateDecision) => Promise<void>,
  ) =>
    operatorRoute(ports, document, async ({ identity, request }) => {
      const rolloutId = parseRolloutId(request.params);
      const decision = parseDecision(bodyBytes(request));
      await decide(rollouts, { rolloutId, person: whoAsks(ports, identity).person, ...decision });
      return describeRollout(await loadRollout(rollouts, rolloutId));
    });
  return [
    pull,
    deciding(APPROVE, approveGate),
    deciding(REJECT, rejectGate),
    deciding(REQUEST_CHANGES, requestChanges),
    operatorRoute(ports, WITHDRAW_APPROVAL, async ({ identity, request }) => {
      const rolloutId = parseRolloutId(request.params);
      const asked = parseApprovalWithdrawal(bodyBytes(request));
      await withdrawApproval(rollouts, {
        rolloutId,
        person: whoAsks(ports, identity).person,
        ...asked,
      });
      return describeRollout(await loadRollout(rollouts, rolloutId));
    }),
    operatorRoute(ports, ACKNOWLEDGE, async ({ identity, request }) => {
      const rolloutId = parseRolloutId(request.params);
      const { subject } = parseAcknowledgement(bodyBytes(request));
      const person = whoAsks(ports, identity).person;
      await acknowledge(rollouts, { rolloutId, person, subject, by: 'session' });
      return describeRollout(await loadRollout(rollouts, rolloutId));
    }),
  ];
}

function linkRoute(ports: RolloutRoutePorts): Route {
  return operatorRoute(ports, MAKE_LINK, async ({ identity, request }) => {
    const rolloutId = parseRolloutId(request.params);
    const asked = parseLinkRequest(bodyBytes(request));
    const { person: actor } = whoAsks(ports, identity);
    const made = await makeAcknowledgementLink(ports.rollouts, { rolloutId, actor, ...asked });
    return {
      link: `${ports.baseUrl()}${linkPath(made.token)}`,
      expires_at: formatTime(made.expiresAtMs),
    };
  });
}

/** What is measured. */
function evidenceRoutes(ports: RolloutRoutePorts): readonly Route[] {
  const { rollouts } = ports;
  return [
    operatorRoute(ports, EVALUATE, async ({ actor, request }) => {
      parseNothing(bodyBytes(request));
      const rolloutId = parseRolloutId(request.params);
      const { results, cases } = await evaluateRollout(rollouts, { rolloutId, actor });
      const rollout = describeRollout(await loadRollout(rollouts, rolloutId));
      return { results, cases, rollout };
    }),
    {
      ...operatorRoute(ports, IMPORT_EVIDENCE, async ({ actor, request }) => {
        const { bundles } = parseEvidence(bodyBytes(request));
        const rolloutId = parseRolloutId(request.params);
        const imported = await importEvidence(rollouts, { rolloutId, actor, bundles });
        return { imported, rollout: describeRollout(await loadRollout(rollouts, rolloutId)) };
      }),
      bodyBytesMax: EVIDENCE_BYTES_MAX,
    },
    operatorRoute(ports, TEST_CHANNEL, async ({ actor, request }) => {
      parseNothing(bodyBytes(request));
      const rolloutId = parseRolloutId(request.params);
      const { delivered, code } = await testIncidentChannel(rollouts, { rolloutId, actor });
      const rollout = describeRollout(await loadRollout(rollouts, rolloutId));
      return { delivered, code, rollout };
    }),
    operatorRoute(ports, STAGE, async ({ identity, request }) => {
      parseNothing(bodyBytes(request));
      const rolloutId = parseRolloutId(request.params);
      const asked = whoAsks(ports, identity);
      const { environment, pathId, version } = await stageRollout(rollouts, asked, rolloutId);
      const rollout = describeRollout(await loadRollout(rollouts, rolloutId));
      return { environment, path_id: pathId, version, rollout };
    }),
  ];
}

/** What changes a live path. */
function deploymentRoutes(ports: RolloutRoutePorts): readonly Route[] {
  const { rollouts } = ports;
  const undoing = (document: typeof ROLL_BACK, undo: typeof rollBack) =>
    operatorRoute(ports, document, async ({ identity, request, reply }) => {
      const rolloutId = parseRolloutId(request.params);
      const { reason } = parseReason(bodyBytes(request));
      const undone = await undo(rollouts, {
        rolloutId,
        actor: whoAsks(ports, identity).person,
        reason,
      });
      const { liveVersion } = undone;
      const live = liveVersion === undefined ? undefined : String(liveVersion);
      return reply.type(JSON_TYPE).send(actionText(undone, [], { live_version: live }));
    });
  return [
    operatorRoute(ports, DEPLOY, (call) => deploy(ports, call)),
    undoing(ROLL_BACK, rollBack),
    undoing(SUSPEND, suspendPath),
    operatorRoute(ports, BREAK_GLASS, async ({ identity, request, reply }) => {
      const rolloutId = parseRolloutId(request.params);
      const asked = parseBreakGlass(bodyBytes(request));
      const who = whoAsks(ports, identity);
      const opened = await breakGlass(rollouts, who, { rolloutId, ...asked });
      return reply.type(JSON_TYPE).send(actionText(opened, []));
    }),
    operatorRoute(ports, REVIEW_BREAK_GLASS, async ({ identity, request }) => {
      const rolloutId = parseRolloutId(request.params);
      const { reason } = parseReason(bodyBytes(request));
      await reviewBreakGlass(rollouts, {
        rolloutId,
        person: whoAsks(ports, identity).person,
        reason,
      });
      return describeRollout(await loadRollout(rollouts, rolloutId));
    }),
  ];
}

async function deploy(ports: RolloutRoutePorts, { identity, request, reply }: OperatorCall) {
  const rolloutId = parseRolloutId(request.params);
  const { confirmedPathId, apiKey } = parseDeployment(bodyBytes(request));
  const who = whoAsks(ports, identity);
  const outcome = await deployRollout(ports.rollouts, who, { rolloutId, confirmedPathId });
  const key = outcome.isDone && apiKey ? await issueKey(ports, who, rolloutId, apiKey) : {};
  return reply.type(JSON_TYPE).send(actionText(outcome, outcome.codes, key));
}

/** The last step: nobody has a key before its path is live. */
async function issueKey(
  ports: RolloutRoutePorts,
  { person }: OperatorIdentity,
  rolloutId: string,
  { scopes, lifetimeDays }: NonNullable<SentDeployment['apiKey']>,
): Promise<Record<string, string>> {
  const { rollout } = await loadRollout(ports.rollouts, rolloutId);
  const { partner_id: partnerId } = rollout.opened;
  const { text, key } = await issueApiKey(ports, {
    actor: person,
    kind: 'bnd',
    partnerId,
    scopes,
    lifetimeDays,
  });
  return { api_key: JSON.stringify(text), api_key_id: JSON.stringify(key.keyId) };
}

/** The receipts stand in it as they were signed. */
function actionText(
  { isDone, answerText }: DecidedAction,
  reasons: readonly string[],
  others: Readonly<Record<string, string | undefined>> = {},
): string {
  const outline = objectText({
    done: String(isDone),
    reasons: JSON.stringify(reasons),
    ...others,
  });
  return `${outline.slice(0, -1)},${answerText.slice(1)}`;
}

function statusRoute({ rollouts }: RolloutRoutePorts): Route {
  return {
    ...SHOW_REVIEW_STATUS,
    handle: async ({ params }) => {
      const packetDigest = parsePacketDigest(params);
      const loaded = await findRolloutOf(rollouts, packetDigest);
      if (loaded === undefined) {
        throw new CratonError('ERR_NOT_FOUND', 'No rollout has this packet under review.');
      }
      const { state, gates } = judgeRollout(loaded.inputs);
      return {
        packet_digest: packetDigest,
        state,
        gates: gates.map((gate) => ({ id: gate.id, state: gate.state })),
        changed_at: formatTime(loaded.rollout.last.atMs),
      };
    },
  };
}

function whoAsks({ nowMs }: OperatorPorts, identity: KnownOperator): OperatorIdentity {
  return personOf(identity, nowMs());
}
