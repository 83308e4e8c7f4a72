/** Names the key events of a log that stand under roots which a monitor knows: `spec/key-events.md`. */
import {
  CratonError,
  isKeyEventEntry,
  isMadeByRoot,
  type JsonValue,
  type KeyEvent,
  type KeyEventKind,
  keyFingerprint,
  readKeyEvent,
  rootEntryKid,
  type TrustedRoot,
} from '@craton/protocol';
import { nodeEd25519 } from '../audit/node-ed25519.ts';
import { fastSha256 } from './follow-tree.ts';

/** Key events that are told one by one; all others are only counted. */
export const KEY_EVENTS_SHOWN_MAX = 100;

/** An entry of the log under a known root. */
export interface SeenKeyEvent {
  readonly index: number;
  /** Of the statement's payload: all that the log holds of it. */
  readonly digest: string;
  readonly rootKeyId: string;
  /** What the statement says; absent if it was not given, or its root did not make it. */
  readonly said?: { readonly kind: KeyEventKind; readonly subjectKid: string };
}

/** The members of an entry that say whether it is a key event, and whose. */
export interface EntryMembers {
  readonly digest: string;
  readonly kid: string;
  readonly tag: string;
}

export class KeyEventNames {
  readonly #rootByKid: ReadonlyMap<string, string>;
  readonly #statements: ReadonlyMap<string, KeyEvent>;

  private constructor(
    rootByKid: ReadonlyMap<string, string>,
    statements: ReadonlyMap<string, KeyEvent>,
  ) {
    this.#rootByKid = rootByKid;
    this.#statements = statements;
  }

  /** Of the statements those count that one of the roots made. */
  static async open(
    roots: readonly TrustedRoot[],
    statements: readonly JsonValue[] = [],
  ): Promise<KeyEventNames> {
    const tools = { ed25519: nodeEd25519(), sha256: fastSha256 };
    const byDigest = new Map<string, KeyEvent>();
    for (const event of statements.flatMap(readOrNothing)) {
      const root = roots.find(({ keyId }) => keyId === event.rootKeyId);
      if (root === undefined || !(await isMadeByRoot(event, root, tools))) continue;
      byDigest.set(event.entry.digest, event);
    }
    const rootByKid = roots.map(({ keyId, publicKey }) => {
      return [rootEntryKid(keyFingerprint(publicKey, fastSha256)), keyId] as const;
    });
    return new KeyEventNames(new Map(rootByKid), byDigest);
  }

  /** Undefined for an entry that is no key event of a known root. */
  name(index: number, { digest, kid, tag }: EntryMembers): SeenKeyEvent | undefined {
    const rootKeyId = this.#rootByKid.get(kid);
    if (rootKeyId === undefined || !isKeyEventEntry({ digest, tag }, fastSha256)) return undefined;
    const event = this.#statements.get(digest);
    const said = event && { kind: event.kind, subjectKid: event.subjectKid };
    return { index, digest, rootKeyId, ...(said && { said }) };
  }
}

function readOrNothing(statement: JsonValue): KeyEvent[] {
  try {
    return [readKeyEvent(statement, fastSha256)];
  } catch (error) {
    if (error instanceof CratonError) return [];
    throw error;
  }
}

/** Key events of one look: the first few, and how many there were. */
export class SeenKeyEvents {
  readonly listed: SeenKeyEvent[] = [];
  total = 0;

  add(seen: SeenKeyEvent): void {
    this.total++;
    if (this.listed.length < KEY_EVENTS_SHOWN_MAX) this.listed.push(seen);
  }
}
