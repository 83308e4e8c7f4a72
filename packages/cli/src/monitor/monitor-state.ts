/** What a monitor remembers between two runs: the last checkpoint that it verified, and its tree. */
import { existsSync } from 'node:fs';
import {
  CratonError,
  decodeBase64,
  edgeRoot,
  encodeBase64,
  equalBytes,
  HASH_BYTES,
  isJsonList,
  type JsonValue,
  Members,
  parseStrict,
  partialTiles,
  type TlogPolicy,
  type TreeEdge,
  verifyCheckpointUnder,
} from '@craton/protocol';
import { CommandFailure } from '../failure.ts';
import { PUBLIC_MODE, readFileOrFail, replaceFile } from '../files.ts';
import type { Head } from './contradictions.ts';
import { fastSha256 } from './follow-tree.ts';

const OBJECT = 'craton.monitor.state.v1';
const DEPTH = 4;
const CODE = 'ERR_FORMAT';

export interface MonitorState {
  readonly head: Head;
  readonly edge: TreeEdge;
  /** Payload digests of receipts that were looked for, with the index of those that were found. */
  readonly receipts: ReadonlyMap<string, number | undefined>;
}

/**
 * Reads a state file; undefined if there is none yet. Fails with exit code `badInput` if it is
 * damaged or belongs to a log that the policy does not know.
 */
export async function readState(
  path: string,
  origin: string,
  policy: TlogPolicy,
): Promise<MonitorState | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    return await parseState(readFileOrFail(path), origin, policy);
  } catch (cause) {
    if (!(cause instanceof CratonError)) throw cause;
    throw new CommandFailure(`${path} is not the state of a monitor of ${origin}.`, {
      exit: 'badInput',
      code: 'state_damaged',
      nextStep:
        'Bring the right file back. Without it the monitor begins anew and cannot notice that the ' +
        'log has changed what it showed before.',
      cause,
    });
  }
}

/** Replaces the state file in one step. */
export function writeState(path: string, { head, edge, receipts }: MonitorState): void {
  const state = {
    object: OBJECT,
    checkpoint: head.note,
    edge: edge.levels.map((hashes) => hashes.map(encodeBase64)),
    receipts: [...receipts].map(([digest, index]) => ({ digest, index })),
  };
  replaceFile(path, `${JSON.stringify(state)}\n`, PUBLIC_MODE);
}

async function parseState(
  bytes: Uint8Array,
  origin: string,
  policy: TlogPolicy,
): Promise<MonitorState> {
  const members = Members.of(parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH }), '', CODE);
  members.constant('object', OBJECT);
  const note = members.text('checkpoint');
  const { treeSize, root, ...checkpoint } = await verifyCheckpointUnder(
    { ...policy, witnesses: [] },
    note,
  );
  const edge = { treeSize, levels: members.list('edge').map(parseHashes) };
  const isWhole =
    checkpoint.origin === origin && hasWidths(edge) && equalBytes(edgeRoot(edge, fastSha256), root);
  if (!isWhole) throw members.wrong('edge', 'does not fit the checkpoint');
  const receipts = new Map(members.list('receipts').map(parseReceipt));
  return { head: { treeSize, root, note }, edge, receipts };
}

function parseHashes(value: JsonValue): Uint8Array[] {
  if (!isJsonList(value)) throw new CratonError(CODE, 'A level is a list.', { field: 'edge' });
  return value.map((text) => {
    const hash = typeof text === 'string' ? decodeBase64(text) : new Uint8Array();
    if (hash.length === HASH_BYTES) return hash;
    throw new CratonError(CODE, 'A hash has 32 bytes.', { field: 'edge' });
  });
}

function parseReceipt(value: JsonValue): [string, number | undefined] {
  const receipt = Members.of(value, 'receipts', CODE);
  return [receipt.text('digest'), receipt.has('index') ? receipt.integer('index', 0) : undefined];
}

/** Whether each level has as many hashes as the tree's partial tile there. */
function hasWidths({ treeSize, levels }: TreeEdge): boolean {
  const widths = new Map(partialTiles(treeSize).map(({ level, width }) => [level, width]));
  return (
    levels.every(({ length }, level) => length === (widths.get(level) ?? 0)) &&
    [...widths.keys()].every((level) => Number(level) < levels.length)
  );
}
