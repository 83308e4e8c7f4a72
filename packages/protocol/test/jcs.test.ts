import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalize, encodeHex, parseStrict } from '../src/index.ts';
import { hasSharedVectors, listJson, sharedVectors, SKIPPED_WITHOUT_SHARED } from './files.ts';

const OPTIONS = { numbers: 'ieee754', depthMax: 12 } as const;

describe.skipIf(!hasSharedVectors)(
  `RFC 8785 vectors by its authors${SKIPPED_WITHOUT_SHARED}`,
  () => {
    const folder = new URL('jcs/testdata/', sharedVectors);

    for (const file of hasSharedVectors ? listJson(new URL('input/', folder)) : []) {
      const name = file.pathname.split('/').at(-1) ?? '';
      it(name, () => {
        const value = parseStrict(readFileSync(file), OPTIONS);
        expect(canonicalize(value)).toBe(readFileSync(new URL(`output/${name}`, folder), 'utf8'));
        const hex = readFileSync(
          new URL(`outhex/${name.replace('.json', '.txt')}`, folder),
          'utf8',
        );
        expect(encodeHex(canonicalBytes(value))).toBe(hex.replace(/\s/g, ''));
      });
    }

    it('writes the published sequence of numbers with the published hashes', () => {
      const readme = readFileSync(new URL('README.md', folder), 'utf8');
      const hash = createHash('sha256');
      const expected = new Map(
        [...readme.matchAll(/\| ([0-9a-f]{64}) \| (\d+) /g)].map(([, sum, lines]) => [
          Number(lines),
          sum,
        ]),
      );
      let lines = 0;
      for (const [bits, value] of numberSequence(readme)) {
        hash.update(`${bits.toString(16)},${canonicalize(value)}\n`);
        const sum = expected.get(++lines);
        if (sum !== undefined) expect(hash.copy().digest('hex'), `${lines} lines`).toBe(sum);
        if (lines === 100_000) break;
      }
      expect(lines).toBe(100_000);
    });
  },
);

/** The generator that the vectors' README describes: fixed values, a series, then hashes. */
function* numberSequence(readme: string): Generator<[bigint, number]> {
  const fixed = [...readme.matchAll(/0x([0-9a-f]{16})n/g)].map(([, hex]) => BigInt(`0x${hex}`));
  const series = Array.from({ length: 2000 }, (_, index) => 0x0010000000000000n + BigInt(index));
  // The series' first value is part of the source text, not of the fixed list.
  for (const bits of fixed.slice(0, fixed.lastIndexOf(0x0010000000000000n)).concat(series)) {
    yield [bits, doubleOf(bits)];
  }
  let block: Buffer = Buffer.alloc(32);
  for (;;) {
    block = createHash('sha256').update(block).digest();
    for (let offset = 0; offset < 32; offset += 8) {
      const bits = block.readBigUInt64LE(offset);
      const value = doubleOf(bits);
      if (value !== 0 && Number.isFinite(value)) yield [bits, value];
    }
  }
}

function doubleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}
