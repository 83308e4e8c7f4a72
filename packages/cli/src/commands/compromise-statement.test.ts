/** A root's statement about a lost key, from the command that makes it to those that take it. */
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBase64, formatTime, parseTime } from '@craton/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  AuditWorld,
  exportText,
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
  writeJson,
  writeText,
} from '../../test/fake-context.ts';
import { ORIGIN, serve } from '../../test/served-log.ts';
import { golden, trustPolicy } from '../../test/signed-receipt.ts';

const { kid } = golden.expected.jwk;
const NOW_MS = parseTime('2026-11-22T00:00:00.000Z');
/** The golden cases publish the seeds of their keys, which are good for nothing else. */
const ROOT_KEY = encodeBase64(new Uint8Array(32).fill(1));

let context: FakeContext;
let world: AuditWorld;

beforeEach(async () => {
  context = fakeContext({ now: () => NOW_MS });
  world = await AuditWorld.make();
  writeAuditFiles(context, exportText(world.export()));
  writeText(context, 'checkpoint.txt', world.log.note);
  secretFile('root.txt', ROOT_KEY);
});

function secretFile(name: string, text: string): void {
  chmodSync(join(context.cwd, writeText(context, name, text)), 0o600);
}

const state = (...flags: string[]): Promise<Ran> =>
  craton(
    context,
    ...['keys', 'compromise', '--key', kid, '--checkpoint', 'checkpoint.txt'],
    ...['--trust', 'trust.txt', '--root-key', 'root.txt', '--out', 'lost.json', ...flags],
  );

const statement = (): Record<string, string> =>
  JSON.parse(readFileSync(join(context.cwd, 'lost.json'), 'utf8')) as Record<string, string>;

async function audit(...flags: string[]): Promise<PrintedReport> {
  const { url } = await serve(world.log);
  const period = ['--from', formatTime(STARTED_MS), '--to', formatTime(STARTED_MS + 60_000)];
  const command = ['audit', 'export.jsonl', '--trust', 'trust.txt', '--log', url, '--json'];
  return jsonOf(await craton(context, ...command, ...period, ...flags)) as PrintedReport;
}

const keyStatus = ({ checks }: PrintedReport): string =>
  checks.find(({ id }) => id === 'key_status')?.status ?? '';

