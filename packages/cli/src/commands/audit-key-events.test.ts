/** An audit and the statements of roots that are entries of the log: `spec/key-events.md`, section 4. */
import {
  composeAttestation,
  composeKeyCompromise,
  encodeBase64,
  encodeKeyEvent,
  formatTime,
  type JsonValue,
  parseTime,
  readKeyEvent,
  sha256,
  thumbprint,
  utf8,
} from '@craton/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  AuditWorld,
  exportText,
  GOLDEN_ATTESTATION,
  type MadeExport,
  type PrintedReport,
  STARTED_MS,
  writeAuditFiles,
} from '../../test/audit-world.ts';
import { craton, fakeContext, type FakeContext, jsonOf } from '../../test/fake-context.ts';
import { serve } from '../../test/served-log.ts';
import { keyPairOf } from '../keys/key-pair.ts';

const NOW_MS = parseTime('2026-11-22T00:00:00.000Z');
/** The root of the golden issuer, whose seed is published. */
const ROOT = keyPairOf(new Uint8Array(32).fill(1));
const SIGNING = keyPairOf(new Uint8Array(32).fill(2));

interface Listed {
  readonly statement: JsonValue;
  log?: { index: number };
}

let context: FakeContext;
let world: AuditWorld;

beforeEach(async () => {
  context = fakeContext({ now: () => NOW_MS });
  world = await AuditWorld.make();
});

async function audit(exported: MadeExport = world.export()): Promise<PrintedReport> {
  writeAuditFiles(context, exportText(exported));
  return auditAgain();
}

async function auditAgain(...flags: string[]): Promise<PrintedReport> {
  const { url } = await serve(world.log);
  const period = ['--from', formatTime(STARTED_MS), '--to', formatTime(STARTED_MS + 60_000)];
  const command = ['audit', 'export.jsonl', '--trust', 'trust.txt', '--json'];
  const log = flags.includes('--without-log') ? [] : ['--log', url];
  return jsonOf(await craton(context, ...command, ...log, ...period)) as PrintedReport;
}

const keyStatus = ({ checks }: PrintedReport): string | undefined =>
  checks.find(({ id }) => id === 'key_status')?.status;

const listedIn = ({ header }: MadeExport): Listed[] => header['key_events'] as Listed[];

/** Says of a key, or of the golden one, what the golden root says unless another one speaks. */
function attest({ root = ROOT, rootKeyId = 'golden-root-1', label = '' } = {}): JsonValue {
  const subject = label === '' ? SIGNING : keyPairOf(sha256(utf8(label)));
  const terms = {
    rootKeyId,
    rootPublicKey: root.publicKey,
    subjectPublicKey: subject.publicKey,
    issuer: 'golden.example',
    environments: ['development'],
    issuedAtMs: STARTED_MS,
    notBeforeMs: STARTED_MS - 1,
    notAfterMs: STARTED_MS + 86_400_000,
  };
  return { ...composeAttestation(terms, root.sign) };
}

describe('an audit of a log with key events', () => {
  it('verifies that the attestation stands before the receipts of its key', async () => {
    const report = await audit();
    expect(report.exceptions.total).toBe(0);
    expect([report.outcome, keyStatus(report)]).toEqual(['reached', 'verified']);
    expect(report.log).toMatchObject({ key_events: 1, entries_of_others: 0, receipts_in_log: 18 });
  });

  it('takes those of roots that the policy does not name as explained, and no more', async () => {
    const stranger = keyPairOf(new Uint8Array(32).fill(77));
    await world.logEvent(attest({ root: stranger, rootKeyId: 'another-root', label: 'x' }));
    const report = await audit();
    expect([report.outcome, report.exceptions.total]).toEqual(['reached', 0]);
    expect(report.log).toMatchObject({ key_events: 2 });
  });

  it('asserts where the log is older than its key events, and verifies once they are in it', async () => {
    world = await AuditWorld.make(12, { attested: false });
    const older = await audit();
    expect([older.outcome, keyStatus(older)]).toEqual(['insufficient', 'asserted']);
    expect(older.checks.find(({ id }) => id === 'key_status')?.detail).toContain(
      'the attestations of 1 signing keys',
    );
    await world.logEvent(GOLDEN_ATTESTATION);
    const newer = await audit();
    expect([newer.outcome, keyStatus(newer)]).toEqual(['reached', 'verified']);
  });

  it('asserts where a statement that cuts off a key is not in the log up to the checkpoint', async () => {
    const made = world.export();
    const { key_compromises } = statementOf();
    made.header['key_compromises'] = key_compromises;
    const before = await audit(made);
    expect(before.exceptions.by_code).toEqual({});
    expect(keyStatus(before)).toBe('asserted');
    await world.logEvent(key_compromises[0] ?? null);
    const after = await audit({
      ...world.export(),
      header: { ...world.export().header, key_compromises },
    });
    expect([keyStatus(after), after.exceptions.total]).toEqual(['verified', 0]);
  });

  it('compares nothing of it without a log', async () => {
    world = await AuditWorld.make(12, { attested: false });
    writeAuditFiles(context, exportText(world.export()));
    expect(keyStatus(await auditAgain('--without-log'))).toBe('verified');
  });
});

