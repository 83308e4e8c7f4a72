import { describe, expect, it } from 'vitest';
import { MetricSet } from './metrics.ts';

describe('metrics', () => {
  it('are text with what was observed, counted and read', async () => {
    const metrics = new MetricSet();
    const observe = metrics.histogram({ name: 'test_took_seconds', help: 'Time.' }, [0.001, 0.1]);
    const count = metrics.counter({ name: 'test_verdicts_total', help: 'Verdicts.' }, 'verdict');
    let depth = 1;
    metrics.gauge({ name: 'test_queued', help: 'Waiting.' }, () => depth);
    for (const took of [0.0005, 0.05, 7]) observe(took);
    for (const verdict of ['allow', 'reject', 'allow']) count(verdict);
    depth = 3;
    const expected = [
      'test_took_seconds_bucket{le="0.001"} 1',
      'test_took_seconds_bucket{le="0.1"} 2',
      'test_took_seconds_bucket{le="+Inf"} 3',
      'test_took_seconds_count 3',
      'test_verdicts_total{verdict="allow"} 2',
      'test_verdicts_total{verdict="reject"} 1',
      'test_queued 3',
    ];
    // Twice: reading changes nothing.
    await metrics.text();
    expect((await metrics.text()).split('\n')).toEqual(expect.arrayContaining(expected));
  });

  it('of one server are not those of another', async () => {
    const [one, other] = [new MetricSet(), new MetricSet()];
    one.gauge({ name: 'test_one', help: 'One.' }, () => 1);
    expect(await other.text()).not.toContain('test_one');
  });

  it('of the process are there when it is watched', async () => {
    const metrics = new MetricSet();
    metrics.watchProcess();
    expect(await metrics.text()).toMatch(/^process_cpu_seconds_total \d/m);
    expect(await metrics.text()).toMatch(/^nodejs_eventloop_lag_seconds \d/m);
  });
});
