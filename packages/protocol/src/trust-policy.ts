/**
 * The trust policy: the only source of trust of a verifier, kept by whoever verifies (PROTOCOL
 * section 7). Keys that come with a bundle are never trusted for coming with it.
 */
import { decodeBase64 } from './base64.ts';
import { decodeUtf8, encodeHex } from './bytes.ts';
import { isRefusedPoint, PUBLIC_KEY_BYTES } from './ed25519.ts';
import { CratonError } from './errors.ts';
import { isEnvironment, isHashBase64, isHashText, isIssuer, isRootKeyId } from './names.ts';
import { REPORT_LINES, type ReportLine } from './report.ts';
import {
  parseTlogPolicyLines,
  splitPolicyLines,
  TLOG_POLICY_KEYWORDS,
} from './tlog/tlog-policy.ts';
import type { PolicyLine, TlogPolicy } from './tlog/tlog-policy.ts';

/** A root speaks for one issuer and the named environments only. */
export interface TrustedRoot {
  readonly keyId: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly issuer: string;
  readonly environments: readonly string[];
}

/** A key whose receipts count only where they stood in the log before a cut-off. */
export interface CompromisedKey {
  readonly kid: string;
  readonly origin: string;
  readonly size: number;
  /** Padded base64, as in the checkpoint. */
  readonly root: string;
}

/** A line that must be `verified`; `count` is the number of witnesses, for `witnesses` only. */
export interface Requirement {
  readonly line: ReportLine;
  readonly count?: number;
}

export interface TrustPolicy {
  readonly roots: readonly TrustedRoot[];
  /** How many roots must attest a key. */
  readonly rootQuorum: number;
  readonly require: readonly Requirement[];
  readonly compromised: readonly CompromisedKey[];
  /** Names of witnesses that the issuer runs itself. */
  readonly issuerOperated: readonly string[];
  readonly tlog: TlogPolicy;
}

const HEADER = 'craton-policy v1';
const WITHOUT_LOGS: TlogPolicy = { logs: [], witnesses: [], groups: [], quorum: 'none' };
const ROOTS_MAX = 64;
const FILE_BYTES_MAX = 65_536;

/** Reads a trust policy file; throws `ERR_TRUST_POLICY`, naming the line. */
export function parseTrustPolicy(bytes: Uint8Array): TrustPolicy {
  if (bytes.length > FILE_BYTES_MAX) throw policyError(1, 'the file is longer than 64 KiB');
  const lines = splitPolicyLines(decodeUtf8(bytes));
  const [first, ...rest] = lines;
  if (first?.number !== 1 || first.words.join(' ') !== HEADER) {
    throw policyError(1, `the file must begin with the line ${HEADER}`);
  }
  const reader = new TrustPolicyReader();
  const isTlog = ({ words }: PolicyLine): boolean => TLOG_POLICY_KEYWORDS.has(words[0] ?? '');
  for (const line of rest) if (!isTlog(line)) reader.read(line);
  const tlogLines = rest.filter(isTlog);
  return reader.finish(tlogLines.length === 0 ? WITHOUT_LOGS : parseTlogPolicyLines(tlogLines));
}

/**
 * Reads what `--require` and the policy's `require` lines say: report lines with commas between
 * them, `witnesses:2` for a number of witnesses. Throws `ERR_TRUST_POLICY`.
 */
export function parseRequirements(text: string): readonly Requirement[] {
  return text.split(',').map((part) => {
    const [, name, count] = /^([a-z_]+)(?::([1-9][0-9]{0,2}))?$/.exec(part) ?? [];
    const line = REPORT_LINES.find((known) => known === name);
    if (line === undefined || (count !== undefined && line !== 'witnesses')) {
      const known = REPORT_LINES.join(', ');
      throw new CratonError('ERR_TRUST_POLICY', `A required line must be one of: ${known}.`, {
        field: 'require',
      });
    }
    return count === undefined ? { line } : { line, count: Number(count) };
  });
}

class TrustPolicyReader {
  readonly #roots: TrustedRoot[] = [];
  readonly #require: Requirement[] = [];
  readonly #compromised: CompromisedKey[] = [];
  readonly #issuerOperated: { readonly name: string; readonly number: number }[] = [];
  #rootQuorum: number | undefined;

  read({ number, words }: PolicyLine): void {
    const [keyword, ...items] = words;
    switch (keyword) {
      case 'root':
        this.#root(number, items);
        return;
      case 'root-quorum':
        this.#setRootQuorum(number, items);
        return;
      case 'require':
        if (items.length !== 1) throw policyError(number, 'require takes one list, without spaces');
        this.#require.push(...parseRequirements(items[0] ?? ''));
        return;
      case 'compromised':
        this.#compromise(number, items);
        return;
      case 'issuer-operated':
        if (items.length !== 1) throw policyError(number, 'issuer-operated takes one witness name');
        this.#issuerOperated.push({ name: items[0] ?? '', number });
        return;
      default:
        throw policyError(number, 'the keyword is not known');
    }
  }

