/** Measures every criterion of a rollout now, and writes down what was found. */
import {
  type CriterionResult,
  type EvaluationContext,
  evaluatePacket,
  evaluateStaging,
  judgeDeployRoute,
  judgeKeyRoute,
  judgeLeaks,
  judgeReadiness,
  judgeSecretSources,
  judgeSeparation,
  judgeSmokeRuns,
  type Packet,
  type ReadinessEvidence,
  type StagingCase,
} from '@craton/policy';
import { nodeSha256 } from '../ledger/node-sha256.ts';
import { appendTo } from './append-record.ts';
import { readCurrentPacket } from './current-packet.ts';
import { readImportedChecks } from './imported-evidence.ts';
import type { RolloutPorts } from './ports.ts';
import { type LoadedRollout, loadRollout } from './read-rollout.ts';
import { refusedFor } from './refuse.ts';

export interface Evaluation {
  readonly results: readonly CriterionResult[];
  /** Expected verdicts beside what staging said. */
  readonly cases: readonly StagingCase[];
  /** The readiness snapshot that was cited; absent if there was none. */
  readonly readiness?: ReadinessEvidence;
}

/**
 * Evaluates what can be measured, of the packet that self-service serves now. Throws
 * `ERR_NOT_FOUND`, and `ERR_ROLLOUT_REFUSED` if the packet cannot be read or is another one.
 */
export async function evaluateRollout(
  ports: RolloutPorts,
  { rolloutId, actor }: { readonly rolloutId: string; readonly actor: string },
): Promise<Evaluation> {
  const loaded = await loadRollout(ports, rolloutId);
  const { review } = await readCurrentPacket(ports, loaded.rollout);
  if (review === undefined) throw refusedFor(['packet_unreadable']);
  if (review.isWithdrawn) throw refusedFor(['packet_withdrawn']);
  const evaluation = await measure(ports, loaded, review.packet);
  const { packet_digest } = loaded.rollout.packet;
  await appendTo(ports, loaded, {
    actor,
    kind: 'criteria_evaluated',
    body: { packet_digest, results: evaluation.results },
  });
  return evaluation;
}

async function measure(
  ports: RolloutPorts,
  loaded: LoadedRollout,
  packet: Packet,
): Promise<Evaluation> {
  const { evidence, environment, sources } = ports;
  const { policy } = loaded.inputs;
  const own = await evidence.stagingChecks(packet);
  const imported = await readImportedChecks(ports, loaded);
  const checks = [...own, ...imported];
  // What another instance signed does not verify with the keys that are published here.
  const published = own.length === 0 && imported.length > 0 ? await evidence.samples() : own;
  const separation = await evidence.separation();
  const secrets = await evidence.secrets();
  const readiness = await evidence.readiness();
  const leaks = await evidence.leaks();
  const keyRoute = await evidence.keyRoute(published);
  const smokeRuns = await evidence.smokeRuns();
  const deployRoutes = await evidence.deployRoutes();
  // The time at which all of it was there: nothing is younger than it says.
  const context: EvaluationContext = { policy, nowMs: sources.nowMs(), sha256: nodeSha256 };
  const staging = evaluateStaging({ packet, environment }, checks, context);
  const selected = { environment: evidence.stagingEnvironment, build: evidence.build };
  return {
    results: [
      ...evaluatePacket(packet, context),
      judgeSeparation(separation, context),
      judgeSecretSources(secrets, context),
      judgeReadiness(readiness, context),
      judgeLeaks(leaks, context),
      ...staging.results,
      judgeKeyRoute(keyRoute, context),
      judgeSmokeRuns(smokeRuns, selected, context),
      judgeDeployRoute(deployRoutes, context),
    ],
    cases: staging.cases,
    ...(readiness !== undefined && { readiness }),
  };
}
