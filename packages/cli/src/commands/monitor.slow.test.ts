import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeBase64,
  encodeBase64,
  formatTlogProof,
  formatVerifierKey,
  inclusionProof,
  leafHash,
  parseTime,
  verifyConsistency,
  verifyCheckpointUnder,
  parseTlogPolicy,
} from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { craton, fakeContext } from '../../test/fake-context.ts';
import {
  entryAt,
  forkOf,
  logSigner,
  ORIGIN,
  serve,
  type Served,
  ServedLog,
  witnessLine,
} from '../../test/served-log.ts';
import {
  golden,
  type ReceiptTerms,
  signedReceipt,
  trustPolicy,
} from '../../test/signed-receipt.ts';

const ISSUED_MS = parseTime(golden.minimal.checked_at);
const HOUR_MS = 3_600_000;
const logLine = `log ${formatVerifierKey(logSigner().key)}`;

interface Report {
  readonly outcome?: string;
  readonly code?: string;
  readonly message?: string;
  readonly checkpoint?: { readonly size: number; readonly root: string };
  readonly grown_from?: number;
  readonly witnesses?: object;
  readonly receipts?: unknown;
  readonly checkpoints?: readonly string[];
  readonly proof?: {
    readonly size1: number;
    readonly size2: number;
    readonly root1: string;
    readonly root2: string;
    readonly hashes: readonly string[];
  };
  readonly tile?: { readonly path: string };
}

/** A log at a size, and a monitor of it in a folder of its own. */
async function watched(treeSize: number, policyLines: readonly string[] = [logLine]) {
  const clock = { nowMs: ISSUED_MS };
  const context = fakeContext({ now: () => clock.nowMs });
  const log = new ServedLog();
  await log.growTo(treeSize);
  const served = await serve(log);
  writeFileSync(join(context.cwd, 'trust.txt'), trustPolicy(...policyLines));
  mkdirSync(join(context.cwd, 'receipts'));
  const flags = ['--trust', 'trust.txt', '--state', 'state.json'];
  const run = (...more: string[]) => craton(context, 'monitor', served.url, ...flags, ...more);
  return {
    clock,
    context,
    log,
    served,
    run,
    look: async (...more: string[]) => {
      const { code, out } = await run('--once', '--json', ...more);
      return { code, report: JSON.parse(out.split('\n')[0] ?? '') as Report };
    },
    putReceipt: (name: string, terms: ReceiptTerms = {}) => {
      const receipt = signedReceipt({ issuedAtMs: ISSUED_MS - 2 * HOUR_MS, ...terms });
      writeFileSync(join(context.cwd, 'receipts', name), JSON.stringify(receipt.bundle));
      return receipt;
    },
    /** What the last alarm wrote into its file. */
    evidence: (): Report => {
      const files = readdirSync(context.cwd).filter((name) => name.includes('.alarm-'));
      return JSON.parse(readFileSync(join(context.cwd, files.at(-1) ?? ''), 'utf8')) as Report;
    },
  };
}

const WITH_RECEIPTS = ['--receipts', 'receipts'];

/** The evidence of an alarm, checked as a stranger would: notes are signed, and the proof holds. */
async function assertEvidence(evidence: Report, signed: number): Promise<void> {
  expect(evidence.checkpoints).toHaveLength(signed);
  const policy = parseTlogPolicy(`${logLine}\nquorum none\n`);
  for (const note of evidence.checkpoints ?? []) await verifyCheckpointUnder(policy, note);
  if (evidence.proof === undefined) return;
  const { size1, size2, root1, root2, hashes } = evidence.proof;
  if (size1 === size2) return;
  const claim = {
    size1: BigInt(size1),
    size2: BigInt(size2),
    root1: decodeBase64(root1),
    root2: decodeBase64(root2),
    proof: hashes.map((text) => decodeBase64(text)),
  };
  expect(verifyConsistency(claim)).toBe(true);
}

