/** The check request (PROTOCOL section 2): parsed strictly, labels normalised, nothing else kept. */
import { utf8 } from './bytes.ts';
import { type Digest, digestBytes, taggedDigest } from './digest.ts';
import type { JsonObject, JsonValue } from './json/canonical.ts';
import { isJsonObject, showableName } from './json/members.ts';
import { NumberTexts } from './json/parse-strict.ts';
import { isDigest, isLabel, isReference } from './names.ts';
import type { FactValue } from './opening.ts';
import { fault, parseDigest, parseRequestBody, refuseUnknown, text } from './request-body.ts';
import { type Sha256, sha256 as ownSha256 } from './sha256.ts';

export { REQUEST_BYTES_MAX } from './request-body.ts';

/** A fact as it was sent; what type it must have only the matched path knows. */
export interface SubmittedFact {
  readonly value: FactValue;
  /** The text of a number, because `5.0` and `5` are told apart. */
  readonly numberText?: string;
}

export type AuthorizationEvidence =
  | { readonly kind: 'digest'; readonly digest: Digest }
  /** A compact JWS, never stored; `digest` is of its ASCII bytes. */
  | { readonly kind: 'jws'; readonly digest: Digest; readonly compact: string };

export interface CheckRequest {
  readonly requestHash: Digest;
  readonly partnerId: string;
  readonly gateType: string;
  readonly systemScope: string;
  readonly decisionType?: string;
  readonly decisionOwner?: string;
  readonly decisionSizeUsdCents?: number;
  readonly externalReference: string;
  readonly caseId?: string;
  readonly authorization: {
    readonly status: string;
    readonly reference: string;
    readonly source: string;
  };
  readonly facts: Readonly<Record<string, SubmittedFact>>;
  readonly actionDigest?: Digest;
  readonly evidence?: AuthorizationEvidence;
  /** Sent text of labels that normalisation changed, by member name; absent when empty. */
  readonly raw?: Readonly<Record<string, string>>;
}

/** Characters of a label as it was sent, before normalisation. */
export const SENT_LABEL_CHARACTERS_MAX = 128;
/** Declared facts in one request or path document. */
export const FACTS_MAX = 16;
/** Characters of a compact JWS; all of them are ASCII. */
export const EVIDENCE_CHARACTERS_MAX = 4 * 1024;

const BODY_MEMBERS = new Set([
  'partner_id',
  'gate_type',
  'system_scope',
  'external_reference',
  'context',
  'decision_type',
  'decision_owner',
  'case_id',
  'decision_size_usd',
  'action_digest',
  'authorization_evidence',
]);
const CONTEXT_MEMBERS = new Set([
  'authorization_status',
  'authorization_reference',
  'authorization_source',
  'facts',
]);
const HUNDREDTHS = /^(?:0|[1-9][0-9]{0,12})(?:\.[0-9]{1,2})?$/;
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * Reads the body of a check request. `bytes` is the body as it arrived; `sha256` stands in for the
 * slower built-in one.
 *
 * Throws the errors of `parseRequestBody`, and `ERR_REQUEST_FIELD` with `field` for every fault of a
 * member. No message holds a sent value. Source: PROTOCOL section 2.
 */
export function parseCheckRequest(
  bytes: Uint8Array,
  { sha256 = ownSha256 }: { readonly sha256?: Sha256 } = {},
): CheckRequest {
  const numberTexts = new NumberTexts();
  const body = parseRequestBody(bytes, numberTexts);
  return new RequestReader(body, numberTexts, sha256).read();
}

/**
 * Integer hundredths of an amount or a `decimal2` fact, from the text of the JSON number:
 * `(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?`. Undefined for any other text.
 */
export function parseHundredths(text: string): number | undefined {
  if (!HUNDREDTHS.test(text)) return undefined;
  const point = text.indexOf('.');
  if (point === -1) return Number(text) * 100;
  return Number(text.slice(0, point)) * 100 + Number(text.slice(point + 1).padEnd(2, '0'));
}

/** U+0020 trimmed at both ends, each inner U+0020 and `-` one `_`, A-Z lower-cased. */
function normalizeLabel(sent: string): string {
  return sent.replace(/^ +/, '').replace(/ +$/, '').replace(/[ -]/g, '_').replace(/[A-Z]/g, lower);
}

const lower = (letter: string): string => letter.toLowerCase();

/** Reads one body; `#raw` gathers the labels that normalisation changed. */
class RequestReader {
  readonly #body: JsonObject;
  readonly #numberTexts: NumberTexts;
  readonly #sha256: Sha256;
  readonly #raw: Record<string, string> = {};

  constructor(body: JsonObject, numberTexts: NumberTexts, sha256: Sha256) {
    this.#body = body;
    this.#numberTexts = numberTexts;
    this.#sha256 = sha256;
  }

