import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeBase64, formatTime, parseTime, type Payload, streamTag } from '@craton/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  AuditWorld,
  exportText,
  type MadeExport,
  type MadeReceipt,
  MadeStream,
  type PrintedReport,
  STARTED_MS,
  TRUST,
  UNWITNESSED,
  writeAuditFiles,
} from '../../test/audit-world.ts';
import {
  craton,
  fakeContext,
  type FakeContext,
  jsonOf,
  type Ran,
} from '../../test/fake-context.ts';
import { forkOf, ORIGIN, type Served, serve, ServedLog } from '../../test/served-log.ts';
import { golden } from '../../test/signed-receipt.ts';

const FROM = formatTime(STARTED_MS);
const TO = formatTime(STARTED_MS + 60_000);
/** After the witness has signed, and within the attested window. */
const NOW_MS = parseTime('2026-11-22T00:00:00.000Z');

let context: FakeContext;
let world: AuditWorld;
let served: Served;

beforeEach(async () => {
  context = fakeContext({ now: () => NOW_MS });
  world = await AuditWorld.make();
  served = await serve(world.log);
});

interface Audited {
  readonly code: number;
  readonly report: PrintedReport;
}

function run(...flags: string[]): Promise<Ran> {
  const period = ['--from', FROM, '--to', TO];
  return craton(context, 'audit', 'export.jsonl', '--trust', 'trust.txt', ...period, ...flags);
}

async function audited(text: string, ...flags: string[]): Promise<Audited> {
  writeAuditFiles(context, text);
  return auditAgain('--log', served.url, ...flags);
}

async function auditAgain(...flags: string[]): Promise<Audited> {
  const ran = await run('--json', ...flags);
  const report = jsonOf(ran) as PrintedReport;
  if (!('checks' in report)) throw new Error(ran.out);
  return { code: ran.code, report };
}

const statusOf = ({ report }: Audited, line: string): string | undefined =>
  report.checks.find(({ id }) => id === line)?.status;
const detailOf = ({ report }: Audited, line: string): string | undefined =>
  report.checks.find(({ id }) => id === line)?.detail;
const statuses = ({ report }: Audited): Record<string, string> =>
  Object.fromEntries(report.checks.map(({ id, status }) => [id, status]));

