/** Which logs and how many of which witnesses are believed (C2SP tlog-policy). */
import { CratonError } from '../errors.ts';
import type { Ed25519Verify } from '../ed25519.ts';
import { encodeHex } from '../bytes.ts';
import { sha256, type Sha256 } from '../sha256.ts';
import { verifyCheckpoint, type Cosignature, type VerifiedCheckpoint } from './checkpoint.ts';
import { parseVerifierKey, SIGNATURE_TYPE, type VerifierKey } from './verifier-key.ts';

/** The keywords of a tlog-policy; a file with more keywords splits its lines by these. */
export const TLOG_POLICY_KEYWORDS: ReadonlySet<string> = new Set([
  'log',
  'witness',
  'group',
  'quorum',
]);

const POLICY_LINES_MAX = 1_000;
const LINE_CHARS_MAX = 4_096;
/** The quorum that asks for no witness. */
const NONE = 'none';

/** One line that is neither empty nor a comment. */
export interface PolicyLine {
  /** Counted from 1. */
  readonly number: number;
  readonly words: readonly string[];
}

/** A log whose checkpoints are accepted; its key is named like its origin. */
export interface PolicyLog {
  readonly key: VerifierKey;
  readonly url?: string;
}

export interface PolicyWitness {
  /** The policy's own name for the witness; its key may be named otherwise. */
  readonly name: string;
  readonly key: VerifierKey;
  readonly url?: string;
}

export interface PolicyGroup {
  readonly name: string;
  /** How many of the members must have cosigned, 1 to their number. */
  readonly threshold: number;
  /** Names of witnesses and groups; a name is a member once in the whole policy. */
  readonly members: readonly string[];
}

export interface TlogPolicy {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: readonly PolicyGroup[];
  /** Name of a witness or group, or `none`. */
  readonly quorum: string;
}

/** Splits a policy file into words; throws `ERR_TRUST_POLICY` for control characters or length. */
export function splitPolicyLines(text: string): PolicyLine[] {
  const lines = text.split('\n');
  if (lines.length > POLICY_LINES_MAX) throw refusedLine(POLICY_LINES_MAX, 'the file is too long');
  return lines.flatMap((line, index) => {
    const number = index + 1;
    if (line.length > LINE_CHARS_MAX) throw refusedLine(number, 'the line is too long');
    if (!line.isWellFormed() || /[\u0000-\u0008\u000a-\u001f\u007f]/.test(line)) {
      throw refusedLine(number, 'control characters are not allowed; end lines with LF alone');
    }
    const words = line.split(/[ \t]+/).filter((word) => word !== '');
    return words.length === 0 || words[0]?.startsWith('#') === true ? [] : [{ number, words }];
  });
}

/** Reads a tlog-policy file; throws `ERR_TRUST_POLICY`. */
export function parseTlogPolicy(text: string, hash: Sha256 = sha256): TlogPolicy {
  return parseTlogPolicyLines(splitPolicyLines(text), hash);
}

/**
 * Reads the `log`, `witness`, `group` and `quorum` lines of a policy, in their order and without
 * any others. Throws `ERR_TRUST_POLICY`, naming the line.
 */
export function parseTlogPolicyLines(
  lines: readonly PolicyLine[],
  hash: Sha256 = sha256,
): TlogPolicy {
  const reader = new PolicyReader(hash);
  for (const line of lines) reader.read(line);
  return reader.policy();
}

class PolicyReader {
  readonly #hash: Sha256;
  readonly #logs: PolicyLog[] = [];
  readonly #witnesses: PolicyWitness[] = [];
  readonly #groups: PolicyGroup[] = [];
  readonly #names = new Set<string>();
  readonly #members = new Set<string>();
  readonly #publicKeys = new Set<string>();
  #quorum: string | undefined;
  #lineNumber = 0;

  constructor(hash: Sha256) {
    this.#hash = hash;
  }

  read({ number, words: [keyword, ...items] }: PolicyLine): void {
    this.#lineNumber = number;
    if (keyword === 'log') this.#log(items);
    else if (keyword === 'witness') this.#witness(items);
    else if (keyword === 'group') this.#group(items);
    else if (keyword === 'quorum') this.#setQuorum(items);
    else throw this.#refused('the keyword is not known');
  }

  policy(): TlogPolicy {
    if (this.#quorum === undefined) {
      throw this.#refused('a quorum line must follow; `quorum none` asks for no witness');
    }
    return {
      logs: this.#logs,
      witnesses: this.#witnesses,
      groups: this.#groups,
      quorum: this.#quorum,
    };
  }

