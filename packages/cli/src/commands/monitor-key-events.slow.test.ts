/** A monitor and the statements of roots in the log that it follows: `spec/key-events.md`, section 5. */
import {
  composeAttestation,
  encodeKeyEvent,
  encodeLogEntry,
  formatVerifierKey,
  type JsonValue,
  parseTime,
  readKeyEvent,
} from '@craton/protocol';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { craton, fakeContext, type FakeContext, jsonOf } from '../../test/fake-context.ts';
import { logSigner, serve, ServedLog } from '../../test/served-log.ts';
import { golden, signedReceipt, trustPolicy } from '../../test/signed-receipt.ts';
import { keyPairOf } from '../keys/key-pair.ts';

const NOW_MS = parseTime(golden.minimal.checked_at);
const ATTESTATION = golden.minimal.bundle.attestation as unknown as JsonValue;
const { kid: subjectKid } = golden.expected.jwk;

interface Report {
  readonly outcome: string;
  readonly key_events: { readonly total: number; readonly listed: readonly object[] };
}

let context: FakeContext;
let log: ServedLog;
let url: string;

beforeEach(async () => {
  context = fakeContext({ now: () => NOW_MS });
  log = new ServedLog();
  ({ url } = await serve(log));
  const policy = trustPolicy(`log ${formatVerifierKey(logSigner().key)}`);
  writeFileSync(join(context.cwd, 'trust.txt'), policy);
  const keys = { keys: [golden.expected.jwk], attestations: [ATTESTATION] };
  writeFileSync(join(context.cwd, 'keys.json'), JSON.stringify(keys));
});

const run = (...flags: string[]) =>
  craton(
    context,
    ...['monitor', url, '--once', '--trust', 'trust.txt', '--state', 'state.json', ...flags],
  );

const look = async (...flags: string[]): Promise<Report> =>
  jsonOf(await run('--json', ...flags)) as Report;

/** What a root says of a key that nobody has heard of. */
function statementBy(rootKeyId: string, seed: number): JsonValue {
  const root = keyPairOf(new Uint8Array(32).fill(seed));
  const terms = {
    rootKeyId,
    rootPublicKey: root.publicKey,
    subjectPublicKey: keyPairOf(new Uint8Array(32).fill(99)).publicKey,
    issuer: 'golden.example',
    environments: ['development'],
    issuedAtMs: NOW_MS,
    notBeforeMs: NOW_MS,
    notAfterMs: NOW_MS,
  };
  return { ...composeAttestation(terms, root.sign) };
}

const entryOf = (statement: JsonValue): Uint8Array => encodeKeyEvent(readKeyEvent(statement));

describe('a monitor names key events of the roots that it trusts', () => {
  it('once each, when they are new, with what the statement says', async () => {
    const { entry } = readKeyEvent(ATTESTATION);
    await log.grow([entryOf(ATTESTATION), signedReceipt({ seq: 1 }).entry]);
    const report = await look('--keys', 'keys.json');
    expect(report.outcome).toBe('reached');
    expect(report.key_events).toEqual({
      total: 1,
      listed: [
        {
          index: 0,
          digest: entry.digest,
          root_key_id: 'golden-root-1',
          kind: 'key_attested',
          subject_kid: subjectKid,
        },
      ],
    });
    await log.grow([signedReceipt({ seq: 2 }).entry]);
    expect((await look('--keys', 'keys.json')).key_events).toEqual({ total: 0, listed: [] });
  });

  it('and asks about those whose statement it was not given', async () => {
    await log.grow([entryOf(ATTESTATION), entryOf(statementBy('golden-root-1', 1))]);
    const { out, code } = await run('--keys', 'keys.json');
    expect(code).toBe(0);
    expect(out).toContain(`Key event at 0, root golden-root-1: attests the key ${subjectKid}.`);
    expect(out).toMatch(/Key event at 1, root golden-root-1: a statement that is not among/);
    const bare = await fresh();
    expect(bare.key_events.listed).toMatchObject([{ index: 0 }, { index: 1 }]);
    expect(JSON.stringify(bare.key_events)).not.toContain('subject_kid');
  });

  it('and no word about those of others, or entries that only look like one', async () => {
    const { entry } = readKeyEvent(ATTESTATION);
    await log.grow([
      entryOf(statementBy('another-root', 7)),
      encodeLogEntry({ ...entry, tag: 'A'.repeat(43) }),
      new TextEncoder().encode('an entry of no known form'),
    ]);
    const report = await look();
    expect([report.outcome, report.key_events.total]).toEqual(['reached', 0]);
  });

  it('and does not believe a statement that its root did not make', async () => {
    const forged = { ...(statementBy('golden-root-1', 1) as object), signature: zeros() };
    writeFileSync(
      join(context.cwd, 'keys.json'),
      JSON.stringify({ keys: [golden.expected.jwk], attestations: [forged, { object: 'x' }] }),
    );
    await log.grow([entryOf(statementBy('golden-root-1', 1))]);
    const { key_events } = await look('--keys', 'keys.json');
    expect(key_events.total).toBe(1);
    expect(key_events.listed[0]).not.toHaveProperty('kind');
  });

  it('and counts those that are too many to list', async () => {
    const many = Array.from({ length: 101 }, () => entryOf(ATTESTATION));
    await log.grow(many);
    expect((await run()).out).toContain('101 key events in all');
    const { key_events } = await fresh();
    expect([key_events.total, key_events.listed.length]).toEqual([101, 100]);
  });
});

const zeros = (): string => Buffer.alloc(64).toString('base64');

/** A look by a monitor that remembers nothing. */
const fresh = async (): Promise<Report> =>
  jsonOf(
    await craton(
      context,
      ...['monitor', url, '--once', '--trust', 'trust.txt', '--state', 'other.json', '--json'],
    ),
  ) as Report;
