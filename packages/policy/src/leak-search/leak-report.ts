/** The record of one search for planted secrets: how much was looked at, and what came out. */
import {
  type Digest,
  isDigest,
  isEnvironment,
  isTime,
  type JsonObject,
  type JsonValue,
  Members,
  parseTime,
  taggedDigest,
} from '@craton/protocol';

export const LEAK_REPORT_SCHEMA = 'craton.leak.search.v1';

/** Members as they are sent and stored. */
export interface LeakReport {
  readonly schema: typeof LEAK_REPORT_SCHEMA;
  /** Environment of the instance that the search speaks for. */
  readonly environment: string;
  /** Version of the software that was searched, as it says itself. */
  readonly build: string;
  readonly started_at: string;
  readonly ended_at: string;
  /** Settings into which a secret of this search's own was put; sorted. */
  readonly planted: readonly string[];
  /** Pages, answers, log lines and assets that were searched. */
  readonly searched: number;
  /** Bytes in them. */
  readonly searched_bytes: number;
  /** `<name of the setting> in <place>` for each that came out, never the secret. */
  readonly found: readonly string[];
  /** Of all other members. */
  readonly digest: Digest;
}

const CODE = 'ERR_REQUEST_FIELD';
const BUILD = /^[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}$/;
const SETTING = /^[A-Z][A-Z0-9_]{0,63}$/;
/** Printable, so that a report can be shown wherever it is read. */
const LABEL = /^[\x20-\x7e]{1,200}$/;
/** Names of places in one report. */
export const LEAKS_FOUND_MAX = 100;
const PLANTED_MAX = 64;

/** Adds what follows from the rest: order, length and digest. */
export function composeLeakReport(report: Omit<LeakReport, 'schema' | 'digest'>): LeakReport {
  const { environment, build, started_at, ended_at, searched, searched_bytes } = report;
  const said = {
    schema: LEAK_REPORT_SCHEMA,
    ...{ environment, build, started_at, ended_at },
    planted: report.planted.toSorted(),
    ...{ searched, searched_bytes },
    found: report.found.slice(0, LEAKS_FOUND_MAX),
  } as const;
  return { ...said, digest: taggedDigest('craton.leak.search.v1', said) };
}

/** Reads a report that somebody sent. Throws `ERR_REQUEST_FIELD` naming the member. */
export function parseLeakReport(value: JsonValue): LeakReport {
  const sent = Members.of(value, '', CODE);
  sent.constant('schema', LEAK_REPORT_SCHEMA);
  const report = composeLeakReport({
    environment: sent.text('environment', isEnvironment),
    build: sent.text('build', (text) => BUILD.test(text)),
    started_at: sent.text('started_at', isTime),
    ended_at: sent.text('ended_at', isTime),
    planted: textsOf(sent, 'planted', { rule: SETTING, max: PLANTED_MAX }),
    searched: sent.integer('searched', 0),
    searched_bytes: sent.integer('searched_bytes', 0),
    found: textsOf(sent, 'found', { rule: LABEL, max: LEAKS_FOUND_MAX }),
  });
  sent.only(...Object.keys(report));
  if (parseTime(report.ended_at) < parseTime(report.started_at)) {
    throw sent.wrong('ended_at', 'must not be before started_at');
  }
  if (sent.text('digest', isDigest) === report.digest) return report;
  throw sent.wrong('digest', 'is not the digest of the other members');
}

function textsOf(
  sent: Members,
  name: string,
  { rule, max }: { readonly rule: RegExp; readonly max: number },
): readonly string[] {
  const texts = sent.textList(name, (text) => rule.test(text));
  if (texts.length > max) throw sent.wrong(name, `must have at most ${max} entries`);
  return texts;
}

/** As JSON, for stores and answers. */
export function leakReportObject(report: LeakReport): JsonObject {
  return { ...report, planted: [...report.planted], found: [...report.found] };
}
