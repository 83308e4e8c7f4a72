/** The key events that an export lists, against the log: `spec/key-events.md`, section 4. */
import type { Ed25519Verify } from '../ed25519.ts';
import { CratonError } from '../errors.ts';
import type { JsonValue } from '../json/canonical.ts';
import { isMadeByRoot } from '../key-compromise.ts';
import { encodeKeyEvent, type KeyEvent, readKeyEvent } from '../key-event.ts';
import type { Sha256 } from '../sha256.ts';
import { equalBytes } from '../bytes.ts';
import { leafHash } from '../tlog/merkle.ts';
import type { TrustPolicy } from '../trust-policy.ts';
import type { ExceptionList } from './exceptions.ts';
import type { ExportHeader } from './export-lines.ts';
import type { LoggedLeaf } from './leaf-join.ts';
import type { AuditedKey } from './receipt-audit.ts';

export interface KeyEventTools {
  readonly ed25519: Ed25519Verify;
  readonly sha256: Sha256;
}

/** What the log showed of key events. */
export interface KeyEventCounts {
  /** Of the listed ones, those that the log has. */
  readonly found: number;
  /** Keys with a receipt in the log and no attestation in it. */
  readonly unloggedKeys: number;
  /** Statements of the header that cut off a key and are not in the log. */
  readonly unloggedCutOffs: number;
}

interface ListedEvent {
  readonly event: KeyEvent;
  readonly leafHash: Uint8Array;
  /** A root of the policy made it, for this log. */
  readonly isOfPolicy: boolean;
  /** Where the export says that its entry stands. */
  readonly told: number | undefined;
  /** Of its entry, wherever it was first. */
  index: number | undefined;
  isTwice: boolean;
}

/** Takes the entries of the log as they come by, and judges when it has seen all. */
export class KeyEventAudit {
  readonly #header: ExportHeader;
  readonly #exceptions: ExceptionList;
  readonly #sha256: Sha256;
  readonly #byTag: ReadonlyMap<string, ListedEvent>;

  private constructor(
    header: ExportHeader,
    exceptions: ExceptionList,
    sha256: Sha256,
    listed: readonly ListedEvent[],
  ) {
    this.#header = header;
    this.#exceptions = exceptions;
    this.#sha256 = sha256;
    this.#byTag = new Map(listed.map((one) => [one.event.entry.tag, one]));
  }

  /** Reads and verifies what the header lists. */
  static async open(
    header: ExportHeader,
    { trust, exceptions }: { readonly trust: TrustPolicy; readonly exceptions: ExceptionList },
    tools: KeyEventTools,
  ): Promise<KeyEventAudit> {
    const listed: ListedEvent[] = [];
    for (const [position, { statement, logIndex }] of header.keyEvents.entries()) {
      const event = readOrUndefined(statement, tools.sha256);
      const standing = event && (await standingOf(event, trust, tools));
      if (event === undefined || standing === 'forged') {
        exceptions.add('key_event_invalid', { position });
      }
      if (event === undefined) continue;
      const hash = leafHash(encodeKeyEvent(event), tools.sha256);
      const isOfPolicy = standing === 'made' && isForLog(event, header);
      listed.push({
        ...{ event, leafHash: hash, isOfPolicy, told: logIndex },
        ...{ index: undefined, isTwice: false },
      });
    }
    return new KeyEventAudit(header, exceptions, tools.sha256, listed);
  }

  /** Whether this entry is of a listed event; else it is for others to explain. */
  take({ tag, leafHash: hash, index }: LoggedLeaf): boolean {
    const listed = this.#byTag.get(tag);
    if (listed === undefined || !equalBytes(listed.leafHash, hash)) return false;
    if (listed.index === undefined) listed.index = index;
    else listed.isTwice = true;
    return true;
  }

  /** To be called when every entry was taken. `firstIndex`: of each key's first receipt in the log. */
  judge(
    treeSize: number,
    keys: readonly AuditedKey[],
    firstIndex: ReadonlyMap<number, number>,
  ): KeyEventCounts {
    const listed = Array.from(this.#byTag.values());
    for (const one of listed) this.#judgePlace(one, treeSize);
    let unloggedKeys = 0;
    for (const { kid, keyNo } of keys) {
      const first = firstIndex.get(keyNo);
      if (first !== undefined && !this.#isAttestedInLog(kid, first)) unloggedKeys++;
    }
    return {
      found: listed.filter(({ index }) => index !== undefined).length,
      unloggedKeys,
      unloggedCutOffs: this.#header.keyCompromises.filter((statement) =>
        this.#isUnlogged(statement),
      ).length,
    };
  }

  #judgePlace({ event, told, index, isTwice }: ListedEvent, treeSize: number): void {
    const isWhereTold = told === undefined || told === index;
    const isLater = told !== undefined && told >= treeSize && index === undefined;
    if ((isWhereTold || isLater) && !isTwice) return;
    this.#exceptions.add('key_event_misplaced', {
      digest: event.entry.digest,
      ...(told !== undefined && { told }),
      ...(index !== undefined && { index }),
    });
  }

  /** False if no attestation of the key is in the log; one that comes too late is an exception. */
  #isAttestedInLog(kid: string, first: number): boolean {
    const ofPolicy = Array.from(this.#byTag.values()).filter(({ isOfPolicy }) => isOfPolicy);
    const isAttestation = ({ event }: ListedEvent): boolean =>
      event.kind === 'key_attested' && event.subjectKid === kid;
    const attested = earliest(ofPolicy.filter(isAttestation));
    // The log held key events when the key signed first, and not this one.
    if (earliest(ofPolicy) < first && attested > first) {
      this.#exceptions.add('key_event_missing', { kid, index: first });
    }
    return attested !== Infinity;
  }

  #isUnlogged(statement: JsonValue): boolean {
    const event = readOrUndefined(statement, this.#sha256);
    return event === undefined || this.#byTag.get(event.entry.tag)?.index === undefined;
  }
}

/** `unknown`: the policy does not name its root, and it is set aside. */
async function standingOf(
  event: KeyEvent,
  { roots }: TrustPolicy,
  tools: KeyEventTools,
): Promise<'made' | 'forged' | 'unknown'> {
  const root = roots.find(({ keyId }) => keyId === event.rootKeyId);
  if (root === undefined) return 'unknown';
  return (await isMadeByRoot(event, root, tools)) ? 'made' : 'forged';
}

function isForLog(event: KeyEvent, { issuer, environment }: ExportHeader): boolean {
  return event.issuer === issuer && event.environments.includes(environment);
}

function earliest(events: readonly ListedEvent[]): number {
  return Math.min(Infinity, ...events.map(({ index = Infinity }) => index));
}

function readOrUndefined(statement: JsonValue, sha256: Sha256): KeyEvent | undefined {
  try {
    return readKeyEvent(statement, sha256);
  } catch (error) {
    if (error instanceof CratonError) return undefined;
    throw error;
  }
}
