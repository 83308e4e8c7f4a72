/** What self-service says of itself, asked over HTTP with the key that reads reviews. */
import { SNAPSHOT_BYTES_MAX, SNAPSHOT_PATH } from '@craton/policy';
import { isJsonObject, type JsonObject, parseStrict } from '@craton/protocol';
import { askBounded } from './bounded-answer.ts';

export interface SelfServiceView {
  /** The readiness snapshot as it came; undefined if there is none to be had now. */
  snapshot(): Promise<Uint8Array | undefined>;
  /** Its OpenAPI document, as it serves it at this moment. */
  openApi(): Promise<JsonObject | undefined>;
}

export interface SelfServiceAccess {
  /** Origin, without a final slash. */
  readonly url: string;
  /** A key of kind `pull`. */
  readonly pullKey: string;
}

const OPENAPI_PATH = '/self-service/openapi.json';
const OPENAPI_BYTES_MAX = 2 * 1024 * 1024;
const OPENAPI_DEPTH_MAX = 64;
const ANSWER_MS_MAX = 5_000;

/** Asks each time: nothing that was answered before is believed now. */
export function selfServiceView({ url, pullKey }: SelfServiceAccess): SelfServiceView {
  const get = async (path: string, bytesMax: number, headers: Record<string, string> = {}) => {
    const question = { url: `${url}${path}`, headers, bytesMax, msMax: ANSWER_MS_MAX };
    const answer = await askBounded(question);
    return answer?.status === 200 ? answer.bytes : undefined;
  };
  return {
    snapshot: () => get(SNAPSHOT_PATH, SNAPSHOT_BYTES_MAX, { 'X-API-Key': pullKey }),
    openApi: async () => {
      const bytes = await get(OPENAPI_PATH, OPENAPI_BYTES_MAX);
      return bytes && readObject(bytes);
    },
  };
}

function readObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value = parseStrict(bytes, { numbers: 'ieee754', depthMax: OPENAPI_DEPTH_MAX });
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