describe('craton audit', () => {
  it('shows that nothing is wrong and nothing is missing', async () => {
    const found = await audited(exportText(world.export()));
    expect(found.report.exceptions).toMatchObject({ total: 0, by_code: {}, listed: [] });
    expect(new Set(Object.values(statuses(found)))).toEqual(new Set(['verified']));
    expect([found.code, found.report.outcome]).toEqual([0, 'reached']);
    expect(found.report.totals).toMatchObject({
      receipts: 18,
      by_type: { boundary_decision: 12, execution_confirmation: 6 },
      verdicts: { allow: 12, constrain: 0, reject: 0 },
      amounts: 12,
      sum_usd: '6000000.00',
      verdicts_recomputed: 12,
    });
    expect(found.report.log).toMatchObject({
      size: 19,
      witnesses: { cosigned: ['witness.example'], independent: ['witness.example'] },
      receipts_in_log: 18,
      receipts_pending: 0,
      entries_of_others: 0,
    });
    expect(found.report.rates).toMatchObject({
      signatures_per_s: expect.any(Number),
      merkle_range_per_s: expect.any(Number),
    });
  });

  it('takes the log’s tree in the place of signatures where that is asked for', async () => {
    const exported = world.export();
    const { receipt } = exported.receipts[0]?.[3] as MadeReceipt['line'];
    exported.receipts[0]![3] = {
      ...exported.receipts[0]![3],
      receipt: { ...receipt, signature: Buffer.alloc(64).toString('base64') },
    };
    const text = exportText(exported);
    expect((await audited(text)).report.exceptions.by_code).toEqual({ signature_invalid: 1 });
    const merkle = await audited(text, '--merkle');
    expect([merkle.code, statusOf(merkle, 'signatures')]).toEqual([0, 'verified']);
    expect(detailOf(merkle, 'signatures')).toContain('Not checked one by one');
    expect((await run('--merkle')).code).toBe(64);
  });

  it('says without a log, plainly, that it shows no completeness', async () => {
    writeAuditFiles(context, exportText(world.export()));
    const found = await auditAgain();
    expect([found.code, found.report.outcome]).toEqual([2, 'insufficient']);
    expect(statusOf(found, 'completeness')).toBe('absent');
    expect(statusOf(found, 'signatures')).toBe('verified');
    expect((await run()).out).toContain('Nobody can see whether receipts are missing');
  });

  it('says that a log without witnesses speaks for itself alone', async () => {
    writeAuditFiles(context, exportText(world.export()), UNWITNESSED);
    const found = await auditAgain('--log', served.url);
    expect(found.code).toBe(2);
    expect(statuses(found)).toMatchObject({ witnesses: 'absent', completeness: 'asserted' });
    expect(detailOf(found, 'witnesses')).toContain('Not witnessed');
  });

  it('counts witnesses, and those that are not the issuer’s', async () => {
    const text = exportText(world.export());
    writeAuditFiles(context, text, `${TRUST}issuer-operated witness.example\n`);
    const found = await auditAgain('--log', served.url);
    expect(detailOf(found, 'witnesses')).toBe(
      '1 of 1 witnesses cosigned, 0 of them not the issuer’s.',
    );
    writeAuditFiles(
      context,
      text,
      `${TRUST}issuer-operated witness.example\nrequire witnesses:1\n`,
    );
    expect((await auditAgain('--log', served.url)).code).toBe(2);
  });

  it('reads the log from a folder', async () => {
    writeAuditFiles(context, exportText(world.export()));
    for (const [path, bytes] of world.log.files) {
      const file = join(context.cwd, 'log', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    expect((await auditAgain('--log', 'log')).code).toBe(0);
    expect((await run('--log', 'nowhere')).code).toBe(2);
  });

  it('compares with the checkpoint of the export when the log has grown since', async () => {
    const exported = world.export();
    for (let at = 20; at < 30; at++) world.decisions.decide(at);
    await world.publish();
    expect((await audited(exportText(exported))).code).toBe(0);
    // Without it everything that the log has now must be in the export.
    delete exported.header['checkpoint'];
    expect((await audited(exportText(exported))).report.exceptions.by_code).toMatchObject({
      leaf_beyond: 10,
    });
  });

  it('waits for receipts that are not due yet, and blames those that are', async () => {
    world.decisions.decide(50);
    const found = await audited(exportText(world.export()));
    // The witness signed in 2027: the receipt should be there.
    expect(found.report.exceptions.by_code).toEqual({ promise_broken: 1 });
    expect(statusOf(found, 'promises')).toBe('failed');
    await world.log.publish(world.log.root);
    writeAuditFiles(context, exportText(world.export()), UNWITNESSED);
    const later = await auditAgain('--log', served.url);
    expect(later.report.log).toMatchObject({ receipts_in_log: 18, receipts_pending: 1 });
    expect(later.code).toBe(2);
  });

  it('counts gaps that were disclosed apart from those that were not', async () => {
    const disclosures = new MadeStream('gap_disclosure', 'disclosures');
    disclosures.disclose(14, 5, 6);
    await world.log.grow(
      disclosures.receipts.map(({ entry }) => entry),
      { witnessed: true },
    );
    const exported = world.export([...world.streams, disclosures]);
    exported.receipts[0]!.splice(4, 2);
    const found = await audited(exportText(exported));
    expect(found.report.exceptions.total).toBe(0);
    expect(found.report.disclosed_gaps).toMatchObject([
      { from_seq: 5, to_seq: 6, reason: 'restored_from_backup' },
    ]);
    exported.receipts[0]!.splice(4, 1);
    const more = await audited(exportText(exported));
    expect(more.report.exceptions.listed).toMatchObject([
      { code: 'seq_missing', from_seq: 7, to_seq: 7 },
    ]);
  });

  it('counts deleted openings apart, and recomputes the other verdicts', async () => {
    const exported = world.export();
    delete exported.receipts[0]![2]!['opening'];
    const found = await audited(exportText(exported));
    expect(found.report.totals).toMatchObject({ openings_deleted: 1, verdicts_recomputed: 11 });
    expect([found.code, statusOf(found, 'verdicts')]).toEqual([0, 'asserted']);
  });

  it('takes an export of a period by the receipts around it', async () => {
    const whole = world.export();
    const from = formatTime(STARTED_MS + 3_000);
    const to = formatTime(STARTED_MS + 8_000);
    const part: MadeExport = {
      ...whole,
      header: { ...whole.header, from, to },
      // One before and one after, of each stream.
      receipts: [whole.receipts[0]!.slice(2, 9), whole.receipts[1]!.slice(1, 5)],
    };
    writeAuditFiles(context, exportText(part));
    const period = ['--from', from, '--to', to, '--log', served.url, '--json'];
    const command = ['audit', 'export.jsonl', '--trust', 'trust.txt', ...period];
    const report = jsonOf(await craton(context, ...command)) as PrintedReport;
    expect(report.exceptions.by_code).toEqual({});
    expect([report.outcome, report.totals['receipts']]).toEqual(['reached', 7]);
    part.receipts[0]!.shift();
    writeAuditFiles(context, exportText(part));
    const shorter = jsonOf(await craton(context, ...command)) as PrintedReport;
    expect(shorter.exceptions.listed).toMatchObject([
      { code: 'seq_missing', from_seq: 1, to_seq: 3 },
    ]);
    // A period that the export does not cover.
    expect((await run('--log', served.url)).code).toBe(3);
  });

  it('writes one page to print', async () => {
    writeAuditFiles(context, exportText(world.export()));
    const { err } = await run('--log', served.url, '--workpaper', 'page.html', '--seed', '<7>');
    expect(err).toContain('page.html');
    const page = readFileSync(join(context.cwd, 'page.html'), 'utf8');
    for (const words of [
      'Audit workpaper: Holds',
      '6000000.00',
      'None.',
      '&#60;7&#62;',
      'Limits',
    ]) {
      expect(page).toContain(words);
    }
    expect(page).not.toMatch(/<script|https?:\/\/(?!127)|src=|@import/);
    expect(page.match(/<tr><td>(?:req_|sha256)/g)).toHaveLength(10);
  });

  it('is bad input where there is nothing to audit', async () => {
    writeAuditFiles(context, 'no export\n');
    expect((await run()).code).toBe(3);
    writeAuditFiles(context, exportText(world.export()));
    expect(
      (
        await craton(
          context,
          'audit',
          'none.jsonl',
          '--trust',
          'trust.txt',
          '--from',
          FROM,
          '--to',
          TO,
        )
      ).code,
    ).toBe(3);
    expect((await run('--checkpoint', 'trust.txt', '--log', served.url)).code).toBe(3);
    expect(existsSync(join(context.cwd, 'page.html'))).toBe(false);
  });
});

describe('a key that is compromised or over', () => {
  const { kid } = golden.expected.jwk;
  const cutOff = (size: number, root: Uint8Array): string =>
    `compromised ${kid} before ${ORIGIN} ${size} ${encodeBase64(root)}\n`;

  async function withPolicy(policy: string, ...flags: string[]): Promise<Audited> {
    writeAuditFiles(context, exportText(world.export()), policy);
    return auditAgain('--log', served.url, ...flags);
  }

  it('counts below a cut-off that witnesses saw', async () => {
    const found = await withPolicy(TRUST + cutOff(19, world.log.root));
    expect([found.code, statusOf(found, 'key_status')]).toEqual([0, 'verified']);
  });

  it('does not count from the cut-off on', async () => {
    const older = await AuditWorld.make(8);
    expect(older.log.treeSize).toBe(13);
    const policy = TRUST + cutOff(13, older.log.root);
    const found = await withPolicy(policy);
    expect(found.report.exceptions.by_code).toEqual({ key_compromised: 6 });
    const places = found.report.exceptions.listed.map(({ index }) => Number(index));
    expect(places.sort((a, b) => a - b)).toEqual([13, 14, 15, 16, 17, 18]);
  });

  it('shows nothing where no witness saw the checkpoint of the cut-off', async () => {
    const found = await withPolicy(UNWITNESSED + cutOff(19, world.log.root));
    expect([found.code, statusOf(found, 'key_status')]).toEqual([2, 'asserted']);
    expect(detailOf(found, 'key_status')).toContain('the cut-off shows nothing');
    expect(found.report.limits.join(' ')).toContain('cut-off of a compromised key shows nothing');
    expect((await run('--log', served.url)).out).toContain('the cut-off shows nothing');
    // A checkpoint that witnesses saw, but of another size.
    const exported = world.export();
    for (let at = 20; at < 22; at++) world.decisions.decide(at);
    const { root } = world.log;
    await world.publish();
    exported.header = world.export().header;
    const later = await withPolicy(TRUST + cutOff(19, root));
    expect(statusOf(later, 'key_status')).toBe('failed');
    expect(later.report.exceptions.by_code).toEqual({ key_compromised: 2 });
  });

  it('is refused where the cut-off is of another history, and without a log', async () => {
    const wrong = await withPolicy(TRUST + cutOff(19, new Uint8Array(32).fill(1)));
    expect(wrong.report.exceptions.by_code).toEqual({ cut_off_mismatch: 1, key_compromised: 18 });
    writeAuditFiles(context, exportText(world.export()), TRUST + cutOff(19, world.log.root));
    expect((await auditAgain()).report.exceptions.by_code).toEqual({ key_compromised: 18 });
  });

  it('needs a checkpoint of its own time once its window is over', async () => {
    context = fakeContext({ now: () => parseTime('2027-02-01T00:00:00.000Z') });
    const found = await withPolicy(TRUST);
    // The witness signed two weeks after the window had ended.
    expect(found.report.exceptions.by_code).toEqual({ key_expired: 18 });
    expect([found.code, statusOf(found, 'key_status')]).toEqual([1, 'failed']);
  });
});

type Case = readonly [
  title: string,
  code: string,
  /** Answers the text where it is not that of the changed export. */
  change: (exported: MadeExport) => unknown,
];

/** Changes the log so that it holds other entries, and is signed and witnessed anew. */
async function relog(change: (entries: Uint8Array[]) => void, exported: MadeExport): Promise<void> {
  const log = new ServedLog();
  const entries = [...world.log.entries];
  change(entries);
  await log.grow(entries, { witnessed: true });
  served.log = log;
  exported.header['checkpoint'] = log.note;
}

const CASES: readonly Case[] = [
  ['its first five receipts', 'seq_missing', ({ receipts }) => void receipts[0]!.splice(0, 5)],
  ['its last five receipts', 'seq_missing', ({ receipts }) => void receipts[0]!.splice(-5)],
  [
    'its last five receipts, which the header does not count either',
    'leaf_beyond',
    ({ header, receipts }) => {
      receipts[0]!.splice(-5);
      const [listed] = header['streams'] as { epochs: object[] }[];
      listed!.epochs = [{ epoch: 1, last_seq: 7 }];
    },
  ],
  [
    'a stream',
    'entries_unexplained',
    ({ header, receipts }) => {
      receipts.pop();
      (header['streams'] as unknown[]).pop();
    },
  ],
  ['the receipts of a stream', 'seq_missing', ({ receipts }) => void receipts[1]!.splice(0)],
  ['one receipt in the middle', 'seq_missing', ({ receipts }) => void receipts[0]!.splice(4, 1)],
];

describe('an export without', () => {
  it.each(CASES)('%s is refused', refuse);
});

const WRONG: readonly Case[] = [
  ['one seq twice', 'seq_twice', ({ receipts: [own] }) => void own!.splice(4, 0, own![3]!)],
  [
    'two receipts out of order',
    'seq_order',
    ({ receipts: [own] }) => void own!.splice(4, 2, own![5]!, own![4]!),
  ],
  ['a file that breaks off', 'export_truncated', (exported) => exportText(exported).slice(0, -200)],
  [
    'a file that breaks off after a line',
    'export_truncated',
    (exported) => exportText(exported).split('\n').slice(0, -2).join('\n') + '\n',
  ],
  [
    'an edited last line',
    'trailer_mismatch',
    (exported) => exportText(exported).replace('"receipts":12', '"receipts":11'),
  ],
  [
    'another digest',
    'trailer_mismatch',
    (exported) =>
      exportText(exported).replace(/"digest":"sha256:[0-9a-f]{8}/, '"digest":"sha256:00000000'),
  ],
  [
    'bytes changed after the export',
    'trailer_mismatch',
    (exported) => exportText(exported).replace('"exported_at":"2026', '"exported_at":"2027'),
  ],
  [
    'a line that is no JSON',
    'line_malformed',
    (exported) => exportText(exported).replace('{"receipt"', '{receipt'),
  ],
  [
    'a path after the receipts',
    'line_order',
    (exported) => void exported.receipts[1]!.push(exported.paths[0]!),
  ],
  [
    'a receipt of another environment',
    'other_environment',
    ({ receipts }) => {
      const issuer = 'other.example';
      const log = { origin: `${issuer}/development`, merge_by: formatTime(STARTED_MS + 3_611_000) };
      const made = new MadeStream('boundary_decision', 'decisions').decide(11, {
        issuer,
        log,
      });
      receipts[0]!.push(made.line);
    },
  ],
  [
    'a signature that does not fit',
    'signature_invalid',
    ({ receipts: [own] }) => {
      const [first, second] = [own![0], own![1]] as MadeReceipt['line'][];
      own![0] = { ...first, receipt: { ...first!.receipt, signature: second!.receipt.signature } };
    },
  ],
  [
    'a receipt that cannot be read',
    'payload_invalid',
    ({ receipts: [own] }) => {
      own![0] = {
        ...own![0],
        receipt: { ...(own![0] as MadeReceipt['line']).receipt, payload_b64: 'e30=' },
      };
    },
  ],
  [
    'the opening of another receipt',
    'opening_mismatch',
    ({ receipts: [own] }) => void (own![0] = { ...own![0], opening: own![1]!['opening'] }),
  ],
  [
    'two entries for one stream',
    'stream_twice',
    ({ header, receipts }) => {
      const twin = new MadeStream('boundary_decision', 'twin').listed();
      (header['streams'] as unknown[]).push({ ...twin, epochs: [{ epoch: 1, last_seq: 0 }] });
      receipts.push([]);
    },
  ],
  [
    'a receipt with another value of its stream',
    'stream_mismatch',
    ({ receipts }) => {
      const twin = new MadeStream('boundary_decision', 'twin');
      twin.seq = 12;
      receipts[0]!.splice(11, 1, twin.decide(11).line);
    },
  ],
  [
    'a stream value that is not of its key',
    'stream_mismatch',
    ({ header }) => {
      const [listed] = header['streams'] as { stream_key: string }[];
      listed!.stream_key = 'A'.repeat(43);
    },
  ],
  [
    'a receipt of a stream that is not listed',
    'stream_unknown',
    ({ receipts }) =>
      void receipts[1]!.push(new MadeStream('gap_disclosure', 'new').disclose(9, 1, 1).line),
  ],
  [
    'a wrong place in the log',
    'index_mismatch',
    ({ receipts: [own] }) => void (own![0] = { ...own![0], log: { index: 7 } }),
  ],
  [
    'a receipt that is logged under another tag',
    'leaf_elsewhere',
    (exported) => {
      const [, , , fourth] = world.decisions.receipts;
      const text = Buffer.from(fourth!.entry).toString();
      const moved = Buffer.from(text.replace(/"tag":"[^"]{43}/, `"tag":"${'B'.repeat(43)}`));
      return relog((entries) => {
        const at = entries.findIndex((entry) => Buffer.from(entry).equals(fourth!.entry));
        entries[at] = moved;
      }, exported);
    },
  ],
  [
    'a receipt that the log does not have',
    'leaf_missing',
    (exported) => relog((entries) => void entries.splice(4, 1), exported),
  ],
  [
    'a receipt that the log has twice',
    'leaf_twice',
    (exported) => relog((entries) => void entries.push(entries[4]!), exported),
  ],
  [
    'another receipt in the log at its place',
    'leaf_mismatch',
    (exported) => {
      const other = new MadeStream('boundary_decision', 'decisions');
      other.seq = 4;
      const { entry } = other.decide(500);
      const [, , , fourth] = world.decisions.receipts;
      return relog((entries) => {
        entries[entries.findIndex((own) => Buffer.from(own).equals(fourth!.entry))] = entry;
      }, exported);
    },
  ],
  [
    'the beginning of another epoch in the log',
    'leaf_beyond',
    async (exported) => {
      const [first] = world.decisions.receipts;
      const text = Buffer.from(first!.entry).toString();
      const key = Buffer.from(world.decisions.identity.stream_key, 'base64url');
      const tag = streamTag(key, { stream: world.decisions.stream, epoch: 2, seq: 1 });
      const entry = Buffer.from(text.replace(/"tag":"[^"]{43}/, `"tag":"${tag}`));
      await relog((entries) => void entries.push(entry), exported);
    },
  ],
  [
    'entries of nobody',
    'entries_unexplained',
    (exported) =>
      relog((entries) => {
        const text = Buffer.from(entries[0]!).toString();
        entries.push(Buffer.from(text.replace(/"tag":"[^"]{43}/, `"tag":"${'C'.repeat(43)}`)));
      }, exported),
  ],
  [
    'a log that forked',
    'log_inconsistent',
    async () => {
      served.log = await forkOf(world.log, 9, 30);
      await served.log.publish(served.log.root, { witnessed: true });
    },
  ],
  [
    'a log that has gone back',
    'log_inconsistent',
    async () => {
      served.log = await forkOf(world.log, 9, 9);
    },
  ],
  [
    'a log whose entries were changed',
    'log_inconsistent',
    () => {
      world.log.tamper('tile/entries/000.p/19', 40);
    },
  ],
  [
    'a receipt that saw another history',
    'seen_conflict',
    (exported) => {
      const seen = { size: 3, root: Buffer.alloc(32, 1).toString('base64') };
      const log = (payload: Payload) => ({ log: { ...payload.log, seen } });
      return seenBy(exported, log);
    },
  ],
  [
    'a receipt that saw more than there is',
    'seen_conflict',
    (exported) => {
      const seen = { size: 3000, root: Buffer.alloc(32, 1).toString('base64') };
      return seenBy(exported, (payload) => ({ log: { ...payload.log, seen } }));
    },
  ],
];

