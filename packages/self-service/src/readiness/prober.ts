/** One background prober: requests read what it last found, and never cause a probe. */
import {
  composeSnapshot,
  type DraftStoreProbe,
  evaluateReadiness,
  type Readiness,
  type ReadinessConfig,
  readinessPosture,
  type ReadinessProbes,
  refusesManagedHosts,
  type SignedPosture,
} from '@craton/policy';
import { CratonError, DEPTH_MAX, type JsonObject, parseStrict, parseTime } from '@craton/protocol';
import type { DraftPlace } from '../config.ts';
import type { ProductionAnswer } from './ask-production.ts';
import type { DraftStoreQuestion } from './probe-draft-store.ts';

/** Milliseconds between two probes. */
export const PROBE_MS = 10_000;
/** Milliseconds until the next while the production side has not answered yet after a start. */
const FIRST_PROBE_MS = 1_000;
/** How often it is asked that soon at most. */
const FIRST_PROBES_MAX = 30;
/** Milliseconds after which a measurement is stale: two probes that did not come back. */
export const MEASUREMENT_MS_MAX = 30_000;

export interface ProberPorts {
  readonly config: ReadinessConfig;
  readonly drafts: DraftPlace;
  readonly askProduction: () => Promise<ProductionAnswer>;
  readonly probeDraftStore: (question: DraftStoreQuestion) => Promise<DraftStoreProbe>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Told of faults of our own. */
  readonly onFault: (error: unknown) => void;
}

interface Measured extends ProductionAnswer {
  readonly draftStore?: DraftStoreProbe;
  readonly crashed: boolean;
}

export class Prober {
  readonly #ports: ProberPorts;
  #measured: Measured = { crashed: false };
  #firstProbes = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(ports: ProberPorts) {
    this.#ports = ports;
  }

  /** Probes now and then again and again. Resolves after the first probe, however that ended. */
  start(): Promise<void> {
    this.#running = this.#turn();
    return this.#running;
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** From the last measurements, with their age at this moment. Measures nothing. */
  current(): Readiness {
    return this.#evaluate(this.#measured);
  }

  /** What `current` is evaluated from at this moment, with its answer, for whoever does it again. */
  snapshot(): JsonObject {
    const { config } = this.#ports;
    const { signedPosture } = this.#measured;
    const readiness = this.#evaluate(this.#measured);
    return composeSnapshot(
      {
        config,
        probes: this.#probesOf(this.#measured, parseTime(readiness.detail.evaluated_at)),
        ...(signedPosture && { posture: readPosture(signedPosture) }),
      },
      readiness.detail,
    );
  }

  /** Throws `ERR_DRAFT_STORE_UNAVAILABLE` where readiness lets no draft be stored. */
  assertDraftsAllowed(): void {
    if (this.current().detail.draft_writes !== 'refused') return;
    const message =
      'Drafts are refused for a reason that is shown under readiness. Nothing was saved.';
    throw new CratonError('ERR_DRAFT_STORE_UNAVAILABLE', message);
  }

  /** One round of all probes. Never rejects. */
  async probe(): Promise<void> {
    try {
      const production = await this.#ports.askProduction();
      const draftStore = await this.#probeDraftStore(production);
      this.#measured = { ...production, ...(draftStore && { draftStore }), crashed: false };
    } catch (error) {
      this.#measured = { crashed: true };
      this.#ports.onFault(error);
    }
  }

  async #turn(): Promise<void> {
    await this.probe();
    if (this.#isClosed) return;
    const isFirst = this.#measured.posture === undefined && ++this.#firstProbes < FIRST_PROBES_MAX;
    const next = () => {
      this.#running = this.#turn();
    };
    this.#timer = setTimeout(next, isFirst ? FIRST_PROBE_MS : PROBE_MS).unref();
  }

  /** Asked again each time: an override may have ended, and then no socket opens any more. */
  async #probeDraftStore(production: ProductionAnswer): Promise<DraftStoreProbe | undefined> {
    const { drafts, config, nowMs, probeDraftStore } = this.#ports;
    if (drafts.kind === 'refused' || refusesManagedHosts(config, nowMs())) return undefined;
    return probeDraftStore({
      url: drafts.url.expose(),
      mayShare: (storeIdentities) => this.#mayShare(production, storeIdentities),
    });
  }

  #mayShare(production: ProductionAnswer, storeIdentities: readonly string[]): boolean {
    const draftStore = {
      measuredAtMs: this.#ports.nowMs(),
      reachable: true,
      storeIdentities,
      migrationsPending: false,
      canWriteProduction: false,
    };
    const { detail } = this.#evaluate({ ...production, draftStore, crashed: false });
    return detail.draft_writes === 'primary_draft_table';
  }

  #evaluate(measured: Measured): Readiness {
    const { config, nowMs } = this.#ports;
    const { posture } = measured;
    const probes = this.#probesOf(measured, nowMs());
    return evaluateReadiness(config, posture && readinessPosture(posture), probes);
  }

  #probesOf({ crashed, draftStore, verification }: Measured, nowMs: number): ReadinessProbes {
    return {
      nowMs,
      ageMsMax: MEASUREMENT_MS_MAX,
      crashed,
      ...(draftStore && { draftStore }),
      ...(verification && { verification }),
    };
  }
}

/** It was verified when it came; of an envelope no other member is passed on. */
function readPosture(signed: Uint8Array): SignedPosture {
  const value = parseStrict(signed, { numbers: 'safe', depthMax: DEPTH_MAX.other });
  const { payload_b64, signature, kid, sig_alg } = value as unknown as SignedPosture;
  return { payload_b64, signature, kid, sig_alg };
}
