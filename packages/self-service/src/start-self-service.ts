/** Composes the self-service process: store, keys, routes, address. */
import { closeHttpServer, type Logger } from '@craton/service';
import type { FastifyInstance } from 'fastify';
import type { SelfServiceConfig } from './config.ts';
import { createSelfServiceServer } from './http/server.ts';
import { KeyRing } from './keys.ts';
import { Limits } from './limits.ts';
import { askProduction } from './readiness/ask-production.ts';
import { probeDraftStore } from './readiness/probe-draft-store.ts';
import { Prober } from './readiness/prober.ts';
import { askReviewStatus } from './review/ask-review-status.ts';
import { type Sources, systemSources } from './sources.ts';
import { holdDraftStore } from './store/open-drafts.ts';
import { VERSION } from './version.ts';
import { WatchedKeys } from './watched-keys.ts';

export interface RunningSelfService {
  /** Where it listens, without a final slash. */
  readonly address: string;
  /** Stops listening, answers what was taken, then closes the store. */
  close(): Promise<void>;
}

/**
 * Listens, with a draft store or without: only the address can keep it from starting, and then the
 * system's error is thrown and nothing stays open.
 */
export async function startSelfService(
  config: SelfServiceConfig,
  log: Logger,
): Promise<RunningSelfService> {
  const sources = systemSources();
  const drafts = await holdDraftStore(config.drafts, sources, (error) => {
    log.error({ err: error }, 'the draft store cannot be opened and is tried again');
  });
  if (config.drafts.kind === 'refused') {
    log.warn({ misread: config.readiness.misread }, 'no safe draft store: drafts answer 503');
  }
  const prober = openProber(config, log, sources);
  await prober.start();
  const server: FastifyInstance = createSelfServiceServer({
    log,
    store: () => {
      prober.assertDraftsAllowed();
      return drafts.store();
    },
    readiness: () => prober.current(),
    snapshot: () => prober.snapshot(),
    hasOpenDetail: config.hasOpenDetail,
    sources,
    keys: openKeys(config, log, sources),
    limits: new Limits(config.limits, () => performance.now()),
    isBehindBoundary: config.isBehindBoundary,
    site: () => ({
      baseUrl: config.publicUrl ?? server.listeningOrigin,
      environment: config.environment,
      issuer: config.issuer,
      version: VERSION,
    }),
    boundaryUrl: config.boundaryUrl,
    reviewStatus: (digest) => askReviewStatus({ boundaryUrl: config.boundaryUrl }, digest),
  });
  try {
    const address = await server.listen({ host: config.host, port: config.port });
    return {
      address,
      close: async () => {
        await closeHttpServer(server);
        await prober.close();
        await drafts.close();
      },
    };
  } catch (error) {
    await prober.close();
    await drafts.close();
    throw error;
  }
}

/** A file that is changed is read again; without a file nobody has a key. */
function openKeys(
  { keys, keysFile }: SelfServiceConfig,
  log: Logger,
  { nowMs }: Sources,
): Pick<KeyRing, 'accept'> {
  if (keysFile === undefined) return new KeyRing(keys, nowMs);
  return new WatchedKeys({
    path: keysFile,
    keys,
    nowMs,
    monotonicMs: () => performance.now(),
    onRead: (result) => {
      if (typeof result === 'number') log.info({ keys: result }, 'the file of keys was read again');
      else log.error({ err: result }, 'the file of keys cannot be read: no key is accepted');
    },
  });
}

function openProber(config: SelfServiceConfig, log: Logger, { nowMs }: Sources): Prober {
  const { environment, boundaryUrl, posturePublicKey: publicKey } = config;
  return new Prober({
    config: config.readiness.config,
    drafts: config.drafts,
    askProduction: () => askProduction({ boundaryUrl, publicKey, environment, nowMs }),
    probeDraftStore: (question) => probeDraftStore(question, nowMs),
    nowMs,
    onFault: (error) => {
      log.error({ err: error }, 'the prober of readiness met an unforeseen error');
    },
  });
}