  read(): CheckRequest {
    const body = this.#body;
    refuseUnknown(body, BODY_MEMBERS, '');
    const context = body.context;
    if (context === undefined) throw fault('context', 'is missing; send an object.');
    if (!isJsonObject(context)) throw fault('context', 'must be an object.');
    refuseUnknown(context, CONTEXT_MEMBERS, 'context.');

    const required = {
      partnerId: this.#label(body, 'partner_id'),
      gateType: this.#label(body, 'gate_type'),
      systemScope: this.#label(body, 'system_scope'),
      externalReference: reference(body, 'external_reference'),
      authorization: {
        status: this.#label(context, 'authorization_status', 'context.'),
        reference: reference(context, 'authorization_reference', 'context.'),
        source: this.#label(context, 'authorization_source', 'context.'),
      },
      facts: this.#parseFacts(context.facts),
    };
    const optional = this.#optional();
    const raw = Object.keys(this.#raw).length === 0 ? {} : { raw: this.#raw };
    return { requestHash: this.#requestHash(), ...required, ...optional, ...raw };
  }

  #optional(): Partial<CheckRequest> {
    const body = this.#body;
    return {
      ...(body.decision_type !== undefined && { decisionType: this.#label(body, 'decision_type') }),
      ...(body.decision_owner !== undefined && { decisionOwner: this.#owner() }),
      ...(body.case_id !== undefined && { caseId: reference(body, 'case_id') }),
      ...(body.decision_size_usd !== undefined && { decisionSizeUsdCents: this.#cents() }),
      ...(body.action_digest !== undefined && {
        actionDigest: parseDigest(body.action_digest, 'action_digest'),
      }),
      ...(body.authorization_evidence !== undefined && { evidence: this.#evidence() }),
    };
  }

  #label(container: JsonObject, name: string, prefix = ''): string {
    const field = prefix + name;
    const sent = text(container, name, prefix);
    if (sent.length > SENT_LABEL_CHARACTERS_MAX) {
      throw fault(field, `is longer than ${SENT_LABEL_CHARACTERS_MAX} characters.`);
    }
    if (isLabel(sent)) return sent;
    const label = normalizeLabel(sent);
    if (!isLabel(label)) {
      throw fault(
        field,
        'must be a label: a letter, then at most 63 letters, digits, spaces, "-" or "_".',
      );
    }
    this.#raw[name] = sent;
    return label;
  }

  #owner(): string {
    const sent = text(this.#body, 'decision_owner');
    if (sent.includes('@') || /[^ ] +[^ ]/.test(sent)) {
      throw fault(
        'decision_owner',
        'must be a role such as operations_owner, not a name or an address of a person.',
      );
    }
    return this.#label(this.#body, 'decision_owner');
  }

  #cents(): number {
    const sent = this.#numberTexts.textOf(this.#body, 'decision_size_usd');
    if (sent === undefined) throw fault('decision_size_usd', 'must be a JSON number.');
    const cents = parseHundredths(sent);
    if (cents !== undefined) return cents;
    throw fault(
      'decision_size_usd',
      'must be zero or positive, with at most 13 digits before the point and 2 after it.',
    );
  }

  #evidence(): AuthorizationEvidence {
    const sent = text(this.#body, 'authorization_evidence');
    if (isDigest(sent))
      return { kind: 'digest', digest: parseDigest(sent, 'authorization_evidence') };
    if (sent.length <= EVIDENCE_CHARACTERS_MAX && COMPACT_JWS.test(sent)) {
      return { kind: 'jws', digest: digestBytes(utf8(sent), this.#sha256), compact: sent };
    }
    throw fault(
      'authorization_evidence',
      `must be "sha256:" and 64 hex digits, or a compact JWS of at most ${EVIDENCE_CHARACTERS_MAX} characters.`,
    );
  }

  #parseFacts(sent: JsonValue | undefined): Readonly<Record<string, SubmittedFact>> {
    // Without a prototype, `constructor` is a name like any other.
    const facts = Object.create(null) as Record<string, SubmittedFact>;
    if (sent === undefined) return facts;
    if (!isJsonObject(sent)) throw fault('context.facts', 'must be an object.');
    const names = Object.keys(sent);
    if (names.length > FACTS_MAX) {
      throw fault('context.facts', `has more than ${FACTS_MAX} members.`);
    }
    for (const name of names) facts[name] = this.#fact(sent, name);
    return facts;
  }

  #fact(facts: JsonObject, name: string): SubmittedFact {
    const field = `context.facts.${showableName(name)}`;
    if (!isLabel(name)) throw fault(field, 'is not named by a label, so no path declares it.');
    const value = facts[name];
    const numberText = this.#numberTexts.textOf(facts, name);
    switch (typeof value) {
      case 'boolean':
      case 'number':
        return { value, ...(numberText !== undefined && { numberText }) };
      case 'string':
        if (isReference(value)) return { value };
        throw fault(field, 'must have 1 to 128 characters, none of them a control character.');
      default:
        throw fault(field, 'must be a string, a number, true or false.');
    }
  }

  #requestHash(): Digest {
    const body = this.#body;
    const hashed =
      body.authorization_evidence === undefined
        ? body
        : { ...body, authorization_evidence: undefined };
    return taggedDigest('craton.request.v1', hashed, this.#sha256);
  }
}

function reference(container: JsonObject, name: string, prefix = ''): string {
  const sent = text(container, name, prefix);
  if (isReference(sent)) return sent;
  throw fault(prefix + name, 'must have 1 to 128 characters, none of them a control character.');
}
