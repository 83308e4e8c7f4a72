/** What must work before this server says that it is ready. Nothing here writes. */
import { CratonError, type ErrorCode, MERGE_DELAY_MS } from '@craton/protocol';
import type { Probe } from '@craton/service';
import type { LedgerHealth, LedgerReader } from './ledger/port.ts';
import type { LogView } from './log/log-view.ts';
import type { VerificationMaterial } from './verification-material.ts';

export interface ProbePorts {
  readonly reader: Pick<LedgerReader, 'storeIdentity'>;
  readonly health: () => LedgerHealth;
  readonly queueMax: number;
  readonly material: Pick<VerificationMaterial, 'isAttestedAt'>;
  /** Absent: this process has no view of a log. */
  readonly logView?: Pick<LogView, 'status' | 'failure' | 'lag'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** A clock that goes back by more than this is not trusted until it has caught up. */
export const CLOCK_BEHIND_MS_MAX = 5_000;
/** A queue this full will soon refuse. */
const QUEUE_SHARE_MAX = 0.9;

export function boundaryProbes(ports: ProbePorts): readonly Probe[] {
  return [
    storeProbe(ports),
    signerProbe(ports),
    clockProbe(ports),
    queueProbe(ports),
    logProbe(ports),
    promiseProbe(ports),
  ];
}

/** Reads through the connection that answers callers. */
function storeProbe({ reader, health }: ProbePorts): Probe {
  return {
    id: 'store',
    measure: async () => {
      await reader.storeIdentity();
      const { state, code, lastCommitAtMs } = health();
      if (state !== 'issuing') throw failed(code ?? 'ERR_STORE_UNAVAILABLE', WRITER_STOPPED);
      return lastCommitAtMs === undefined ? undefined : { last_commit_at_ms: lastCommitAtMs };
    },
  };
}

const WRITER_STOPPED = 'The writer has stopped and issues nothing; see the log and start again.';

/** The writer tests its key by a signature when it starts; here: it still signs, and for whom. */
function signerProbe({ health, material, nowMs }: ProbePorts): Probe {
  return {
    id: 'signer',
    measure: () => {
      if (health().code === 'ERR_SIGNING') throw failed('ERR_SIGNING', 'The signer failed.');
      if (material.isAttestedAt(nowMs())) return undefined;
      throw failed('ERR_SIGNING', 'No root attests the signing key for this time.');
    },
  };
}

/** Against the latest time that this process saw: receipts must not go back in time. */
function clockProbe({ nowMs, health }: ProbePorts): Probe {
  let latestMs = nowMs();
  return {
    id: 'clock',
    measure: () => {
      const now = nowMs();
      latestMs = Math.max(latestMs, now, health().lastCommitAtMs ?? 0);
      const behindMs = latestMs - now;
      if (behindMs <= CLOCK_BEHIND_MS_MAX) return { behind_ms: behindMs };
      throw failed('ERR_CLOCK_UNTRUSTED', `The clock went back by ${behindMs} ms; set it right.`);
    },
  };
}

function queueProbe({ health, queueMax }: ProbePorts): Probe {
  return {
    id: 'queue',
    measure: () => {
      const { queued, inFlight } = health();
      if (queued < queueMax * QUEUE_SHARE_MAX) {
        return { queued, in_flight: inFlight, queue_max: queueMax };
      }
      throw failed('ERR_QUEUE_FULL', 'Nearly as many checks wait as may.');
    },
  };
}

/** A log that contradicts what was signed: promises of receipts will not be kept. */
function logProbe({ logView }: ProbePorts): Probe {
  return {
    id: 'log',
    measure: () => {
      if (logView?.status !== 'failed') return undefined;
      throw failed(logView.failure ?? 'ERR_LOG_INCONSISTENT', LOG_STOPPED);
    },
  };
}

const LOG_STOPPED = 'The publisher of the log has stopped; see docs/how-to/run-the-log.md.';

/** Every receipt promises a checkpoint over it within `MERGE_DELAY_MS`: told before that is broken. */
function promiseProbe({ logView, nowMs }: ProbePorts): Probe {
  return {
    id: 'log_promise',
    isWarning: true,
    measure: () => {
      if (logView === undefined || logView.status === 'off') return undefined;
      const { oldestIssuedAtMs } = logView.lag;
      const ageMs = oldestIssuedAtMs === undefined ? 0 : Math.max(0, nowMs() - oldestIssuedAtMs);
      if (ageMs < PROMISE_AGE_MS_MAX) return { oldest_age_ms: ageMs };
      throw failed('ERR_PROOF_PENDING', PROMISE_AT_RISK);
    },
  };
}

/** Half of the promise: an operator needs the other half. */
const PROMISE_AGE_MS_MAX = MERGE_DELAY_MS / 2;
const PROMISE_AT_RISK =
  'A receipt still waits for its checkpoint: look at the publisher and the witnesses of the log.';

function failed(code: ErrorCode, message: string): CratonError {
  return new CratonError(code, message);
}
