/** The statements of `spec/vectors/key-events`, whose entries an issuer in Python has made. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  CratonError,
  decodeUtf8,
  encodeHex,
  encodeKeyEvent,
  isKeyEventEntry,
  isMadeByRoot,
  type JsonValue,
  leafHash,
  type LogEntry,
  parseTrustPolicy,
  readKeyEvent,
  utf8,
} from '../src/index.ts';

interface EventCase {
  readonly name: string;
  readonly about: string;
  readonly statement: JsonValue;
  readonly trust_policy: string;
  readonly expected: {
    readonly standing: 'verified' | 'root_not_trusted' | 'forged' | 'malformed';
    readonly kind: string;
    readonly environments: readonly string[];
    readonly subject_kid: string;
    readonly issued_at_ms: number;
    readonly log_entry: string;
    readonly leaf_hash_sha256: string;
  };
}

interface EntryCase {
  readonly about: string;
  readonly entry: LogEntry;
  readonly is_key_event: boolean;
}

const folder = new URL('../../../spec/vectors/key-events/', import.meta.url);
const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
const cases = readdirSync(folder)
  .filter((file) => file !== 'entries.json')
  .map((file) => read(file) as EventCase);

async function standingOf({ statement, trust_policy }: EventCase): Promise<string> {
  try {
    const event = readKeyEvent(statement);
    const { roots } = parseTrustPolicy(utf8(trust_policy));
    const root = roots.find(({ keyId }) => keyId === event.rootKeyId);
    if (root === undefined) return 'root_not_trusted';
    return (await isMadeByRoot(event, root)) ? 'verified' : 'forged';
  } catch (error) {
    if (error instanceof CratonError) return 'malformed';
    throw error;
  }
}

describe('key events', () => {
  it('are there, of each standing', () => {
    expect(cases.length).toBeGreaterThanOrEqual(20);
    expect(new Set(cases.map(({ expected }) => expected.standing)).size).toBe(4);
  });

  it.each(cases)('$name: $about', async (given) => {
    const { statement, expected } = given;
    expect(await standingOf(given)).toBe(expected.standing);
    if (expected.standing === 'malformed') return;
    const event = readKeyEvent(statement);
    expect(event).toMatchObject({
      kind: expected.kind,
      environments: expected.environments,
      subjectKid: expected.subject_kid,
      issuedAtMs: expected.issued_at_ms,
    });
    const entry = encodeKeyEvent(event);
    expect(decodeUtf8(entry)).toBe(expected.log_entry);
    expect(encodeHex(leafHash(entry))).toBe(expected.leaf_hash_sha256);
  });

  const { entries } = read('entries.json') as { readonly entries: readonly EntryCase[] };
  it.each(entries)('$about', ({ entry, is_key_event }) => {
    expect(isKeyEventEntry(entry)).toBe(is_key_event);
  });
});
