/** Numbers about one server, in the text format that Prometheus and OpenTelemetry collectors read. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricText {
  /** `craton_...`, with the unit last: `_seconds`, `_total`. */
  readonly name: string;
  readonly help: string;
}

/**
 * Metrics of one server, in a registry of their own. A label value is always a word of our own
 * (a verdict, an error code): what callers send would grow the registry without bound and tell the
 * scraper what it need not know.
 */
export class MetricSet {
  readonly #registry = new Registry();

  /** The value of the header Content-Type, without its charset, which is UTF-8. */
  static readonly contentType = 'text/plain; version=0.0.4';

  /** A function that adds one observation; `buckets` are upper bounds in the unit of the name. */
  histogram(text: MetricText, buckets: readonly number[]): (value: number) => void {
    const histogram = new Histogram({
      ...text,
      buckets: Array.from(buckets),
      registers: [this.#registry],
    });
    return (value) => {
      histogram.observe(value);
    };
  }

  /** A value that is read when somebody asks. */
  gauge(text: MetricText, read: () => number): void {
    new Gauge({
      ...text,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  /**
   * A function that counts one event by a word. It costs a look-up in a map: the metric is made
   * from the map when somebody asks.
   */
  counter(text: MetricText, label: string): (word: string) => void {
    const counts = new Map<string, number>();
    new Counter({
      ...text,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [word, count] of counts) this.inc({ [label]: word }, count);
      },
    });
    return (word) => {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    };
  }

  /** CPU time, memory, event loop and collector of this process. Call once per process. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Everything, as text. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
