/**
 * What the witness must never forget: per origin the newest checkpoint that it cosigned. One small
 * file holds all of them as notes, each with the witness's own cosignature, so that a changed
 * character is noticed when it is read.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import {
  CratonError,
  DEPTH_MAX,
  formatVerifierKey,
  Members,
  parseCheckpoint,
  parseStrict,
  type VerifierKey,
  verifyNote,
} from '@craton/protocol';
import { createDurably, replaceDurably } from './durable-file.ts';

const OBJECT = 'craton.witness.state.v1';
const FIELD = '--state';
/** Room for a thousand logs that send as much as a request may hold. */
const FILE_BYTES_MAX = 128 * 1024 * 1024;

/** The newest checkpoint of one log that this witness cosigned. */
export interface CosignedCheckpoint {
  readonly origin: string;
  readonly treeSize: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** POSIX seconds, of the cosignature. */
  readonly timestampS: number;
  /** The whole note, with the log's signatures and the witness's. */
  readonly note: string;
}

/** Makes the state of a witness that has cosigned nothing; the file must not exist yet. */
export async function createState(path: string, key: VerifierKey): Promise<void> {
  await createDurably(path, formatState(key, []));
}

export class WitnessState {
  readonly #path: string;
  readonly #key: VerifierKey;
  /** By the hex SHA-256 of the origin, as addresses name it. */
  #checkpoints: ReadonlyMap<string, CosignedCheckpoint>;
  #isUncertain = false;

  private constructor(path: string, key: VerifierKey, checkpoints: readonly CosignedCheckpoint[]) {
    this.#path = path;
    this.#key = key;
    this.#checkpoints = new Map(checkpoints.map((known) => [originHash(known.origin), known]));
  }

  /**
   * Reads the file; the caller holds its lock. Throws `ERR_CONFIG` if it is absent or belongs to
   * another key, `ERR_STORE_UNAVAILABLE` if anything in it is not as this witness wrote it.
   */
  static async open(path: string, key: VerifierKey): Promise<WitnessState> {
    if (!existsSync(path)) {
      const message =
        'The state file does not exist. Without it this witness has forgotten what it cosigned: ' +
        'bring the file back, or begin again with a new key.';
      throw new CratonError('ERR_CONFIG', message, { field: FIELD });
    }
    const file = realpathSync(path);
    return new WitnessState(file, key, await parseState(readFileSync(file), key));
  }

  /** The newest checkpoint of an origin, undefined before the first. */
  newest(origin: string): CosignedCheckpoint | undefined {
    return this.#checkpoints.get(originHash(origin));
  }

  /** The same, by the hex SHA-256 of the origin. */
  byOriginHash(hash: string): CosignedCheckpoint | undefined {
    return this.#checkpoints.get(hash);
  }

  /** POSIX seconds of the newest cosignature for any log, 0 before the first. */
  get newestTimestampS(): number {
    const times = [...this.#checkpoints.values()].map(({ timestampS }) => timestampS);
    return Math.max(0, ...times);
  }

  /**
   * Puts a checkpoint in the place of its origin's; durable when it resolves. One call at a time.
   * Throws `ERR_STORE_UNAVAILABLE`; from then on always, because nobody knows what is on the disk.
   */
  async replace(checkpoint: CosignedCheckpoint): Promise<void> {
    if (this.#isUncertain) throw unavailable('could not be written; restart the witness');
    const next = new Map(this.#checkpoints).set(originHash(checkpoint.origin), checkpoint);
    try {
      await replaceDurably(this.#path, formatState(this.#key, [...next.values()]));
    } catch (cause) {
      this.#isUncertain = true;
      throw unavailable('cannot be written', cause);
    }
    this.#checkpoints = next;
  }
}

/** How addresses name an origin: the hex SHA-256 (C2SP tlog-witness). */
export function originHash(origin: string): string {
  return createHash('sha256').update(origin).digest('hex');
}

function formatState(key: VerifierKey, checkpoints: readonly CosignedCheckpoint[]): string {
  const notes = checkpoints.map(({ note }) => note);
  const state = { object: OBJECT, witness: formatVerifierKey(key), checkpoints: notes };
  return `${JSON.stringify(state, undefined, 1)}\n`;
}

async function parseState(bytes: Uint8Array, key: VerifierKey): Promise<CosignedCheckpoint[]> {
  const state = readMembers(bytes);
  if (state.witness !== formatVerifierKey(key)) {
    const message = 'The state file belongs to a witness with another key or name.';
    throw new CratonError('ERR_CONFIG', message, { field: FIELD });
  }
  const checkpoints: CosignedCheckpoint[] = [];
  for (const note of state.notes) checkpoints.push(await readCheckpoint(note, key));
  const origins = new Set(checkpoints.map(({ origin }) => origin));
  if (origins.size < checkpoints.length) throw damaged();
  return checkpoints;
}

function readMembers(bytes: Uint8Array): { witness: string; notes: readonly string[] } {
  if (bytes.length > FILE_BYTES_MAX) throw damaged();
  try {
    const parsed = parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.other });
    const members = Members.of(parsed, '', 'ERR_STORE_UNAVAILABLE');
    members.only('object', 'witness', 'checkpoints');
    members.constant('object', OBJECT);
    return { witness: members.text('witness'), notes: members.textList('checkpoints') };
  } catch (cause) {
    throw damaged(cause);
  }
}

async function readCheckpoint(note: string, key: VerifierKey): Promise<CosignedCheckpoint> {
  try {
    const { text, signatures } = await verifyNote(note, [key]);
    const { origin, treeSize, root } = parseCheckpoint(text);
    return { origin, treeSize, root, timestampS: signatures[0]?.timestampS ?? 0, note };
  } catch (cause) {
    throw damaged(cause);
  }
}

function damaged(cause?: unknown): CratonError {
  const advice = 'never go back to an older copy, which would forget; begin again with a new key';
  return unavailable(`is damaged: ${advice}`, cause);
}

function unavailable(what: string, cause?: unknown): CratonError {
  return new CratonError('ERR_STORE_UNAVAILABLE', `The state file ${what}.`, {
    field: FIELD,
    cause,
  });
}