describe('an honest log', () => {
  it('is in order at every size, and only what is new is read', async () => {
    const { log, served, look } = await watched(0);
    let before: number | undefined;
    for (const size of [0, 1, 3, 255, 256, 257, 511, 513, 70_000, 70_001]) {
      await log.growTo(size);
      served.asked.length = 0;
      const { code, report } = await look();
      expect([code, report]).toEqual([
        0,
        expect.objectContaining({
          outcome: 'reached',
          origin: ORIGIN,
          checkpoint: { size, root: encodeBase64(log.root) },
          ...(before !== undefined && { grown_from: before }),
        }),
      ]);
      before = size;
    }
    expect(served.asked.length).toBeLessThan(10);
    expect((await look()).report.grown_from).toBe(70_001);
  });

  it('may have dropped partial tiles that became full ones', async () => {
    const { log, look } = await watched(300);
    const checkpoint = log.files.get('checkpoint')!;
    await log.growTo(520);
    log.files.set('checkpoint', checkpoint);
    for (const path of log.files.keys())
      if (/0\/001\.p\/44$|s\/001\.p/.test(path)) log.files.delete(path);
    expect((await look()).code).toBe(0);
  });

  it('is told in words, and that it is not witnessed', async () => {
    const { run } = await watched(300);
    const { code, out } = await run('--once');
    expect(code).toBe(0);
    expect(out).toContain(`${ORIGIN}: 300 entries, root `);
    expect(out).toContain('Not witnessed');
  });
});

describe('a log that does not answer', () => {
  it.each<[string, (served: Served) => void]>([
    ['at all', (served) => (served.status = 503)],
    ['without an API key', (served) => (served.apiKey = 'craton_bnd_key')],
    ['for a bundle', ({ log }) => log.files.delete('tile/entries/000')],
    ['for a tile', ({ log }) => log.files.delete('tile/0/001.p/44')],
    ['for a tile of a higher level', ({ log }) => log.files.delete('tile/1/000.p/1')],
    ['with a checkpoint', ({ log }) => log.files.delete('checkpoint')],
  ])('%s: not enough, and the state is kept', async (_, change) => {
    const { log, served, look, context } = await watched(3);
    await look();
    const state = readFileSync(join(context.cwd, 'state.json'));
    await log.growTo(300);
    change(served);
    const { code, report } = await look();
    expect([code, report.code]).toEqual([2, 'log_unavailable']);
    expect(readFileSync(join(context.cwd, 'state.json'))).toEqual(state);
  });

  it('is one that nobody listens for', async () => {
    const { context } = await watched(3);
    const args = ['--trust', 'trust.txt', '--state', 'state.json', '--once'];
    const { code, err } = await craton(context, 'monitor', 'http://127.0.0.1:1/log', ...args);
    expect([code, err]).toEqual([2, expect.stringContaining('does not answer')]);
  });

  it('answers an auditor’s API key', async () => {
    const { served, look, context } = await watched(300);
    served.apiKey = 'craton_bnd_key';
    writeFileSync(join(context.cwd, 'key.txt'), 'craton_bnd_key\n');
    expect((await look('--key-file', 'key.txt')).code).toBe(0);
  });
});

describe('a forked log: the monitor notices, by its own memory', () => {
  it.each([
    ['after an early entry', 10, 310],
    ['after the last entry that was seen', 299, 310],
    ['beyond a full tile', 10, 600],
  ])('%s', async (_, index, size) => {
    const { log, served, look, evidence } = await watched(300);
    await look();
    served.log = await forkOf(log, index, size);
    const { code, report } = await look();
    expect([code, report.code]).toEqual([1, 'fork']);
    await assertEvidence(evidence(), 2);
    expect(evidence().checkpoints).toEqual([log.note, served.log.note]);
    // The proof leads to another root than the one that was signed before.
    expect(evidence().proof).toMatchObject({ size1: 300, size2: size });
    expect(evidence().proof?.root1).not.toBe(encodeBase64(log.root));
    // It is not forgotten.
    expect((await look()).code).toBe(1);
  });

  it('of the same size', async () => {
    const { log, served, look, evidence } = await watched(300);
    await look();
    served.log = await forkOf(log, 10, 300);
    expect(await look()).toMatchObject({ code: 1, report: { code: 'fork' } });
    await assertEvidence(evidence(), 2);
  });

  it('also when new receipts make it read everything again', async () => {
    const { log, served, look, putReceipt, evidence } = await watched(300);
    await look();
    putReceipt('a.json', { issuedAtMs: ISSUED_MS });
    served.log = await forkOf(log, 10, 310);
    const { code, report } = await look(...WITH_RECEIPTS);
    expect([code, report.code]).toEqual([1, 'fork']);
    await assertEvidence(evidence(), 2);
  });

  it('that shows no tiles for it', async () => {
    const { log, served, look, evidence } = await watched(300);
    await look();
    const fork = await forkOf(log, 10, 310);
    await log.growTo(310);
    await log.publish(fork.root);
    served.log = log;
    expect(await look()).toMatchObject({ code: 1, report: { code: 'checkpoint_unbacked' } });
    await assertEvidence(evidence(), 2);
  });

  it('is printed with both checkpoints', async () => {
    const { log, served, look, run } = await watched(300);
    await look();
    served.log = await forkOf(log, 10, 310);
    const { code, out, err } = await run('--once');
    expect(code).toBe(1);
    expect(out).toContain('ALARM fork: The log has forked');
    for (const note of [log.note, served.log.note]) expect(out).toContain(note);
    expect(err).toContain('Keep the evidence: ');
  });
});

