/** A log that other software wrote, with the test key that it published. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { base64, foreignVectors, signerOf } from '../../test/tlog/vectors.ts';
import {
  appendLeaves,
  decodeEntryBundle,
  decodeTile,
  EMPTY_EDGE,
  encodeEntryBundle,
  formatCheckpoint,
  leafHash,
  merkleRoot,
  parseVerifierKey,
  rootFromTiles,
  signNote,
  verifyCheckpoint,
} from './index.ts';

const KEY = parseVerifierKey(
  'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx',
);
/** The type byte 0x01 and the seed, as in the log's published signing key. */
const SIGNING_KEY = base64('AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg');

const foreign = foreignVectors('tessera-log');
const readLog = (name: string): Buffer => readFileSync(join(foreign.path, 'testdata/log', name));
const checkpointNames = [
  'checkpoint',
  ...Array.from({ length: 16 }, (_, size) => `checkpoint.${size}`),
];

describe.skipIf(foreign.absent)(foreign.title, () => {
  it.each(checkpointNames)('verifies %s and signs it again byte for byte', async (name) => {
    const note = readLog(name).toString('utf8');
    const checkpoint = await verifyCheckpoint(note, { logs: [KEY], witnesses: [] });
    expect(checkpoint.origin).toBe('example.com/log/testdata');
    expect(name).toMatch(
      checkpoint.treeSize === 15 ? /^checkpoint(\.15)?$/ : `.${checkpoint.treeSize}`,
    );
    expect(formatCheckpoint(checkpoint)).toBe(checkpoint.text);
    const signer = signerOf(KEY, SIGNING_KEY.subarray(1));
    expect(await signNote(checkpoint.text, [signer])).toBe(note);
  });

  it.each(Array.from({ length: 15 }, (_, index) => index + 1))(
    'computes root, tile and bundle of size %i from the entries',
    async (size) => {
      const note = readLog(`checkpoint.${size}`).toString('utf8');
      const { root } = await verifyCheckpoint(note, { logs: [KEY], witnesses: [] });
      const bundle = new Uint8Array(readLog(`tile/entries/000.p/${size}`));
      const entries = decodeEntryBundle(bundle, size);
      const leaves = entries.map((entry) => leafHash(entry));
      expect(encodeEntryBundle(entries)).toEqual(bundle);
      expect(merkleRoot(leaves)).toEqual(root);
      const tile = new Uint8Array(readLog(`tile/0/000.p/${size}`));
      expect(appendLeaves(EMPTY_EDGE, leaves).tiles).toEqual([
        { tile: { level: 0, index: 0, width: size }, bytes: tile },
      ]);
      expect(decodeTile(tile, size)).toEqual(leaves);
      expect(await rootFromTiles(size, () => tile)).toEqual(root);
    },
  );
});