/** Adds a decision whose `log` says what it has seen, and logs it. */
async function seenBy(
  exported: MadeExport,
  logOf: (payload: Payload) => Partial<Payload>,
): Promise<string> {
  const plain = new MadeStream('boundary_decision', 'decisions');
  plain.seq = 13;
  world.decisions.decide(13, logOf(plain.decide(13).payload));
  await world.publish();
  return exportText({ ...world.export(), paths: exported.paths });
}

describe('an export with', () => {
  it.each(WRONG)('%s is refused', refuse);

  it('roots that receipts really saw is fine', async () => {
    const text = await seenBy(world.export(), (payload) => ({
      log: { ...payload.log, seen: world.log.seen },
    }));
    expect((await audited(text)).report.exceptions.by_code).toEqual({});
  });
});

async function refuse(_title: string, code: string, change: Case[2]): Promise<void> {
  const exported = world.export();
  const given = await change(exported);
  const text = typeof given === 'string' ? given : exportText(exported);
  const found = await audited(text);
  expect(Object.keys(found.report.exceptions.by_code)).toContain(code);
  expect([found.code, found.report.outcome]).toEqual([1, 'failed']);
  const listed = found.report.exceptions.listed.find((exception) => exception['code'] === code);
  expect(listed?.['detail']).toMatch(/^[A-Z].*\.$/);
}
