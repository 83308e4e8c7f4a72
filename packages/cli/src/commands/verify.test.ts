import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle, DecisionPayload, VerificationReport } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import {
  craton,
  fakeContext,
  type FakeContext,
  type GoldenBundle,
  jsonOf,
  PROJECT_DIR,
  type Ran,
  readGolden,
  writeJson,
  writeText,
} from '../../test/fake-context.ts';
import { timeOption } from './verify.ts';

const golden = readGolden('001-allow');

function verifyGolden(
  context: FakeContext,
  { bundle, trust_policy, checked_at }: GoldenBundle,
  ...flags: string[]
): Promise<Ran> {
  const file = writeJson(context, 'bundle.json', bundle);
  const trust = writeText(context, 'trust.txt', trust_policy);
  return craton(context, 'verify', file, '--trust', trust, '--at', checked_at, ...flags);
}

/** The members of each line that all implementations agree on. */
function linesOf({ checks }: VerificationReport): string[] {
  return checks.map(({ id, status, code, vouched_by }) => [id, status, code, vouched_by].join(' '));
}

/** A copy of the full golden bundle in which one text was replaced by another. */
function changed(from: string, to: string): GoldenBundle {
  const text = JSON.stringify(golden.full.bundle);
  expect(text.split(from)).toHaveLength(2);
  return { ...golden.full, bundle: JSON.parse(text.replace(from, to)) as Bundle };
}

