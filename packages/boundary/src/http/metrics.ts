/** `GET /metrics`: what this node does, as numbers. No partner, reference or key is in any of them. */
import { type HttpObserver, MetricSet, type Route } from '@craton/service';
import type { ApiKeyPorts } from '../commands/accept-api-key.ts';
import { verdictOf } from '../ledger/answer.ts';
import type { BatchTaken } from '../ledger/batch.ts';
import type { LedgerHealth, LedgerWriter } from '../ledger/port.ts';
import type { LogView } from '../log/log-view.ts';
import type { Step } from '../log/publisher.ts';
import type { WitnessFailure } from '../log/witness-client.ts';
import { KEY_ERRORS, type KeyedDocument, operatorRoute } from './authenticate.ts';
import { NoParameters } from './schemas.ts';

export const METRICS_DOCUMENT: KeyedDocument = {
  method: 'GET',
  path: '/metrics',
  operationId: 'getMetrics',
  summary: 'Metrics of this node, for Prometheus',
  description: 'In development on a loopback address no key is asked for.',
  scope: 'read',
  keyHolder: 'operator',
  query: NoParameters,
  answer: {
    description: 'Text in the Prometheus exposition format.',
    contentType: MetricSet.contentType,
  },
  errors: [...KEY_ERRORS, 'ERR_REQUEST_FIELD'],
};

const CHECK_PATH = '/v1/boundary/check';
const LATENCY_S = [
  0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.035, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];
const COMMIT_S = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const PUBLICATION_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const BATCH_COMMITS = [1, 2, 4, 8, 12, 16, 24, 32];

/** Everything that is observed on one node. */
export class BoundaryMetrics {
  readonly #set = new MetricSet();
  readonly #checkTook = this.#set.histogram(
    {
      name: 'craton_check_duration_seconds',
      help: 'Checks that were answered with a verdict, from headers to answer.',
    },
    LATENCY_S,
  );
  readonly #commitTook = this.#set.histogram(
    {
      name: 'craton_commit_duration_seconds',
      help: 'One batch in the writer: evaluated, signed, and on disk.',
    },
    COMMIT_S,
  );
  readonly #batchCommits = this.#set.histogram(
    { name: 'craton_commit_batch_size', help: 'Commits that the writer took as one batch.' },
    BATCH_COMMITS,
  );
  readonly #countVerdict = this.#set.counter(
    { name: 'craton_verdicts_total', help: 'Verdicts issued by this node; replays not counted.' },
    'verdict',
  );
  readonly #countRefusal = this.#set.counter(
    { name: 'craton_refusals_total', help: 'Requests answered with an error, by its code.' },
    'code',
  );

  readonly #publicationTook = this.#set.histogram(
    {
      name: 'craton_log_publication_duration_seconds',
      help: 'Steps of the publisher that published a checkpoint, from indexing to publication.',
    },
    PUBLICATION_S,
  );
  readonly #countWitnessFailure = this.#set.counter(
    {
      name: 'craton_log_witness_failures_total',
      help: 'Witnesses that were asked and did not cosign, by reason.',
    },
    'reason',
  );

  /** For the HTTP server. */
  readonly observer: HttpObserver = {
    onAnswer: (path, status, tookMs) => {
      if (path === CHECK_PATH && status === 200) this.#checkTook(tookMs / 1000);
    },
    onRefusal: (code) => {
      this.#countRefusal(code);
    },
  };

  /** For the ledger. */
  readonly onBatch = ({ commits, tookMs }: BatchTaken): void => {
    this.#batchCommits(commits);
    this.#commitTook(tookMs / 1000);
  };

  /** For the publisher of the log. */
  readonly onLogStep = (step: Step, tookMs: number): void => {
    if (step === 'published') this.#publicationTook(tookMs / 1000);
  };

  readonly onWitnessFailure = (reason: WitnessFailure): void => {
    this.#countWitnessFailure(reason);
  };

  /** The same writer, with its verdicts counted. */
  watchVerdicts(writer: LedgerWriter): LedgerWriter {
    return {
      check: async (command) => {
        const outcome = await writer.check(command);
        if (outcome.kind === 'issued' && !outcome.replayed) {
          this.#countVerdict(verdictOf(outcome.responseText));
        }
        return outcome;
      },
      claim: (command) => writer.claim(command),
      confirm: (command) => writer.confirm(command),
      commit: (...args) => writer.commit(...args),
      close: () => writer.close(),
    };
  }

  /** Reads queue and writer whenever somebody asks. */
  watchLedger(health: () => LedgerHealth): void {
    this.#set.gauge(
      { name: 'craton_queue_depth', help: 'Entries that wait for the writer.' },
      () => health().queued,
    );
    this.#set.gauge(
      { name: 'craton_entries_in_flight', help: 'Entries that the writer has.' },
      () => health().inFlight,
    );
    this.#set.gauge(
      { name: 'craton_ledger_issuing', help: '1 while the ledger issues, else 0.' },
      () => (health().state === 'issuing' ? 1 : 0),
    );
  }

  /** Reads the node's view of the log whenever somebody asks. */
  watchLog(view: Pick<LogView, 'state' | 'lag' | 'status'>, nowMs: () => number): void {
    this.#set.gauge(
      { name: 'craton_log_tree_size', help: 'Leaves of the log that have an index.' },
      () => view.state.treeSize,
    );
    this.#set.gauge(
      { name: 'craton_log_unindexed_leaves', help: 'Leaves without an index, up to 10000.' },
      () => view.lag.waiting,
    );
    this.#set.gauge(
      {
        name: 'craton_log_oldest_uncovered_seconds',
        help: 'Age of the oldest receipt that no checkpoint covers; its promise is one hour.',
      },
      () => Math.max(0, nowMs() - (view.lag.oldestIssuedAtMs ?? nowMs())) / 1000,
    );
    this.#set.gauge(
      { name: 'craton_log_failed', help: '1 once the log contradicts what was signed, else 0.' },
      () => (view.status === 'failed' ? 1 : 0),
    );
  }

  /** Adds what every Node process can tell about itself. */
  watchProcess(): void {
    this.#set.watchProcess();
  }

  text(): Promise<string> {
    return this.#set.text();
  }
}

export interface MetricsPorts extends ApiKeyPorts {
  readonly metrics: BoundaryMetrics;
  /** Whether anybody who can reach this server may read them: development on loopback alone. */
  readonly hasOpenMetrics?: boolean | undefined;
}

/** With a key of an operator, unless the metrics are open. */
export function metricsRoute(ports: MetricsPorts): Route {
  const keyed = operatorRoute(ports, METRICS_DOCUMENT, async ({ reply }) =>
    reply.type(`${MetricSet.contentType}; charset=utf-8`).send(await ports.metrics.text()),
  );
  if (ports.hasOpenMetrics !== true) return keyed;
  return {
    ...METRICS_DOCUMENT,
    handle: async (_request, reply) =>
      reply.type(`${MetricSet.contentType}; charset=utf-8`).send(await ports.metrics.text()),
  };
}
