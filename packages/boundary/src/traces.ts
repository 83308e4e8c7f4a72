/**
 * Spans of what the ledger issues and the log publishes, through the OpenTelemetry API. Whoever runs
 * the process registers a provider before it starts (`node --import`); without one nothing is
 * wrapped, so nothing is paid. A span holds a path, a verdict, a code: never what was sent.
 */
import { CratonError } from '@craton/protocol';
import { type Attributes, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import type { CheckOutcome, LedgerWriter } from './ledger/port.ts';
import type { Step } from './log/publisher.ts';

const SCOPE = 'craton-boundary';

/** What issues; `commit` is the operator's, and has its audit events. */
type Issuer = Pick<LedgerWriter, 'check' | 'claim' | 'confirm'>;

/** The tracer of whoever registered a provider; undefined if nobody did. */
export function registeredTracer(version: string): Tracer | undefined {
  const provider = trace.getTracerProvider();
  return isRegistered(provider) ? provider.getTracer(SCOPE, version) : undefined;
}

/** The API always gives a provider: until one is registered, one without a delegate. */
function isRegistered(provider: object): boolean {
  const findDelegate: unknown = Reflect.get(provider, 'getDelegateTracer');
  if (typeof findDelegate !== 'function') return true;
  return Reflect.apply(findDelegate, provider, [SCOPE]) !== undefined;
}

/** The writer with a span around each entry, or the writer as it is. */
export function tracedIssuer<W extends Issuer>(writer: W, tracer: Tracer | undefined): W | Issuer {
  if (tracer === undefined) return writer;
  return {
    check: (command) => traced(tracer, 'craton.check', writer.check(command)),
    claim: (command) => traced(tracer, 'craton.claim', writer.claim(command)),
    confirm: (command) => traced(tracer, 'craton.confirm', writer.confirm(command)),
  };
}

/** A span for a step of the log's publisher that published, from its end. */
export function tracePublication(tracer: Tracer | undefined, step: Step, tookMs: number): void {
  if (tracer === undefined || step !== 'published') return;
  tracer.startSpan('craton.publication', { startTime: Date.now() - tookMs }).end();
}

async function traced(
  tracer: Tracer,
  name: string,
  work: Promise<CheckOutcome>,
): Promise<CheckOutcome> {
  const span = tracer.startSpan(name, { kind: SpanKind.INTERNAL });
  try {
    const outcome = await work;
    span.setAttributes(attributesOf(outcome));
    if (outcome.kind === 'unavailable') span.setStatus({ code: SpanStatusCode.ERROR });
    return outcome;
  } catch (error) {
    const code = error instanceof CratonError ? error.code : 'ERR_INTERNAL';
    span.setAttribute('craton.code', code).setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function attributesOf(outcome: CheckOutcome): Attributes {
  if (outcome.kind !== 'issued') return { 'craton.code': outcome.code };
  const { responseText } = outcome;
  const verdict = memberOf(/^\{"verdict":"([a-z]{1,16})"/, responseText);
  const pathId = memberOf(
    /"boundary_snapshot":\{[^{}]*?"path_id":"([a-z0-9-]{1,64})"/,
    responseText,
  );
  return {
    ...(verdict !== undefined && { 'craton.verdict': verdict }),
    ...(pathId !== undefined && { 'craton.path_id': pathId }),
  };
}

function memberOf(pattern: RegExp, text: string): string | undefined {
  return pattern.exec(text)?.[1];
}