describe('craton verify', () => {
  it.each(readdirSync(join(PROJECT_DIR, 'spec/vectors/golden')))(
    'reports golden case %s as an implementation in another language does',
    async (file) => {
      const { full, minimal } = readGolden(file.replace('.json', ''));
      for (const expected of [full, minimal].filter((bundle) => bundle !== undefined)) {
        const ran = await verifyGolden(fakeContext(), expected, '--json');
        const report = jsonOf(ran) as VerificationReport;
        expect(linesOf(report)).toEqual(linesOf(expected.report));
        expect(report.outcome).toBe(expected.report.outcome);
        expect(ran.code).toBe({ reached: 0, failed: 1, insufficient: 2 }[report.outcome]);
      }
    },
  );

  it('prints every line with its status, and the signed decision last', async () => {
    const { code, out, err } = await verifyGolden(fakeContext(), golden.full);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain('bundle.json: a verification bundle');
    expect(out).toMatch(/✓ signature +verified +signing key +The key named by kid signed/);
    expect(out).toMatch(/✓ verdict_recomputed +verified/);
    expect(out).toMatch(/~ authority +asserted +host +The host says so; nobody checked it/);
    expect(out).toMatch(/- witnesses +absent/);
    expect(out).toMatch(/\? completeness +not_checked/);
    expect(out).toContain('The record holds. Verified as required: payload, signature, issuer.');
    expect(out).toContain('not that the action was permitted');
    expect(out.trimEnd().split('\n').at(-1)).toBe(
      'Signed decision: allow: within_limit; usable once until 2026-11-21T18:05:00.000Z',
    );
  });

  it('says that a permission has ended', async () => {
    const context = fakeContext();
    const later = { ...golden.full, checked_at: '2026-11-21T18:05:00Z' };
    const ran = await verifyGolden(context, later);
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/- validity +absent/);
    expect(ran.out).toContain('[expired]');
    expect(ran.out).toContain('expired at 2026-11-21T18:05:00.000Z');
  });

  it('ends with 1 for a changed payload, signature, opening, path document or attestation', async () => {
    const { receipt, attestation } = golden.full.bundle;
    const payload = golden.expected.payload.replace('"verdict":"allow"', '"verdict":"reject"');
    const tampered = [
      changed(receipt.payload_b64, Buffer.from(payload).toString('base64')),
      changed(receipt.signature, `A${receipt.signature.slice(1)}`),
      changed('"decision_size_usd_cents":50000000', '"decision_size_usd_cents":50000001'),
      changed('"lifetime_s":300', '"lifetime_s":301'),
      changed(attestation.signature, `A${attestation.signature.slice(1)}`),
    ];
    for (const bundle of tampered) {
      const { code, out } = await verifyGolden(fakeContext(), bundle);
      expect(code).toBe(1);
      expect(out).toContain('The record does not hold. Failed: ');
      expect(out).not.toContain('Signed decision');
    }
  });

  it('ends with 1 when the trust policy names another root, whatever keys the bundle brings', async () => {
    const trust_policy = golden.full.trust_policy.replace('golden-root-1', 'other-root-1');
    const { code, out } = await verifyGolden(fakeContext(), { ...golden.full, trust_policy });
    expect(code).toBe(1);
    expect(out).toMatch(/✗ issuer +failed/);
  });

  it('ends with 2 when a required line is not verified', async () => {
    for (const lines of ['witnesses:2', 'payload,log_inclusion', 'authority']) {
      const ran = await verifyGolden(fakeContext(), golden.full, '--require', lines);
      expect(ran.code).toBe(2);
      expect(ran.out).toContain('Not enough.');
    }
  });

  it('lets a trust policy ask for more, and no flag for less', async () => {
    const trust_policy = `${golden.full.trust_policy}require witnesses:1\n`;
    const strict = { ...golden.full, trust_policy };
    expect((await verifyGolden(fakeContext(), strict)).code).toBe(2);
    expect((await verifyGolden(fakeContext(), strict, '--require', 'payload')).code).toBe(2);
  });

  it('ends with 3 for files that cannot be read or are something else', async () => {
    const context = fakeContext();
    const trust = writeText(context, 'trust.txt', golden.full.trust_policy);
    const bad = {
      'empty.json': '',
      'list.json': '[]',
      'other.json': '{"object":"something"}',
      'twice.json': '{"receipt":{},"receipt":{}}',
      'bundle.json': '{"object":"craton.receipt.verification_bundle","attestations":{}}',
    };
    for (const [name, text] of Object.entries(bad)) {
      writeText(context, name, text);
      const ran = await craton(context, 'verify', name, '--trust', trust);
      expect([name, ran.code]).toEqual([name, 3]);
      expect(ran.out).toBe('');
      expect(ran.err).toMatch(/^craton: /);
      expect(ran.err).not.toContain('    at ');
    }
    expect((await craton(context, 'verify', 'gone.json', '--trust', trust)).code).toBe(3);
    const file = writeJson(context, 'good.json', golden.full.bundle);
    expect((await craton(context, 'verify', file, '--trust', 'gone.txt')).code).toBe(3);
    expect((await craton(context, 'verify', file, '--trust', file)).code).toBe(3);
  });

  it('ends with 64 for a wrong command line, naming the nearest flag', async () => {
    const context = fakeContext();
    const misspelt = await craton(context, 'verify', 'bundle.json', '--trsut', 'x');
    expect(misspelt.code).toBe(64);
    expect(misspelt.err).toContain("Unknown option '--trsut'. Did you mean --trust?");
    expect((await craton(context, 'verify', 'bundle.json')).err).toContain("'--trust <file>'");
    expect((await craton(context, 'verify')).code).toBe(64);
    for (const flags of [
      ['--require', 'sgnature'],
      ['--require', ''],
      ['--at', 'yesterday'],
      ['--at', '2026-02-30'],
      ['--format', 'xml'],
    ]) {
      expect((await verifyGolden(context, golden.full, ...flags)).code).toBe(64);
    }
  });

  it('prints one JSON document for a failure, too', async () => {
    const ran = await craton(fakeContext(), 'verify', 'a.json', '--trust', 'gone.txt', '--json');
    expect(jsonOf(ran)).toMatchObject({
      object: 'craton.cli.failure.v1',
      code: 'file_unreadable',
      exit_code: 3,
    });
    expect(ran.err).toBe('');
  });
});

