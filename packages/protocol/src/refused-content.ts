/**
 * Content that must stay with the host (PROTOCOL section 2): keys, tokens, card numbers and bulk
 * data are refused before anything else is said about a request, and never echoed, stored or
 * logged. A guard against mistakes, not against a host that hides what it sends.
 */
import { decodeBase64url } from './base64.ts';
import { CratonError } from './errors.ts';
import type { JsonObject, JsonValue } from './json/canonical.ts';
import { isJsonList, isJsonObject, showableName } from './json/members.ts';
import type { NumberTexts } from './json/parse-strict.ts';

export const REFUSED_CONTENT_RULES = ['pem', 'jwt', 'card_number', 'base64_run'] as const;
export type RefusedContentRule = (typeof REFUSED_CONTENT_RULES)[number];

/** Characters of unbroken base64 from which a text counts as bulk data. */
export const BASE64_RUN_MAX = 200;

const LOOKS_LIKE: Readonly<Record<RefusedContentRule, string>> = {
  pem: 'a PEM block (a key or a certificate)',
  jwt: 'a JSON Web Token',
  card_number: 'a payment card number',
  base64_run: `base64 of ${BASE64_RUN_MAX} or more characters`,
};

/** Shortest text that any rule can match. */
const SUSPECT_CHARACTERS_MIN = 13;
/** True for every text that holds a PEM block, a token or a card number, and for few others. */
const SUSPECT = /-----(?:BEGIN|END)|e[wy][A-Za-z0-9_-]{8}|\d{13}|\d{4}[ -]\d{4}/;
const PEM = /-----(?:BEGIN|END) [A-Z0-9 .#/_-]{0,64}-----/;
/** Base64url of `{"`, or of `{` and white space, where a word begins. */
const TOKEN_START = /(?:^|[-_])(e[wy])/;
const NOT_BASE64URL = /[^A-Za-z0-9_-]/;
const BASE64_RUN = /[A-Za-z0-9+/_-]+/g;
/** Not inside a longer token: no letter, digit, `_` or `-` beside it, and no `.` inside a word. */
const CARD_DIGITS = /(?<![\w.-])\d{13,19}(?![\w-]|\.\w)/g;
/** The groups in which cards print their numbers: 4-4-4-4, with 3 more, 4-6-5 and 4-6-4. */
const CARD_GROUPS =
  /(?<![\w.-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-]|\.\w)/g;
const CARD_ISSUERS = [
  /^4(?:\d{12}|\d{15}|\d{18})$/, // Visa
  /^(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}$/, // Mastercard
  /^3[47]\d{13}$/, // American Express
  /^3(?:0[0-59]|[689]\d)\d{11}(?:\d{2,5})?$/, // Diners Club
  /^(?:6011|64[4-9]\d|65\d{2})\d{12}(?:\d{3})?$/, // Discover
  /^35(?:2[89]|[3-8]\d)\d{12,15}$/, // JCB
  /^62\d{14,17}$/, // UnionPay
  /^(?:50(?:18|20|38)|5612|5893|6304|6759|676[1-3])\d{9,15}$/, // Maestro
];

/**
 * The error `ERR_REQUEST_CONTENT_REFUSED` for the first string, or number of 13 or more digits,
 * that must not leave the host; undefined for a body without any. The top-level
 * `authorization_evidence` may hold a JWS. Source: PROTOCOL section 2.
 */
export function findRefusedContent(
  body: JsonObject,
  numberTexts: NumberTexts,
): CratonError | undefined {
  return findInObject(body, numberTexts, '');
}

/** The rule that a text breaks, if any. `tokensAllowed` is for the place where a JWS belongs. */
export function refusedContentRule(
  text: string,
  { tokensAllowed = false }: { readonly tokensAllowed?: boolean } = {},
): RefusedContentRule | undefined {
  if (text.length < SUSPECT_CHARACTERS_MIN) return undefined;
  if (SUSPECT.test(text)) {
    if (PEM.test(text)) return 'pem';
    if (!tokensAllowed && hasToken(text)) return 'jwt';
    if (hasCardNumber(text)) return 'card_number';
  }
  return !tokensAllowed && hasBase64Run(text) ? 'base64_run' : undefined;
}

function findInObject(
  container: JsonObject,
  numberTexts: NumberTexts,
  prefix: string,
): CratonError | undefined {
  for (const name of Object.keys(container)) {
    // A card number sent as a number may have a fraction of zeros.
    const numberText = numberTexts.textOf(container, name)?.replace(/\..*/, '');
    const field = prefix + showableName(name);
    const found = findInValue(numberText ?? container[name], numberTexts, field);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findInValue(
  value: JsonValue | undefined,
  numberTexts: NumberTexts,
  field: string,
): CratonError | undefined {
  if (typeof value === 'string') {
    const rule = refusedContentRule(value, { tokensAllowed: field === 'authorization_evidence' });
    return rule === undefined ? undefined : refusal(field, rule);
  }
  if (isJsonList(value)) return findInItems(value, numberTexts, field);
  return isJsonObject(value) ? findInObject(value, numberTexts, `${field}.`) : undefined;
}

function findInItems(
  items: readonly JsonValue[],
  numberTexts: NumberTexts,
  field: string,
): CratonError | undefined {
  for (const item of items) {
    const found = findInValue(item, numberTexts, field);
    if (found !== undefined) return found;
  }
  return undefined;
}

function refusal(field: string, rule: RefusedContentRule): CratonError {
  return new CratonError(
    'ERR_REQUEST_CONTENT_REFUSED',
    `${field} holds what looks like ${LOOKS_LIKE[rule]} (rule ${rule}). ` +
      'Keep it, and send a reference to it instead. Nothing was stored.',
    { field },
  );
}

/** A JOSE header (base64url of a JSON object with `alg`) and two dots after it. */
function hasToken(text: string): boolean {
  const segments = text.split('.');
  return segments.slice(0, -2).some((segment) => endsWithJoseHeader(segment));
}

function endsWithJoseHeader(segment: string): boolean {
  let start = segment.length;
  while (start > 0 && !NOT_BASE64URL.test(segment.charAt(start - 1))) start--;
  const word = segment.slice(start);
  const found = TOKEN_START.exec(word);
  if (found === null) return false;
  const header = word.slice(found[0].startsWith('e') ? found.index : found.index + 1);
  try {
    const json = new TextDecoder().decode(decodeBase64url(header));
    return json.includes('"alg"');
  } catch {
    return false;
  }
}

function hasCardNumber(text: string): boolean {
  for (const pattern of [CARD_DIGITS, CARD_GROUPS]) {
    for (const [found] of text.matchAll(pattern)) {
      const digits = found.replace(/[ -]/g, '');
      // The last group of a 4-4-4-4-3 may be the code on the back of a card of 16 digits.
      if (isCardNumber(digits) || (digits !== found && isCardNumber(digits.slice(0, 16)))) {
        return true;
      }
    }
  }
  return false;
}

function isCardNumber(digits: string): boolean {
  return CARD_ISSUERS.some((issuer) => issuer.test(digits)) && passesLuhn(digits);
}

/** ISO/IEC 7812-1 annex B. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits.charAt(digits.length - 1 - place));
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function hasBase64Run(text: string): boolean {
  if (text.length < BASE64_RUN_MAX) return false;
  for (const [run] of text.matchAll(BASE64_RUN)) if (run.length >= BASE64_RUN_MAX) return true;
  return false;
}
