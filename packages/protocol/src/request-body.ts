/** Reads the body of a request: strictly, naming the member at fault, never repeating a value. */
import { type Digest } from './digest.ts';
import { CratonError } from './errors.ts';
import type { JsonObject, JsonValue } from './json/canonical.ts';
import { isJsonObject, showableName } from './json/members.ts';
import { DEPTH_MAX, NumberTexts, parseStrict } from './json/parse-strict.ts';
import { isDigest } from './names.ts';
import { findRefusedContent } from './refused-content.ts';

/** Bytes of a request body at most. */
export const REQUEST_BYTES_MAX = 16 * 1024;

/**
 * The object that a body holds; `numberTexts` is filled with how its numbers were written. Throws
 * `ERR_REQUEST_TOO_LARGE` beyond 16 KiB, `ERR_REQUEST_CONTENT_REFUSED` for content that must stay
 * with the host, `ERR_REQUEST_FIELD` for anything but an object, and the errors of `parseStrict`.
 */
export function parseRequestBody(bytes: Uint8Array, numberTexts = new NumberTexts()): JsonObject {
  if (bytes.length > REQUEST_BYTES_MAX) {
    throw new CratonError(
      'ERR_REQUEST_TOO_LARGE',
      `The body is larger than ${REQUEST_BYTES_MAX} bytes; send references, not documents.`,
    );
  }
  const body = parseNamingSafely(bytes, numberTexts);
  if (!isJsonObject(body)) {
    throw new CratonError('ERR_REQUEST_FIELD', 'The body must be a JSON object.');
  }
  const refused = findRefusedContent(body, numberTexts);
  if (refused !== undefined) throw refused;
  return body;
}

function parseNamingSafely(bytes: Uint8Array, numberTexts: NumberTexts): JsonValue {
  try {
    return parseStrict(bytes, { numbers: 'safe', depthMax: DEPTH_MAX.request, numberTexts });
  } catch (error) {
    // The name of a duplicate member is the caller's text and could be anything.
    if (error instanceof CratonError && error.field !== undefined) {
      throw new CratonError(error.code, error.message, { field: showableName(error.field) });
    }
    throw error;
  }
}

/** `ERR_REQUEST_FIELD` for a member: what is wrong with it, and what to do. */
export function fault(field: string, problem: string): CratonError {
  return new CratonError('ERR_REQUEST_FIELD', `${field} ${problem}`, { field });
}

/** Throws for the first member that is not known; `prefix` stands before its name. */
export function refuseUnknown(
  container: JsonObject,
  known: ReadonlySet<string>,
  prefix: string,
): void {
  for (const name of Object.keys(container)) {
    if (known.has(name)) continue;
    throw fault(prefix + showableName(name), 'is not known here; leave it out.');
  }
}

/** A member that must be there and hold a text that is not empty. */
export function text(container: JsonObject, name: string, prefix = ''): string {
  const sent = container[name];
  const field = prefix + name;
  if (sent === undefined) throw fault(field, 'is missing.');
  if (typeof sent !== 'string') throw fault(field, 'must be a string.');
  if (sent === '') throw fault(field, 'is empty; leave it out or fill it.');
  return sent;
}

/** A digest as it was sent. */
export function parseDigest(sent: JsonValue, field: string): Digest {
  if (typeof sent === 'string' && isDigest(sent)) return sent as Digest;
  throw fault(field, 'must be "sha256:" and 64 lower-case hex digits.');
}