describe('a shrunk log: the monitor notices, by its own memory', () => {
  it('that shows an older checkpoint', async () => {
    const { log, served, look, evidence } = await watched(300);
    await look();
    const older = new ServedLog();
    await older.growTo(200);
    for (const [path, bytes] of log.files) if (path !== 'checkpoint') older.files.set(path, bytes);
    served.log = older;
    expect(await look()).toMatchObject({ code: 1, report: { code: 'shrink' } });
    await assertEvidence(evidence(), 2);
    expect(evidence().proof?.root1).toBe(encodeBase64(older.root));
  });

  it('that lost its data, too', async () => {
    const { served, look } = await watched(300);
    await look();
    served.log = new ServedLog();
    await served.log.growTo(200);
    expect(await look()).toMatchObject({ code: 1, report: { code: 'shrink' } });
  });

  it('and forked: it is told as a fork', async () => {
    const { log, served, look, evidence } = await watched(300);
    await look();
    const fork = await forkOf(log, 10, 200);
    log.files.set('checkpoint', fork.files.get('checkpoint')!);
    served.log = log;
    expect(await look()).toMatchObject({ code: 1, report: { code: 'fork' } });
    await assertEvidence(evidence(), 2);
  });
});

describe('an equivocating log, which shows the monitor a history of its own', () => {
  /** The monitor is shown another history than everybody else from the first look on. */
  async function deceived(policyLines?: readonly string[]) {
    const given = await watched(300, policyLines);
    const others = given.log;
    given.served.log = await forkOf(others, 10, 310);
    expect((await given.look()).report.checkpoint?.size).toBe(310);
    return { ...given, others };
  }

  it('a receipt notices: its `seen` is no part of it', async () => {
    const { others, look, putReceipt, evidence } = await deceived();
    putReceipt('a.json', { seen: others.seen, issuedAtMs: ISSUED_MS });
    const { code, report } = await look(...WITH_RECEIPTS);
    expect([code, report.code]).toEqual([1, 'seen_conflict']);
    await assertEvidence(evidence(), 1);
    expect(evidence().proof?.size1).toBe(300);
    expect(evidence().receipts).toMatchObject([
      { file: 'a.json', receipt: { sig_alg: 'ed25519' } },
    ]);
  });

  it('a receipt notices: it saw more than is shown', async () => {
    const { others, look, putReceipt } = await deceived();
    await others.growTo(400);
    putReceipt('a.json', { seen: others.seen, issuedAtMs: ISSUED_MS });
    const { code, report } = await look(...WITH_RECEIPTS);
    expect([code, report.code, report.message]).toEqual([
      1,
      'shrink',
      expect.stringContaining('a.json'),
    ]);
  });

  it('the proof in a bundle notices: its checkpoint is no part of it', async () => {
    const { others, look, putReceipt, context, evidence } = await deceived();
    const { bundle, entry } = putReceipt('a.json', { issuedAtMs: ISSUED_MS });
    await others.grow([entry]);
    await others.growTo(305);
    const leaves = others.entries.map((each) => leafHash(each));
    const proof = formatTlogProof({
      index: 300,
      hashes: inclusionProof(leaves, 300),
      checkpoint: others.note,
    });
    const log_proof = { entry: JSON.parse(Buffer.from(entry).toString()) as object, proof };
    writeFileSync(join(context.cwd, 'receipts/a.json'), JSON.stringify({ ...bundle, log_proof }));
    const { code, report } = await look(...WITH_RECEIPTS);
    expect([code, report.code]).toEqual([1, 'seen_conflict']);
    await assertEvidence(evidence(), 2);
  });

  it('a witness notices: it has cosigned another history', async () => {
    const others = new ServedLog();
    await others.growTo(299);
    await others.grow([entryAt(299)], { witnessed: true });
    const witness = await serve(others);
    const address = new URL(witness.url).origin;
    const lines = [logLine, witnessLine(address), 'quorum witness.example'];
    const { served, look, evidence } = await watched(0, lines);
    served.log = await forkOf(others, 10, 310);
    const { code, report } = await look();
    expect([code, report.code]).toEqual([1, 'seen_conflict']);
    expect(report.message).toContain('The witness witness.example saw size 300');
    await assertEvidence(evidence(), 2);
  });

  it('an honest witness that is behind is no alarm, as long as the tiles are there', async () => {
    const behind = new ServedLog();
    await behind.growTo(200);
    const witness = await serve(behind);
    const { log, look } = await watched(300, [
      logLine,
      witnessLine(new URL(witness.url).origin),
      'quorum none',
    ]);
    expect([(await look()).code, (await look()).code]).toEqual([0, 0]);
    log.tamper('tile/0/000', 5);
    expect(await look()).toMatchObject({ code: 1, report: { code: 'checkpoint_unbacked' } });
  });

  it('the quorum notices: no witness has cosigned it', async () => {
    const { log, look } = await watched(300, [logLine, witnessLine(), 'quorum witness.example']);
    const { code, report } = await look();
    expect([code, report.outcome]).toEqual([2, 'insufficient']);
    expect(report.witnesses).toMatchObject({ reached: false, cosigned: [], independent: 0 });
    await log.grow([entryAt(300)], { witnessed: true });
    const again = await look();
    expect([again.code, again.report.outcome]).toEqual([0, 'reached']);
    expect(again.report.witnesses).toMatchObject({ reached: true, independent: 1 });
  });

  it('a wrong cosignature counts nothing, and is no fault of the log', async () => {
    const { log, look } = await watched(3, [logLine, witnessLine(), 'quorum witness.example']);
    const others = await forkOf(log, 1, 2);
    await others.grow([entryAt(2)], { witnessed: true });
    const [, wrong = ''] = /\n(\u2014 witness\.example .*\n)$/u.exec(others.note) ?? [];
    expect(wrong).not.toBe('');
    log.files.set('checkpoint', Buffer.from(log.note + wrong));
    const { code, report } = await look();
    expect([code, report.witnesses]).toMatchObject([2, { cosigned: [] }]);
  });

  it('two receipts notice, without the log: they saw two roots of one size', async () => {
    const { others, served, look, putReceipt, evidence } = await deceived();
    const fork = await forkOf(others, 10, 300);
    putReceipt('a.json', { seq: 1, seen: others.seen });
    putReceipt('b.json', { seq: 2, seen: fork.seen });
    served.status = 503;
    const { code, report } = await look(...WITH_RECEIPTS);
    expect([code, report.code]).toEqual([1, 'seen_conflict']);
    expect(evidence().receipts).toMatchObject([{ file: 'a.json' }, { file: 'b.json' }]);
  });
});