describe('a root’s statement about a compromised key', () => {
  it('says, signed, what the policy line says, with the checkpoint', async () => {
    const { code, out } = await state();
    expect(code).toBe(0);
    const { payload_b64 = '', ...wrapper } = statement();
    expect(wrapper).toMatchObject({
      object: 'craton.receipt.key_compromise.v1',
      root_key_id: 'golden-root-1',
    });
    const payload = JSON.parse(Buffer.from(payload_b64, 'base64').toString()) as object;
    const root = encodeBase64(world.log.root);
    expect(payload).toMatchObject({
      object: 'craton.receipt.key_compromise_payload.v1',
      issued_at: formatTime(NOW_MS),
      issuer: 'golden.example',
      environment: 'development',
      subject: { kid },
      cut_off: { origin: ORIGIN, size: 19, root, checkpoint: world.log.note },
    });
    expect(out).toBe(`compromised ${kid} before ${ORIGIN} 19 ${root}\n`);
    // It is never overwritten.
    expect((await state()).code).toBe(1);
  });

  it('counts in verify and in audit as the line does', async () => {
    await state();
    expect(keyStatus(await audit('--compromised', 'lost.json'))).toBe('verified');
    world.decisions.decide(20);
    await world.publish();
    writeAuditFiles(context, exportText(world.export()));
    const later = await audit('--compromised', 'lost.json');
    expect(later.exceptions.by_code).toEqual({ key_compromised: 1 });
    writeJson(context, 'bundle.json', golden.minimal.bundle);
    const command = ['verify', 'bundle.json', '--trust', 'trust.txt'];
    const at = ['--at', golden.minimal.checked_at];
    expect((await craton(context, ...command, ...at)).code).toBe(0);
    const refused = await craton(context, ...command, ...at, '--compromised', 'lost.json');
    expect([refused.code, refused.out]).toEqual([1, expect.stringContaining('key_compromised')]);
  });

  it('shows nothing without a witnessed checkpoint, and says so', async () => {
    writeAuditFiles(context, exportText(world.export()), UNWITNESSED);
    expect((await state()).err).toContain('the cut-off shows nothing');
    const report = await audit('--compromised', 'lost.json');
    expect(keyStatus(report)).toBe('asserted');
    expect(report.limits.join(' ')).toContain('cut-off of a compromised key shows nothing');
  });

  it('counts as well where it travels in the bundle, the key file or the export', async () => {
    await state();
    const stated = { key_compromises: [statement()] };
    const at = ['--trust', 'trust.txt', '--at', golden.minimal.checked_at];
    writeJson(context, 'bundle.json', { ...golden.minimal.bundle, ...stated });
    const refused = await craton(context, 'verify', 'bundle.json', ...at);
    expect([refused.code, refused.out]).toEqual([1, expect.stringContaining('key_compromised')]);
    const { key_bundle, attestation, receipt } = golden.minimal.bundle;
    const keys = { keys: (key_bundle as { keys: unknown }).keys, attestations: [attestation] };
    writeJson(context, 'keys.json', { ...keys, ...stated });
    writeJson(context, 'receipt.json', receipt);
    const bare = await craton(context, 'verify', 'receipt.json', '--keys', 'keys.json', ...at);
    expect([bare.code, bare.out]).toEqual([1, expect.stringContaining('key_compromised')]);
    world.decisions.decide(20);
    await world.publish();
    const made = world.export();
    writeAuditFiles(context, exportText({ ...made, header: { ...made.header, ...stated } }));
    expect((await audit()).exceptions.by_code).toEqual({ key_compromised: 1 });
  });

  it('spoils an export when it is forged, or is none', async () => {
    await state();
    const made = world.export();
    const audited = async (...key_compromises: object[]): Promise<PrintedReport> => {
      const header = { ...made.header, key_compromises };
      writeAuditFiles(context, exportText({ ...made, header }));
      return audit();
    };
    const forged = { ...statement(), signature: encodeBase64(new Uint8Array(64)) };
    const report = await audited(forged);
    expect(report.exceptions.by_code).toEqual({ key_compromise_invalid: 1 });
    expect(keyStatus(report)).toBe('failed');
    expect((await audited({ ...golden.minimal.bundle })).exceptions.by_code).toEqual({
      key_compromise_invalid: 1,
    });
    expect(keyStatus(await audited())).toBe('verified');
  });

  it('becomes a line of a trust policy, if a root of that policy made it', async () => {
    const { out } = await state();
    const command = ['trust', 'compromised', 'lost.json', '--trust', 'trust.txt'];
    const ran = await craton(context, ...command);
    expect([ran.code, ran.out]).toEqual([0, out]);
    expect(jsonOf(await craton(context, ...command, '--json'))).toMatchObject({
      line: out.trim(),
      root_key_id: 'golden-root-1',
    });
    writeText(context, 'trust.txt', 'craton-policy v1\n');
    expect((await craton(context, ...command)).code).toBe(3);
  });

  it('is nothing where another root, or nobody, made it', async () => {
    await state();
    const changes: readonly ((made: Record<string, string>) => object)[] = [
      (made) => ({ ...made, signature: encodeBase64(new Uint8Array(64)) }),
      (made) => ({ ...made, root_key_id: 'other-root' }),
      (made) => ({ ...made, root_public_key_fingerprint_sha256: 'ab'.repeat(32) }),
      (made) => ({ ...made, object: 'craton.receipt.operational_key_attestation.v1' }),
      (made) => ({ ...made, payload_b64: `${made['payload_b64']?.slice(0, -4)}AAAA` }),
      () => ({}),
    ];
    writeJson(context, 'bundle.json', golden.minimal.bundle);
    for (const change of changes) {
      writeJson(context, 'changed.json', change(statement()));
      const command = ['verify', 'bundle.json', '--trust', 'trust.txt'];
      const ran = await craton(context, ...command, '--compromised', 'changed.json');
      expect(ran.code).toBe(3);
    }
    // A root that speaks for another environment only.
    writeText(
      context,
      'trust.txt',
      TRUST.replace('golden.example development', 'golden.example staging'),
    );
    const command = ['verify', 'bundle.json', '--trust', 'trust.txt', '--compromised', 'lost.json'];
    expect((await craton(context, ...command)).code).toBe(3);
  });

  it('is made by a root of the policy only, into a file', async () => {
    secretFile('root.txt', encodeBase64(new Uint8Array(32).fill(77)));
    expect((await state()).err).toContain('none of the policy');
    expect(existsSync(join(context.cwd, 'lost.json'))).toBe(false);
    writeText(context, 'trust.txt', trustPolicy());
    const flags = ['--key', kid, '--checkpoint', 'checkpoint.txt', '--trust', 'trust.txt'];
    expect((await craton(context, 'keys', 'compromise', ...flags, '--out', 'x.json')).code).toBe(
      64,
    );
  });
});
