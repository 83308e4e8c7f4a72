import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVerifierKey, formatVerifierKey, SIGNATURE_TYPE } from '@craton/protocol';
import { describe, expect, it } from 'vitest';
import { createSigner } from '../signing/signer.ts';
import { loadWitnessPolicy, parseWitnessPolicy } from './witness-policy.ts';

const vkeyOf = (name: string, byte: number, type = SIGNATURE_TYPE.cosignature as 0x01 | 0x04) =>
  formatVerifierKey(
    createVerifierKey(name, type, createSigner(new Uint8Array(32).fill(byte)).publicKey),
  );
const BANK = `witness bank ${vkeyOf('bank.example', 1)} https://bank.example/`;
const OURS = `witness ours ${vkeyOf('ours.example', 2)} http://127.0.0.1:8090`;

describe('the list of witnesses', () => {
  it('says whom to ask, how many are enough, and which are the issuer’s', () => {
    const text = `# ours\n${BANK}\n${OURS}\nissuer-operated ours\ngroup all all bank ours\nquorum all\n`;
    const { witnesses, issuerOperated, tlog } = parseWitnessPolicy(text);
    expect(witnesses.map(({ name, url }) => [name, url])).toEqual([
      ['bank', 'https://bank.example'],
      ['ours', 'http://127.0.0.1:8090'],
    ]);
    expect(issuerOperated).toEqual(['ours']);
    expect(tlog.quorum).toBe('all');
  });

  it.each([
    ['a witness without an address', `witness bank ${vkeyOf('bank.example', 1)}\nquorum bank\n`],
    ['no quorum', `${BANK}\n`],
    ['a quorum of nobody', `${BANK}\nquorum none\n`],
    ['a log', `log ${vkeyOf('log.example', 3, 0x01)}\n${BANK}\nquorum bank\n`],
    ['an unknown one of the issuer', `${BANK}\nissuer-operated other\nquorum bank\n`],
    ['two names in one line', `${BANK}\nissuer-operated bank bank\nquorum bank\n`],
    ['an unknown keyword', `${BANK}\nroot bank\nquorum bank\n`],
  ])('refuses %s', (_title, text) => {
    expect(() => parseWitnessPolicy(text)).toThrow(
      expect.objectContaining({ code: 'ERR_TRUST_POLICY' }) as Error,
    );
  });

  it('is refused with the name of its variable, and without what the file holds', () => {
    const folder = mkdtempSync(join(tmpdir(), 'craton-witnesses-'));
    try {
      const file = join(folder, 'witnesses.txt');
      const refused = { code: 'ERR_CONFIG', field: 'CRATON_LOG_WITNESSES_FILE' };
      expect(() => loadWitnessPolicy(file)).toThrow(expect.objectContaining(refused) as Error);
      writeFileSync(file, 'canary-word\n');
      expect(() => loadWitnessPolicy(file)).toThrow(expect.objectContaining(refused) as Error);
      expect(() => loadWitnessPolicy(file)).not.toThrow(/canary/);
      writeFileSync(file, `${BANK}\nquorum bank\n`);
      expect(loadWitnessPolicy(file).witnesses).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