describe('a tampered file: the monitor notices which', () => {
  it.each([
    ['tile/0/000', 'tile_mismatch'],
    ['tile/0/001.p/44', 'tile_mismatch'],
    ['tile/1/000.p/1', 'tile_mismatch'],
    ['tile/entries/000', 'entry_mismatch'],
    ['tile/entries/001.p/44', 'entry_mismatch'],
  ])('%s', async (path, expected) => {
    const { log, look, evidence } = await watched(300);
    log.tamper(path, 5);
    const { code, report } = await look();
    expect([code, report.code]).toEqual([1, expected]);
    // A changed entry shows itself by the tile that it does not fit.
    const file = path.replace('entries', '0');
    expect(evidence().tile?.path).toBe(file);
    await assertEvidence(evidence(), 1);
  });

  it.each([0, 31, 32, 255 * 32])('a tile at byte %d, after growth', async (at) => {
    const { log, look, evidence } = await watched(100);
    await look();
    await log.growTo(300);
    log.tamper('tile/0/000', at);
    expect(await look()).toMatchObject({ code: 1, report: { code: 'tile_mismatch' } });
    expect(evidence().tile?.path).toBe('tile/0/000');
    await assertEvidence(evidence(), 2);
  });

  it('a tile that was cut', async () => {
    const { log, look } = await watched(300);
    log.files.set('tile/0/000', log.files.get('tile/0/000')!.subarray(0, 8000));
    expect(await look()).toMatchObject({ code: 1, report: { code: 'tile_mismatch' } });
  });

  it('a bundle that was cut', async () => {
    const { log, look, evidence } = await watched(300);
    log.files.set('tile/entries/000', log.files.get('tile/entries/000')!.subarray(0, 900));
    expect(await look()).toMatchObject({ code: 1, report: { code: 'entry_mismatch' } });
    await assertEvidence(evidence(), 1);
  });

  it('entries and tiles alike: nothing leads to the checkpoint', async () => {
    const { log, look } = await watched(300);
    const fork = await forkOf(log, 10, 300);
    for (const [path, bytes] of fork.files) if (path !== 'checkpoint') log.files.set(path, bytes);
    expect(await look()).toMatchObject({ code: 1, report: { code: 'checkpoint_unbacked' } });
  });

  it('the checkpoint of an empty tree', async () => {
    const { log, look } = await watched(0);
    await log.publish(new Uint8Array(32));
    expect(await look()).toMatchObject({ code: 1, report: { code: 'checkpoint_unbacked' } });
  });
});