  #log([vkey, ...rest]: readonly string[]): void {
    const key = this.#key(vkey);
    if (key.type !== SIGNATURE_TYPE.ed25519) {
      throw this.#refused('a log needs a key of type 0x01 (Ed25519)');
    }
    this.#logs.push({ key, ...this.#url(rest) });
  }

  #witness([name, vkey, ...rest]: readonly string[]): void {
    const key = this.#key(vkey);
    if (key.type === SIGNATURE_TYPE.ed25519) {
      throw this.#refused('a witness needs a key of type 0x04 or 0x06');
    }
    this.#witnesses.push({ name: this.#define(name), key, ...this.#url(rest) });
  }

  #group([name, word = '', ...members]: readonly string[]): void {
    for (const member of members) {
      if (!this.#names.has(member)) throw this.#refused('a member is not defined above');
      if (this.#members.has(member)) throw this.#refused('a member is in a group already');
      this.#members.add(member);
    }
    const digits = /^[1-9][0-9]{0,3}$/.test(word) ? Number(word) : 0;
    const threshold = word === 'any' ? 1 : word === 'all' ? members.length : digits;
    if (threshold < 1 || threshold > members.length) {
      throw this.#refused('the threshold is any, all, or 1 to the number of members');
    }
    this.#groups.push({ name: this.#define(name), threshold, members });
  }

  #setQuorum([name = '', ...rest]: readonly string[]): void {
    if (this.#quorum !== undefined) throw this.#refused('there is a quorum already');
    if (rest.length > 0 || (name !== NONE && !this.#names.has(name))) {
      throw this.#refused('the quorum is `none` or one name defined above');
    }
    this.#quorum = name;
  }

  #define(name = NONE): string {
    if (name === NONE || this.#names.has(name)) {
      throw this.#refused('the name is taken, or reserved, or absent');
    }
    this.#names.add(name);
    return name;
  }

  #key(vkey = ''): VerifierKey {
    const key = this.#parseKey(vkey);
    const publicKey = encodeHex(key.publicKey);
    // A witness's name is not part of what it signs: one key would count as two witnesses.
    if (this.#publicKeys.has(publicKey)) throw this.#refused('the key is there already');
    this.#publicKeys.add(publicKey);
    return key;
  }

  #parseKey(vkey: string): VerifierKey {
    try {
      return parseVerifierKey(vkey, this.#hash);
    } catch (cause) {
      throw this.#refused('the verifier key cannot be used', cause);
    }
  }

  #url([url, ...rest]: readonly string[]): { url?: string } {
    if (url === undefined) return {};
    if (rest.length > 0 || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
      throw this.#refused('the last word must be an address with https:// or http://');
    }
    return { url };
  }

  #refused(what: string, cause?: unknown): CratonError {
    return refusedLine(this.#lineNumber, what, cause);
  }
}

function refusedLine(number: number, what: string, cause?: unknown): CratonError {
  return new CratonError('ERR_TRUST_POLICY', `Line ${number} of the policy: ${what}.`, {
    field: `line ${number}`,
    cause,
  });
}

/** Verifies a checkpoint under the policy's logs and witnesses; throws as `verifyCheckpoint`. */
export function verifyCheckpointUnder(
  policy: TlogPolicy,
  note: string,
  ed25519?: Ed25519Verify,
): Promise<VerifiedCheckpoint> {
  const keys = {
    logs: policy.logs.map(({ key }) => key),
    witnesses: policy.witnesses.map(({ key }) => key),
  };
  return verifyCheckpoint(note, keys, ed25519);
}

/** What the quorum says about one checkpoint. */
export interface QuorumResult {
  /** True if enough cosigned. Always true for `quorum none`: look at `cosigned` too. */
  readonly reached: boolean;
  /** Names of the witnesses that count: they stand below the quorum and have cosigned in time. */
  readonly cosigned: readonly string[];
  /** Names of all witnesses below the quorum. */
  readonly eligible: readonly string[];
}

/**
 * Evaluates the policy's quorum over valid cosignatures of one checkpoint. With `notAfterS` (POSIX
 * seconds, inclusive) only cosignatures up to that time count.
 */
export function evaluateQuorum(
  policy: TlogPolicy,
  cosignatures: readonly Cosignature[],
  { notAfterS = Infinity }: { readonly notAfterS?: number } = {},
): QuorumResult {
  const inTime = cosignatures.filter(({ timestampS }) => timestampS <= notAfterS);
  const witnesses = new Map(policy.witnesses.map((witness) => [witness.name, witness]));
  const groups = new Map(policy.groups.map((group) => [group.name, group]));
  const eligible: string[] = [];
  const cosigned: string[] = [];
  // Ends because a group's members are defined above it, so no group is below itself.
  const isWitnessed = (name: string): boolean => {
    const group = groups.get(name);
    if (group !== undefined) {
      return group.members.filter(isWitnessed).length >= group.threshold;
    }
    const witness = witnesses.get(name);
    if (witness === undefined) return false;
    eligible.push(name);
    const counts = inTime.some(({ key }) => isSameKey(key, witness.key));
    if (counts) cosigned.push(name);
    return counts;
  };
  const reached = policy.quorum === NONE || isWitnessed(policy.quorum);
  return { reached, cosigned, eligible };
}

function isSameKey(a: VerifierKey, b: VerifierKey): boolean {
  return a.name === b.name && a.keyId === b.keyId;
}