  finish(tlog: TlogPolicy): TrustPolicy {
    const rootQuorum = this.#rootQuorum ?? 1;
    if (rootQuorum > Math.max(this.#roots.length, 1)) {
      throw new CratonError('ERR_TRUST_POLICY', 'root-quorum asks for more roots than there are.', {
        field: 'root-quorum',
      });
    }
    for (const { name, number } of this.#issuerOperated) {
      const known = tlog.witnesses.some((witness) => witness.name === name);
      if (!known) throw policyError(number, 'issuer-operated names no witness of this policy');
    }
    this.#refuseSharedKeys(tlog);
    return {
      roots: this.#roots,
      rootQuorum,
      require: this.#require,
      compromised: this.#compromised,
      issuerOperated: this.#issuerOperated.map(({ name }) => name),
      tlog,
    };
  }

  #root(number: number, items: readonly string[]): void {
    const [keyId = '', key = '', issuer = '', environments = ''] = items;
    if (items.length !== 4) throw policyError(number, 'root takes id, key, issuer, environments');
    if (!isRootKeyId(keyId)) throw policyError(number, 'the root key id does not have its form');
    if (!isIssuer(issuer)) throw policyError(number, 'the issuer does not have its form');
    const names = environments.split(',');
    if (!names.every(isEnvironment) || new Set(names).size !== names.length) {
      throw policyError(number, 'the environments are not different names');
    }
    if (this.#roots.some((root) => root.keyId === keyId)) {
      throw policyError(number, 'the root key id is there already');
    }
    if (this.#roots.length >= ROOTS_MAX) throw policyError(number, 'there are too many roots');
    const publicKey = readKey(number, key);
    this.#roots.push({ keyId, publicKey, issuer, environments: names });
  }

  #setRootQuorum(number: number, items: readonly string[]): void {
    const [count = ''] = items;
    if (items.length !== 1 || !/^[1-9][0-9]?$/.test(count) || this.#rootQuorum !== undefined) {
      throw policyError(number, 'root-quorum takes one number from 1 to 99, once');
    }
    this.#rootQuorum = Number(count);
  }

  #compromise(number: number, items: readonly string[]): void {
    const [kid = '', before, origin = '', size = '', root = ''] = items;
    const isSize = /^(?:0|[1-9][0-9]{0,15})$/.test(size) && Number.isSafeInteger(Number(size));
    const isRoot = isHashBase64(root);
    const isKid = isHashText(kid);
    if (items.length !== 5 || before !== 'before' || !isSize || !isRoot || !isKid) {
      throw policyError(number, 'compromised reads: <kid> before <origin> <size> <base64 root>');
    }
    if (this.#compromised.some((known) => known.kid === kid)) {
      throw policyError(number, 'the key is named as compromised already');
    }
    this.#compromised.push({ kid, origin, size: Number(size), root });
  }

  /** One key in two roles would let a log or a witness speak as a root. */
  #refuseSharedKeys(tlog: TlogPolicy): void {
    const keys = trustedKeys({ roots: this.#roots, tlog }).map(encodeHex);
    if (new Set(keys).size === keys.length) return;
    throw new CratonError('ERR_TRUST_POLICY', 'One key stands in two places of the policy.');
  }
}

/** All keys of a policy, whichever their role. */
export function trustedKeys({ roots, tlog }: Pick<TrustPolicy, 'roots' | 'tlog'>): Uint8Array[] {
  return [
    ...roots.map((root) => root.publicKey),
    ...tlog.logs.map((log) => log.key.publicKey),
    ...tlog.witnesses.map((witness) => witness.key.publicKey),
  ];
}

function readKey(number: number, text: string): Uint8Array {
  let key: Uint8Array;
  try {
    key = decodeBase64(text);
  } catch (cause) {
    throw policyError(number, 'the key is not standard base64', cause);
  }
  if (key.length !== PUBLIC_KEY_BYTES || isRefusedPoint(key)) {
    throw policyError(number, 'the key is not a usable Ed25519 key');
  }
  return key;
}

function policyError(number: number, what: string, cause?: unknown): CratonError {
  const field = `line ${number}`;
  return new CratonError('ERR_TRUST_POLICY', `Line ${number} of the policy: ${what}.`, {
    field,
    cause,
  });
}