describe('a checkpoint that the log did not sign: the signature notices', () => {
  it.each<[string, (served: Served) => Promise<void> | void]>([
    ['a changed size', ({ log }) => log.tamper('checkpoint', ORIGIN.length + 1)],
    ['a changed root', ({ log }) => log.tamper('checkpoint', ORIGIN.length + 9)],
    ['no text at all', ({ log }) => void log.files.set('checkpoint', Buffer.of(0xff))],
    ['a page of a proxy', ({ log }) => void log.files.set('checkpoint', Buffer.from('<html>\n'))],
    [
      'a stranger’s key',
      async ({ log }) => {
        log.signer = logSigner(ORIGIN, 'stranger');
        await log.publish(log.root);
      },
    ],
  ])('%s', async (_, change) => {
    const { served, look, evidence } = await watched(300);
    await look();
    await change(served);
    expect(await look()).toMatchObject({ code: 1, report: { code: 'checkpoint_invalid' } });
    expect(evidence().checkpoints).toHaveLength(1);
  });

  it('another log of the policy', async () => {
    const other = new ServedLog('golden.example/staging');
    await other.growTo(3);
    const otherLine = `log ${formatVerifierKey(other.signer.key)}`;
    const { served, look } = await watched(300, [logLine, otherLine]);
    expect((await look('--origin', ORIGIN)).code).toBe(0);
    served.log = other;
    const { report } = await look('--origin', ORIGIN);
    expect([report.code, report.message]).toEqual([
      'checkpoint_invalid',
      expect.stringContaining('another log'),
    ]);
  });

  it('is printed without what a terminal would obey', async () => {
    const { log, run } = await watched(3);
    log.files.set('checkpoint', Buffer.from('\u001b[2J\n'));
    const { code, out } = await run('--once');
    expect(code).toBe(1);
    expect(out).not.toContain('\u001b');
  });
});

