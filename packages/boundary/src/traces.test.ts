/** Spans: which ones there are, what stands in them, and that there are none unless somebody asks. */
import { SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { CratonError } from '@craton/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { Harness, overrideWriter } from '../test/harness.ts';
import { registeredTracer, tracedIssuer, tracePublication } from './traces.ts';

afterEach(() => {
  trace.disable();
});

function record() {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  const tracer = registeredTracer('0.0.0');
  const spans = () =>
    exporter.getFinishedSpans().map(({ name, attributes, status }) => ({
      name,
      attributes,
      failed: status.code === SpanStatusCode.ERROR,
    }));
  return { exporter, tracer, spans };
}

describe('without a provider', () => {
  it('nothing is wrapped, so nothing is paid', () => {
    const tracer = registeredTracer('0.0.0');
    expect(tracer).toBeUndefined();
    const writer = { check: never, claim: never, confirm: never };
    expect(tracedIssuer(writer, tracer)).toBe(writer);
    tracePublication(tracer, 'published', 1);
  });
});

describe('with a provider', () => {
  it('each entry has a span with path, verdict and code, and nothing that was sent', async () => {
    const { exporter, tracer, spans } = record();
    const harness = await Harness.open({
      ports: ({ writer }) => ({ writer: tracedIssuer(writer, tracer) }),
    });
    const key = await harness.makeKey();
    const external_reference = 'canary-reference';
    const allowed = await harness.check(key, { external_reference, case_id: 'canary-case' });
    const { request_id, commitment_id } = allowed.json<Record<string, string>>();
    await harness.check(key, { external_reference, gate_type: 'canary_gate' });
    await harness.check(key, { context: { ...CONTEXT, facts: { canary: 1 } } });
    await harness.report('claim', key, { request_id });
    await harness.report('claim', key, { request_id });
    await harness.report('confirm', key, { request_id, outcome: 'executed' });
    expect(spans()).toEqual([
      span('craton.check', { verdict: 'allow', path_id: 'sample-threshold' }),
      span('craton.check', { verdict: 'reject', path_id: 'unmatched' }),
      span('craton.check', { code: 'ERR_REQUEST_FIELD' }),
      span('craton.claim', {}),
      span('craton.claim', { code: 'ERR_ALREADY_CLAIMED' }),
      span('craton.confirm', {}),
    ]);
    const told = JSON.stringify(exporter.getFinishedSpans().map(tellable));
    expect(told).not.toMatch(/canary|northstar|approval|bnd_|req_|500000/);
    expect(commitment_id).toMatch(/^bnd_/);
    await harness.close();
  });

  it('a check that nobody could issue is a failed span with its code alone', async () => {
    const { exporter, tracer, spans } = record();
    const down = {
      kind: 'unavailable',
      code: 'ERR_QUEUE_FULL',
      message: '',
      retryAfterS: 1,
    } as const;
    const errors = [new CratonError('ERR_SIGNING', 'canary'), new Error('canary')];
    const check = () => {
      const error = errors.shift();
      return error === undefined ? Promise.resolve(down) : Promise.reject(error);
    };
    const harness = await Harness.open({
      ports: ({ writer }) => ({ writer: tracedIssuer(overrideWriter(writer, { check }), tracer) }),
    });
    const key = await harness.makeKey();
    for (const status of [503, 500, 503])
      expect((await harness.check(key)).statusCode).toBe(status);
    expect(spans()).toEqual(
      ['ERR_SIGNING', 'ERR_INTERNAL', 'ERR_QUEUE_FULL'].map((code) => ({
        ...span('craton.check', { code }),
        failed: true,
      })),
    );
    expect(JSON.stringify(exporter.getFinishedSpans().map(tellable))).not.toContain('canary');
    await harness.close();
  });

  it('a publication has a span as long as it took; looking in vain has none', () => {
    const { exporter, tracer } = record();
    tracePublication(tracer, 'idle', 5);
    tracePublication(tracer, 'standby', 5);
    tracePublication(tracer, 'published', 250);
    const [published, ...others] = exporter.getFinishedSpans();
    expect(others).toEqual([]);
    expect(published?.name).toBe('craton.publication');
    const [seconds = 0, nanoseconds = 0] = published?.duration ?? [];
    expect(seconds * 1000 + nanoseconds / 1e6).toBeGreaterThanOrEqual(250);
  });
});

const CONTEXT = {
  authorization_status: 'present',
  authorization_reference: 'approval-1',
  authorization_source: 'approval_workflow',
};

function span(name: string, members: Record<string, string>) {
  const attributes = Object.fromEntries(
    Object.entries(members).map(([member, value]) => [`craton.${member}`, value]),
  );
  return { name, attributes, failed: false };
}

/** Everything of a span that is sent away. */
function tellable({
  name,
  attributes,
  events,
  links,
  status,
  resource,
}: ReturnType<InMemorySpanExporter['getFinishedSpans']>[number]) {
  return { name, attributes, events, links, status, resource: resource.attributes };
}

function never(): never {
  throw new Error('Nobody asks.');
}
