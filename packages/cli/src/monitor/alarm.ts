/** What a monitor raises an alarm for, and the evidence that anybody else can check. */
import {
  type Checkpoint,
  type ConsistencyClaim,
  encodeBase64,
  type JsonValue,
} from '@craton/protocol';

/** Each says something else about the log; none is an accident of the network. */
export type AlarmCode =
  /** Two checkpoints that the log signed have histories that exclude each other. */
  | 'fork'
  /** It shows less than it has shown or promised before. */
  | 'shrink'
  /** A receipt, its proof or a witness saw another history than the one shown here. */
  | 'seen_conflict'
  /** A receipt is not in the log although its merge_by has passed. */
  | 'promise_broken'
  /** The entries fit the checkpoint, a tile does not. */
  | 'tile_mismatch'
  /** The tiles fit the checkpoint, the entries do not. */
  | 'entry_mismatch'
  /** Neither tiles nor entries fit the checkpoint. */
  | 'checkpoint_unbacked'
  /** What is shown as a checkpoint is not signed by a log of the trust policy. */
  | 'checkpoint_invalid';

/** A consistency proof, and the root of the old size that it leads to. */
export interface ConsistencyEvidence {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly hashes: readonly string[];
}

export interface AlarmEvidence {
  /** Notes as they came, the older first. */
  readonly checkpoints: readonly string[];
  /** It verifies for `root1`, which is not the root that was signed or seen before. */
  readonly proof?: ConsistencyEvidence;
  readonly tile?: {
    readonly path: string;
    readonly served_sha256: string;
    readonly computed_sha256: string;
  };
  readonly receipts?: readonly { readonly file: string; readonly receipt: JsonValue }[];
}

/** The log contradicts what it signed, or cannot stand behind it. */
export class InconsistentLogError extends Error {
  override readonly name: string = 'InconsistentLogError';
  readonly code: AlarmCode;
  readonly evidence: AlarmEvidence;

  constructor(code: AlarmCode, message: string, evidence: AlarmEvidence) {
    super(message);
    this.code = code;
    this.evidence = evidence;
  }
}

/** The file that is written for an alarm. */
export function alarmDocument(alarm: InconsistentLogError, url: string, atMs: number): object {
  return {
    object: 'craton.monitor.alarm.v1',
    code: alarm.code,
    message: alarm.message,
    log: url,
    raised_at: new Date(atMs).toISOString(),
    ...alarm.evidence,
  };
}

/** A proof as evidence. */
export function consistencyEvidence(claim: ConsistencyClaim): ConsistencyEvidence {
  return {
    size1: Number(claim.size1),
    size2: Number(claim.size2),
    root1: encodeBase64(claim.root1),
    root2: encodeBase64(claim.root2),
    hashes: claim.proof.map(encodeBase64),
  };
}

/** `size 17, root ...`, for messages. */
export function describeHead({ treeSize, root }: Pick<Checkpoint, 'treeSize' | 'root'>): string {
  return `size ${treeSize}, root ${encodeBase64(root)}`;
}