describe('a broken promise: the receipt notices', () => {
  it('that is not in the log when merge_by has passed', async () => {
    const { clock, log, look, putReceipt, evidence } = await watched(300);
    putReceipt('late.json', { issuedAtMs: ISSUED_MS });
    clock.nowMs = ISSUED_MS + HOUR_MS;
    const pending = await look(...WITH_RECEIPTS);
    expect([pending.code, pending.report.receipts]).toEqual([
      0,
      { in_log: 0, pending: 1, unverified: [] },
    ]);
    clock.nowMs += 1;
    await log.growTo(310);
    const { code, report } = await look(...WITH_RECEIPTS);
    expect([code, report.code]).toEqual([1, 'promise_broken']);
    expect(evidence().receipts).toMatchObject([{ file: 'late.json' }]);
    await assertEvidence(evidence(), 1);
  });

  it('and finds its leaf wherever it stands, whenever the receipt comes', async () => {
    const { clock, log, look, putReceipt } = await watched(10);
    const early = putReceipt('early.json', { seq: 1 });
    await log.grow([early.entry]);
    await log.growTo(300);
    expect((await look()).code).toBe(0);
    const waiting = putReceipt('waiting.json', { seq: 2, issuedAtMs: ISSUED_MS });
    const first = await look(...WITH_RECEIPTS);
    expect(first.report.receipts).toMatchObject({ in_log: 1, pending: 1 });
    await log.growTo(520);
    await log.grow([waiting.entry]);
    clock.nowMs = ISSUED_MS + 2 * HOUR_MS;
    const second = await look(...WITH_RECEIPTS);
    expect([second.code, second.report.receipts]).toEqual([
      0,
      { in_log: 2, pending: 0, unverified: [] },
    ]);
  });

  it('and does not read everything again for receipts that it knows', async () => {
    const { log, served, look, putReceipt } = await watched(10);
    const { entry } = putReceipt('a.json', { seen: log.seen });
    await log.grow([entry]);
    await log.growTo(600);
    expect((await look(...WITH_RECEIPTS)).code).toBe(0);
    await log.growTo(601);
    served.asked.length = 0;
    expect((await look(...WITH_RECEIPTS)).report.receipts).toMatchObject({ in_log: 1 });
    expect(served.asked).not.toContain('tile/entries/000');
  });

  it('is not kept by a leaf of the same payload under another key', async () => {
    const { log, look, putReceipt } = await watched(10);
    const { entry } = putReceipt('a.json');
    const other = Buffer.from(entry)
      .toString()
      .replace(/"kid":"[^"]{43}"/, `"kid":"${'B'.repeat(43)}"`);
    await log.grow([Buffer.from(other)]);
    expect((await look(...WITH_RECEIPTS)).report.code).toBe('promise_broken');
  });
});

describe('a file that is no evidence', () => {
  it.each<[string, ReceiptTerms | string, string]>([
    ['signed by a stranger', { seed: new Uint8Array(32).fill(9) }, 'signature_invalid'],
    ['without keys', 'bare', 'keys_missing'],
    ['no receipt', '{}', 'evidence_unknown'],
    ['no JSON', '{', 'ERR_JSON_SYNTAX'],
  ])('%s: accuses nobody, and is said', async (_, terms, expected) => {
    const { log, look, putReceipt, context } = await watched(300);
    const fork = await forkOf(log, 10, 300);
    const given = typeof terms === 'string' ? {} : terms;
    const { bundle } = putReceipt('a.json', { ...given, seen: fork.seen });
    if (typeof terms === 'string') {
      const text = terms === 'bare' ? JSON.stringify(bundle.receipt) : terms;
      writeFileSync(join(context.cwd, 'receipts/a.json'), text);
    }
    const { code, report } = await look(...WITH_RECEIPTS);
    expect([code, report.receipts]).toEqual([
      2,
      { in_log: 0, pending: 0, unverified: [{ file: 'a.json', code: expected }] },
    ]);
  });

  it('becomes one with the keys beside it', async () => {
    const { log, look, putReceipt, context } = await watched(3);
    const { bundle, entry } = putReceipt('a.json');
    await log.grow([entry]);
    writeFileSync(join(context.cwd, 'receipts/a.json'), JSON.stringify(bundle.receipt));
    writeFileSync(join(context.cwd, 'keys.json'), JSON.stringify(bundle));
    const { code, report } = await look(...WITH_RECEIPTS, '--keys', 'keys.json');
    expect([code, report.receipts]).toMatchObject([0, { in_log: 1 }]);
  });

  it('is told by name', async () => {
    const { run, context } = await watched(3);
    writeFileSync(join(context.cwd, 'receipts/a.json'), '{}');
    const { code, out } = await run('--once', ...WITH_RECEIPTS);
    expect([code, out]).toEqual([2, expect.stringContaining('Not verified: a.json')]);
  });
});

