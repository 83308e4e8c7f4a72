/** Check requests of a draft: typed by a person, completed from the primary path. */
import {
  type CheckRequest,
  CratonError,
  isJsonObject,
  type JsonObject,
  parseCheckRequest,
  utf8,
} from '@craton/protocol';
import { type Draft, isFilled } from './draft.ts';

/** Members of the request that a draft says, unless the request says them itself. */
interface RequestDefaults {
  readonly partnerId: string;
  readonly gateType: string;
  readonly systemScope: string;
  readonly source: string;
}

const UNDECIDED = 'undecided';
const NO_REFERENCE = 'not-yet-known';

/** The defaults for requests about a draft's path. */
export function requestDefaults({ primary_path: path, authority }: Draft): RequestDefaults {
  return {
    partnerId: path?.partner_id ?? UNDECIDED,
    gateType: path?.gate_type ?? UNDECIDED,
    systemScope: path?.system_scope ?? UNDECIDED,
    source: isFilled(authority?.source) ? authority.source : UNDECIDED,
  };
}

/**
 * The body of a check request from members that a person typed: the scope, an authorization that
 * is present, and a reference are added where they are absent.
 */
export function completeRequest(typed: JsonObject, defaults: RequestDefaults): JsonObject {
  const context = typed.context ?? {};
  return {
    partner_id: defaults.partnerId,
    gate_type: defaults.gateType,
    system_scope: defaults.systemScope,
    external_reference: NO_REFERENCE,
    ...typed,
    context: isJsonObject(context)
      ? {
          authorization_status: 'present',
          authorization_reference: NO_REFERENCE,
          authorization_source: defaults.source,
          ...context,
        }
      : context,
  };
}

/** Reads a request as the boundary would; throws the errors of `parseCheckRequest`. */
export function parseBody(body: JsonObject): CheckRequest {
  return parseCheckRequest(utf8(JSON.stringify(body)));
}

/** Throws `ERR_DRAFT_FIELD` for a request that a boundary would refuse; `prefix` names the case. */
export function checkCaseRequest(draft: Draft, request: JsonObject, prefix: string): void {
  try {
    parseBody(completeRequest(request, requestDefaults(draft)));
  } catch (error) {
    if (!(error instanceof CratonError)) throw error;
    const field = error.field === undefined ? prefix : `${prefix}.${error.field}`;
    const message =
      error.field === undefined
        ? `${field}: ${error.message}`
        : error.message.replace(error.field, field);
    throw new CratonError('ERR_DRAFT_FIELD', message, { field });
  }
}