describe('craton verify of other files', () => {
  const { receipt } = golden.full.bundle;
  const { verdict, reasons } = JSON.parse(golden.expected.payload) as DecisionPayload;
  const answer = { verdict, reasons, opening: golden.full.bundle.opening, receipt };
  const keys = { keys: [golden.expected.jwk], attestations: golden.expected.attestations };

  function run(context: FakeContext, file: unknown, ...flags: string[]): Promise<Ran> {
    writeText(context, 'trust.txt', golden.full.trust_policy);
    const at = golden.full.checked_at;
    writeJson(context, 'file.json', file);
    return craton(context, 'verify', 'file.json', '--trust', 'trust.txt', '--at', at, ...flags);
  }

  it('reads an answer of the boundary with keys from a file', async () => {
    const context = fakeContext();
    writeJson(context, 'keys.json', keys);
    const ran = await run(context, answer, '--keys', 'keys.json');
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('an answer of the boundary');
    expect(ran.out).toMatch(/✓ commitment +verified/);
    expect(ran.out).toMatch(/- verdict_recomputed +absent/);
  });

  it('reads a bare receipt, with keys from another bundle', async () => {
    const context = fakeContext();
    writeJson(context, 'keys.json', golden.full.bundle);
    const ran = await run(context, receipt, '--keys', 'keys.json');
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('a bare receipt');
    expect(ran.out).toMatch(/- commitment +absent/);
  });

  it('ends with 2 without keys, and says where they are', async () => {
    for (const file of [answer, receipt]) {
      const ran = await run(fakeContext(), file);
      expect(ran.code).toBe(2);
      expect(ran.out).toBe('');
      expect(ran.err).toContain('--keys FILE');
    }
  });

  it('ends with 2 with keys that no root attests', async () => {
    const context = fakeContext();
    writeJson(context, 'keys.json', { keys: keys.keys });
    const ran = await run(context, receipt, '--keys', 'keys.json');
    expect(ran.code).toBe(2);
    expect(ran.out).not.toContain('Signed decision');
  });

  it('ends with 3 for a file without keys', async () => {
    const context = fakeContext();
    writeJson(context, 'keys.json', { object: 'something' });
    expect((await run(context, receipt, '--keys', 'keys.json')).code).toBe(3);
  });

  it('ends with 1 if the unsigned verdict beside the receipt is another one', async () => {
    const context = fakeContext();
    writeJson(context, 'keys.json', keys);
    const forged = { ...answer, verdict: 'constrain' };
    const ran = await run(context, forged, '--keys', 'keys.json');
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('verdict beside the receipt differ');
  });

  it('reads standard input', async () => {
    const bytes = Buffer.from(JSON.stringify(golden.full.bundle));
    const context = fakeContext({ readStdin: () => Promise.resolve(bytes) });
    writeText(context, 'trust.txt', golden.full.trust_policy);
    const ran = await craton(context, 'verify', '-', '--trust', 'trust.txt');
    expect(ran.out).toContain('Standard input: a verification bundle');
  });

  it('mirrors the public verifier', async () => {
    const good = jsonOf(
      await verifyGolden(fakeContext(), golden.full, '--format', 'craton-verify'),
    );
    expect(good).toMatchObject({
      verified: true,
      signature_valid: true,
      issuer_identity_verified: true,
      payload_sha256: golden.expected.payload_sha256,
    });
    const { signature } = golden.full.bundle.attestation;
    const forged = changed(signature, `A${signature.slice(1)}`);
    const ran = await verifyGolden(fakeContext(), forged, '--format', 'craton-verify');
    // Unlike the public one, an attestation that does not hold is a failure.
    expect(ran.code).toBe(1);
    expect(jsonOf(ran)).toMatchObject({
      verified: false,
      signature_valid: true,
      issuer_identity_verified: false,
      attestation_failure_reason: 'attestation_signature_invalid',
    });
  });

  it('shows nothing that a terminal would obey', async () => {
    const bundle = structuredClone(golden.full.bundle);
    const receipt = { ...bundle.receipt, kid: '\u001b[2J\u202egone' };
    const hostile = { ...golden.full, bundle: { ...bundle, receipt } };
    const { code, out } = await verifyGolden(fakeContext(), hostile);
    expect(code).toBe(1);
    expect(out).not.toContain('\u001b');
    expect(out).not.toContain('\u202e');
  });
});

describe('times on the command line', () => {
  it('are days or instants in UTC', () => {
    expect(timeOption('2026-01-31')).toBe(Date.UTC(2026, 0, 31));
    expect(timeOption('2026-01-31T10:00:00Z')).toBe(Date.UTC(2026, 0, 31, 10));
    expect(timeOption('2026-01-31T10:00:00.500Z')).toBe(Date.UTC(2026, 0, 31, 10, 0, 0, 500));
    expect(() => timeOption('2026-01-31T10:00:00+01:00')).toThrow('A time reads');
  });
});