describe('bad input', () => {
  it.each<[string, string, (text: string) => string]>([
    ['a torn state', 'state.json', (text) => text.slice(0, -9)],
    [
      'a state of another tree',
      'state.json',
      (text) => text.replace(/"edge":\[\["..../, '"edge":[["AAAA'),
    ],
    ['a state with another size', 'state.json', (text) => text.replace('\\n300\\n', '\\n301\\n')],
    [
      'a state without a level',
      'state.json',
      (text) => text.replace(/,\["[^"]*"\]\],"receipts"/, '],"receipts"'),
    ],
    ['a trust policy that is none', 'trust.txt', () => 'trust everybody\n'],
    ['a trust policy without the log', 'trust.txt', () => trustPolicy()],
  ])('%s: 3', async (_, file, change) => {
    const { look, context } = await watched(300);
    await look();
    const path = join(context.cwd, file);
    const before = readFileSync(path, 'utf8');
    expect(change(before)).not.toBe(before);
    writeFileSync(path, change(before));
    expect((await look()).code).toBe(3);
  });

  it('a folder of receipts that is not there: 3', async () => {
    const { look } = await watched(3);
    expect((await look('--receipts', 'absent')).code).toBe(3);
  });

  it.each([
    [['--origin', 'other.example'], 3],
    [['--interval', '0'], 64],
    [['--interval', 'soon'], 64],
  ])('%j: %d', async (flags, expected) => {
    const { context, served } = await watched(3);
    const args = ['--trust', 'trust.txt', '--state', 'state.json', ...flags];
    context.stopper.abort();
    expect((await craton(context, 'monitor', served.url, ...args)).code).toBe(expected);
  });

  it.each(['craton.example/log', 'ftp://craton.example/log', 'https://craton.example/log?a=b'])(
    'the address %s: 64',
    async (url) => {
      const { context } = await watched(3);
      const args = ['--trust', 'trust.txt', '--state', 'state.json', '--once'];
      expect((await craton(context, 'monitor', url, ...args)).code).toBe(64);
    },
  );

  it('an API key in the clear over a network: 64, and nothing is sent', async () => {
    const { context } = await watched(3);
    writeFileSync(join(context.cwd, 'key.txt'), 'craton_bnd_key');
    const args = ['--trust', 'trust.txt', '--state', 's', '--key-file', 'key.txt', '--once'];
    expect((await craton(context, 'monitor', 'http://log.example/log', ...args)).code).toBe(64);
  });
});

describe('a monitor that keeps watching', () => {
  it('goes on while the log does not answer, and ends with an alarm', async () => {
    const { log, served, context } = await watched(300);
    const fork = await forkOf(log, 10, 310);
    const errors: string[] = [];
    const told: string[] = [];
    const steps = [
      () => (served.status = 503),
      () => {
        delete served.status;
        served.log = fork;
      },
    ];
    const given = {
      ...context,
      out: (text: string) => {
        told.push(text);
        if (text.includes('300 entries')) steps.shift()?.();
      },
      err: (text: string) => {
        errors.push(text);
        if (text.includes('status 503')) steps.shift()?.();
      },
    };
    const args = ['--trust', 'trust.txt', '--state', 'state.json', '--interval', '1'];
    expect((await craton(given, 'monitor', served.url, ...args)).code).toBe(1);
    expect(errors[0]).toContain('status 503');
    expect(told.join('\n')).toContain('ALARM fork');
  });

  it('ends with 0 when it is asked to stop', async () => {
    const { served, context } = await watched(3);
    const given = { ...context, out: () => context.stopper.abort('SIGTERM') };
    const args = ['--trust', 'trust.txt', '--state', 'state.json'];
    expect((await craton(given, 'monitor', served.url, ...args)).code).toBe(0);
  });
});