/** A cut-off of a key that signed nothing here, at the checkpoint of now. */
function statementOf(): { readonly key_compromises: JsonValue[] } {
  const statement = composeKeyCompromise(
    {
      rootKeyId: 'golden-root-1',
      rootPublicKey: ROOT.publicKey,
      issuer: 'golden.example',
      environment: 'development',
      kid: thumbprint(keyPairOf(sha256(utf8('lost'))).publicKey),
      issuedAtMs: STARTED_MS,
      size: world.log.treeSize,
      root: encodeBase64(world.log.root),
      checkpoint: world.log.note,
    },
    ROOT.sign,
  );
  return { key_compromises: [{ ...statement }] };
}

type Case = readonly [title: string, code: string, change: () => Promise<MadeExport> | MadeExport];

function listing(change: (listed: Listed[]) => unknown): MadeExport {
  const exported = world.export();
  change(listedIn(exported));
  return exported;
}

const CASES: readonly Case[] = [
  [
    'a listed statement that has not its form',
    'key_event_invalid',
    () => listing((listed) => listed.push({ statement: { object: 'x' } })),
  ],
  [
    'a listed statement under another signature',
    'key_event_invalid',
    () =>
      listing((listed) => {
        const signature = encodeBase64(new Uint8Array(64));
        listed[0] = { ...listed[0], statement: { ...(GOLDEN_ATTESTATION as object), signature } };
      }),
  ],
  [
    'an event that is told to stand elsewhere',
    'key_event_misplaced',
    () => listing((listed) => (listed[0]!.log = { index: 1 })),
  ],
  [
    'an event that is told beyond the checkpoint and stands before it',
    'key_event_misplaced',
    () => listing((listed) => (listed[0]!.log = { index: 1_000 })),
  ],
  [
    'a listed event that the log does not have',
    'key_event_misplaced',
    () =>
      listing((listed) => listed.push({ statement: attest({ label: 'y' }), log: { index: 3 } })),
  ],
  [
    'an event with two entries',
    'key_event_misplaced',
    async () => {
      const again = encodeKeyEvent(readKeyEvent(GOLDEN_ATTESTATION));
      await world.log.grow([again], { witnessed: true });
      return world.export();
    },
  ],
  [
    'a key event of the log that the export does not list',
    'key_event_unexplained',
    async () => {
      await world.log.grow([encodeKeyEvent(readKeyEvent(attest({ label: 'z' })))], {
        witnessed: true,
      });
      return world.export();
    },
  ],
  [
    'an export that lists no key events at all',
    'key_event_unexplained',
    () => {
      const exported = world.export();
      delete exported.header['key_events'];
      return exported;
    },
  ],
  [
    'a key that signed before its attestation was in a log of key events',
    'key_event_missing',
    async () => {
      world = new AuditWorld();
      await world.logEvent(attest({ label: 'an older key' }));
      world.decisions.decide(0);
      await world.publish();
      await world.logEvent(GOLDEN_ATTESTATION);
      return world.export();
    },
  ],
  [
    'a key whose attestation is not in a log of key events',
    'key_event_missing',
    async () => {
      world = new AuditWorld();
      await world.logEvent(attest({ label: 'an older key' }));
      world.decisions.decide(0);
      await world.publish();
      return world.export();
    },
  ],
];

describe('an audit refuses', () => {
  it.each(CASES)('%s', async (_title, code, change) => {
    const report = await audit(await change());
    expect(Object.keys(report.exceptions.by_code)).toContain(code);
    expect([report.outcome, keyStatus(report)]).toEqual(['failed', 'failed']);
  });

  it('no event that waits, and none whose place is not told', async () => {
    const waiting = { statement: attest({ label: 'waits' }) };
    const later = { statement: attest({ label: 'later' }), log: { index: world.log.treeSize } };
    const report = await audit(
      listing((listed) => {
        delete listed[0]!.log;
        listed.push(waiting, later);
      }),
    );
    expect([report.outcome, report.exceptions.total]).toEqual(['reached', 0]);
  });

  it('an export that lists what is no list of statements', async () => {
    for (const key_events of [{}, [1], [{ statement: {}, log: { index: -1 } }], [{ log: {} }]]) {
      const made = world.export();
      writeAuditFiles(context, exportText({ ...made, header: { ...made.header, key_events } }));
      const ran = await craton(
        context,
        ...['audit', 'export.jsonl', '--trust', 'trust.txt', '--json'],
        ...['--from', formatTime(STARTED_MS), '--to', formatTime(STARTED_MS + 60_000)],
      );
      expect(ran.code).toBe(3);
    }
  });
});
