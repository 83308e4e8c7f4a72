/** What measures and tells in a running boundary: evidence, incident channels, and work beside it. */
import { encodeBase64 } from '@craton/protocol';
import { type Logger, Secret } from '@craton/service';
import type { BoundaryConfig } from '../config.ts';
import type { OpenLedger } from '../ledger/open-ledger.ts';
import type { LogView } from '../log/log-view.ts';
import type { SecretOrigin } from '../secret-origins.ts';
import type { VerificationMaterial } from '../verification-material.ts';
import { VERSION } from '../version.ts';
import { BackgroundTask } from './background-task.ts';
import { DeploymentMonitor } from './evidence/deployment-monitor.ts';
import { measureKeyRoute } from './evidence/key-route.ts';
import { keysUrl, measureLive } from './evidence/measure-live.ts';
import { selfServiceView } from './evidence/self-service-view.ts';
import { Outbox } from './notifications/outbox.ts';
import { loadReceivers, type Receiver } from './notifications/receivers.ts';
import { sendWebhook } from './notifications/send-webhook.ts';
import { webhookChannels } from './notifications/webhook-channel.ts';
import type { RolloutPorts } from './ports.ts';

export interface EvidenceParts {
  readonly log: Logger;
  readonly ledger: OpenLedger;
  readonly material: VerificationMaterial;
  /** 32 bytes; absent: this side signs no posture. */
  readonly posturePublicKey: Uint8Array | undefined;
  readonly logView: Pick<LogView, 'status'>;
  readonly ownUrl: () => string;
  readonly publicUrl: () => string;
}

/** Milliseconds between two turns. */
const MONITOR_MS = 5_000;
const OUTBOX_MS = 2_000;

/** The rollouts with what is configured to measure and to be told. Throws `ConfigError`. */
export function withEvidence(
  config: BoundaryConfig,
  rollouts: RolloutPorts,
  parts: EvidenceParts,
): RolloutPorts {
  const { environment, isProductionLike, webhooksFile } = config;
  const { selfServiceUrl, reviewPullKey } = config;
  const { ledger, material, posturePublicKey, ownUrl, publicUrl } = parts;
  const { reader, operatorRecords } = ledger;
  const nowMs = (): number => rollouts.sources.nowMs();
  const receivers = loadReceivers(webhooksFile);
  const channels =
    receivers.length === 0
      ? rollouts.channels
      : webhookChannels({ environment, receivers, send: sendWebhook, publicUrl, nowMs });
  if (selfServiceUrl === undefined || reviewPullKey === undefined) return { ...rollouts, channels };
  const secrets = [...config.secrets, ...receivers.map(secretOfReceiver)];
  const evidence = measureLive({
    ...{ environment, isProductionLike, secrets, material, reader, operatorRecords },
    ...{ posturePublicKey, ownUrl, publicUrl, nowMs, build: VERSION },
    selfService: selfServiceView({ url: selfServiceUrl, pullKey: reviewPullKey.expose() }),
  });
  return { ...rollouts, channels, evidence };
}

/** Secrets of signatures stand in files, and must come out as little as the others. */
function secretOfReceiver({ name, secret }: Receiver): SecretOrigin {
  const text = new Secret(encodeBase64(secret.expose()));
  return { name: `webhook_secret_${name}`, source: 'secret_file', required: false, text };
}

/** Watching deployments and telling receivers; started by whoever has the address by then. */
export function rolloutTasks(
  config: BoundaryConfig,
  rollouts: RolloutPorts,
  parts: EvidenceParts,
): readonly BackgroundTask[] {
  const { log, logView, publicUrl } = parts;
  const { environment, webhooksFile } = config;
  const { operatorRecords, admin, sources } = rollouts;
  const isAlone = config.database.expose().kind === 'sqlite';
  // Of many nodes the one that has the lease of the log works; a second one could only repeat.
  const isLeader = (): boolean =>
    isAlone || logView.status === 'publishing' || logView.status === 'off';
  const onFault = (error: unknown): void => {
    log.error({ err: error }, 'work beside the requests failed and is tried again');
  };
  const monitor = new DeploymentMonitor({
    ...{ ...rollouts, rollouts },
    keyRoute: (receipts) => measureKeyRoute(keysUrl({ publicUrl }), receipts),
    onWindowRestarted: (rolloutId) => {
      log.info({ rollout_id: rolloutId }, 'the stability window begins again with this process');
    },
  });
  const receivers = loadReceivers(webhooksFile);
  const outbox = new Outbox({
    ...{ environment, operatorRecords, admin, receivers, publicUrl, send: sendWebhook },
    nowMs: () => sources.nowMs(),
    onFailure: (receiver, { code, status }) => {
      log.warn({ receiver, code, status }, 'a webhook was not delivered and is tried again');
    },
  });
  return [
    new BackgroundTask({ turn: () => monitor.turn(), everyMs: MONITOR_MS, isLeader, onFault }),
    new BackgroundTask({ turn: () => outbox.turn(), everyMs: OUTBOX_MS, isLeader, onFault }),
  ];
}
