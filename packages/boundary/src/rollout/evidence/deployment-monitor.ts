/**
 * Watches what was deployed: whether its receipts stay verifiable for strangers (exit 4), and when an
 * emergency ends. Everything that it knows it reads from the records, so that a process that starts
 * again goes on; checks that only the earlier process had seen are made again in a new window.
 */
import {
  breakGlassEndMs,
  judgeStability,
  type KeyRouteEvidence,
  OPERATIONS_PARTNER,
  rolloutChain,
  type StabilityCheck,
} from '@craton/policy';
import { CratonError, formatTime, type JsonObject } from '@craton/protocol';
import { nodeSha256 } from '../../ledger/node-sha256.ts';
import type { OperatorRecord } from '../../ledger/operator-records.ts';
import { appendTo } from '../append-record.ts';
import type { RolloutPorts } from '../ports.ts';
import { type LoadedRollout, loadRollout } from '../read-rollout.ts';
import { endBreakGlass } from '../undo-deployment.ts';
import { newestReceipts } from './staging-checks.ts';

export interface MonitorPorts extends Pick<
  RolloutPorts,
  'operatorRecords' | 'admin' | 'reader' | 'environment' | 'isProductionLike' | 'sources'
> {
  /** Everything that ending an emergency needs. */
  readonly rollouts: RolloutPorts;
  /** Verifies receipts with the public keys, as `measureKeyRoute`. */
  readonly keyRoute: (receipts: readonly JsonObject[]) => Promise<KeyRouteEvidence>;
  /** Told when the checks of a window begin again. */
  readonly onWindowRestarted?: (rolloutId: string) => void;
}

/** Receipts that one check verifies. */
const RECEIPTS_PER_CHECK = 5;

interface Window {
  readonly startedAtMs: number;
  readonly checks: readonly StabilityCheck[];
}

export class DeploymentMonitor {
  readonly #ports: MonitorPorts;
  /** Rollouts that were deployed and of which nothing is settled yet. */
  readonly #watched = new Map<string, Window>();
  #cursor = 0;

  constructor(ports: MonitorPorts) {
    this.#ports = ports;
  }

  /** Looks at what is due. Throws `ERR_STORE_UNAVAILABLE`. */
  async turn(): Promise<void> {
    await this.#follow();
    const faults: unknown[] = [];
    for (const rolloutId of [...this.#watched.keys()]) {
      await this.#look(rolloutId).catch((fault: unknown) => faults.push(fault));
    }
    // One rollout that cannot be read keeps no other one from being looked at.
    if (faults.length > 0) throw faults[0];
  }

  /** Reads the records that came since the last turn. */
  async #follow(): Promise<void> {
    for (;;) {
      const records = await this.#ports.operatorRecords.listSince(this.#cursor);
      for (const record of records) this.#note(record);
      this.#cursor = records.at(-1)?.recordId ?? this.#cursor;
      if (records.length === 0) return;
    }
  }

  #note({ chain, kind, atMs }: OperatorRecord): void {
    const prefix = rolloutChain('');
    const isBegun = kind === 'deployed' || kind === 'break_glass_opened';
    if (!chain.startsWith(prefix) || !isBegun) return;
    this.#watched.set(chain.slice(prefix.length), { startedAtMs: atMs, checks: [] });
  }

  async #look(rolloutId: string): Promise<void> {
    try {
      const loaded = await loadRollout(this.#ports, rolloutId);
      const isSettled = await this.#settle(loaded);
      if (isSettled) this.#watched.delete(rolloutId);
    } catch (error) {
      // Somebody wrote on the rollout meanwhile: the next turn sees what.
      if (error instanceof CratonError && error.code === 'ERR_RECORD_CONFLICT') return;
      throw error;
    }
  }

  /** Whether there is nothing more to watch. */
  async #settle(loaded: LoadedRollout): Promise<boolean> {
    const { rollout } = loaded;
    const endMs = breakGlassEndMs(rollout);
    if (endMs !== undefined) {
      if (this.#ports.sources.nowMs() < endMs) return false;
      await endBreakGlass(this.#ports.rollouts, rollout.rolloutId);
      return true;
    }
    if (rollout.phase !== 'deployed' || rollout.stability !== undefined) return true;
    return this.#checkStability(loaded);
  }

  async #checkStability(loaded: LoadedRollout): Promise<boolean> {
    const { rollout, inputs } = loaded;
    const { nowMs } = inputs;
    const { startedAtMs, checks: made } = this.#windowOf(loaded);
    const checks =
      nowMs >= nextCheckMs(loaded, { startedAtMs, checks: made })
        ? [...made, await this.#check(loaded, nowMs)]
        : made;
    this.#watched.set(rollout.rolloutId, { startedAtMs, checks });
    const context = { policy: inputs.policy, nowMs, sha256: nodeSha256 };
    const body = judgeStability(checks, startedAtMs, context);
    if (body.result === 'inconclusive') return false;
    await appendTo(this.#ports, loaded, { actor: 'system', kind: 'stability_checked', body });
    return true;
  }

  /** A check that nobody made in its time, because nobody was there, begins the window again. */
  #windowOf(loaded: LoadedRollout): Window {
    const { rollout, inputs } = loaded;
    const begun = this.#watched.get(rollout.rolloutId);
    const window = begun ?? { startedAtMs: inputs.nowMs, checks: [] };
    const isMissed = inputs.nowMs - nextCheckMs(loaded, window) > intervalMs(loaded);
    if (!isMissed) return window;
    this.#ports.onWindowRestarted?.(rollout.rolloutId);
    return { startedAtMs: inputs.nowMs, checks: [] };
  }

  async #check({ rollout }: LoadedRollout, nowMs: number): Promise<StabilityCheck> {
    const receipts = await this.#receiptsOf(rollout);
    const evidence = await this.#ports.keyRoute(receipts);
    const isVerified =
      evidence.jwks_reached &&
      evidence.receipts.length > 0 &&
      evidence.verified === evidence.receipts.length;
    const receipt_digest = evidence.receipts[0] ?? 'none';
    return { at: formatTime(nowMs), receipt_digest, verified: isVerified };
  }

  /** The newest of the path; without traffic, that of the deployment itself. */
  async #receiptsOf({
    opened,
    deployment,
  }: LoadedRollout['rollout']): Promise<readonly JsonObject[]> {
    const { reader, environment } = this.#ports;
    const owner = { environment, partnerId: opened.partner_id };
    const ofPath = { pathId: opened.path_id, limit: RECEIPTS_PER_CHECK };
    const newest = await newestReceipts(reader, owner, ofPath);
    if (newest.length > 0) return newest.map(({ receipt }) => ({ ...receipt }));
    const operations = { environment, partnerId: OPERATIONS_PARTNER };
    const requestId = deployment?.body.request_id ?? '';
    const own = await reader.findReceipt(operations, requestId);
    return own === undefined ? [] : [{ ...own.receipt }];
  }
}

function intervalMs({ inputs }: LoadedRollout): number {
  const { window_s, checks_min } = inputs.policy.stability;
  return (window_s * 1_000) / checks_min;
}

/** The first at once, then one in each part of the window: one more than is asked for. */
function nextCheckMs(loaded: LoadedRollout, { startedAtMs, checks }: Window): number {
  return startedAtMs + checks.length * intervalMs(loaded);
}
