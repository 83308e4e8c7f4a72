/** `/protocol/v1/spec`: the protocol as data. The text with the reasons is in `spec/`. */
import {
  AUTHORITY_CLASSES,
  BUNDLE_OBJECT,
  CONFIRMATION_FLAGS,
  CONFIRMER_CLASSES,
  DEPTH_MAX,
  FACTS_MAX,
  KEYS_MAX,
  LIFETIME_S_DEFAULT,
  logOrigin,
  MERGE_DELAY_MS,
  OPENING_VERSION,
  OUTCOMES,
  PROTOCOL_ID,
  RECEIPT_TYPES,
  REFERENCE_CODE_POINTS_MAX,
  REFUSED_CONTENT_RULES,
  REPORT_CODES,
  REPORT_LINES,
  REQUEST_BYTES_MAX,
  SENT_LABEL_CHARACTERS_MAX,
  SIGNATURE_ALGORITHM,
  VERDICTS,
} from '@craton/protocol';
import { POSTURE_PATH, SAMPLE_RECEIPT_PATH } from '@craton/policy';
import { CONFIRMATIONS_MAX } from '../ledger/issue-confirmation.ts';

/** Which instance describes itself. */
export interface SpecScope {
  readonly issuer: string;
  readonly environment: string;
  readonly version: string;
}

export const SPEC_SCHEMA = 'craton.protocol.spec.v1';

const RESOURCES = {
  errors: '/protocol/v1/errors',
  jwks: '/protocol/v1/jwks.json',
  offline_bundle: '/self-service/verify-keys/offline-bundle',
  openapi: '/openapi.json',
  payload_schema: '/protocol/v1/schema',
  posture: POSTURE_PATH,
  sample_receipt: SAMPLE_RECEIPT_PATH,
  verifier: '/verify.html',
} as const;

const DIGESTS = {
  request_hash: 'sha256("craton.request.v1\\n" + canonical(body without authorization_evidence))',
  action_digest: 'sha256("craton.action.v1\\n" + canonical({salt, kind, action}))',
  policy_digest: 'sha256("craton.path.v1\\n" + canonical(path document))',
  commitment_id:
    '"bnd_" + base64url(sha256("craton.boundary.commitment.v1\\n" + canonical(opening)))',
  stream:
    'sha256("craton.stream.v1\\n" + canonical({origin, partner_id, path_id, receipt_type, stream_key}))',
  tag: 'base64url(hmac_sha256(stream_key, "craton.tag.v1\\n" + stream + "\\n" + epoch + "\\n" + seq))',
  log_entry: 'canonical({v: 1, digest: sha256(payload), kid, tag})',
  kid: 'base64url(sha256(\'{"crv":"Ed25519","kty":"OKP","x":"\' + x + \'"}\'))',
} as const;

const ENCODINGS = {
  canonical: 'RFC 8785, UTF-8',
  digest: '"sha256:" and 64 lower-case hex digits',
  base64: 'members ending in _b64 and every signature: RFC 4648 section 4, padded, zero tail bits',
  base64url: 'ids, JWK members, nonce, salt, stream_key, tag: RFC 4648 section 5, no padding',
  time: 'YYYY-MM-DDTHH:MM:SS.mmmZ',
  integers: 'at most 2^53 - 1',
  depth_max: DEPTH_MAX,
} as const;

/** The document, ready to be serialised. */
export function protocolSpec({ issuer, environment, version }: SpecScope) {
  return {
    schema: SPEC_SCHEMA,
    protocol: PROTOCOL_ID,
    software: { name: 'craton', version },
    issuer,
    environment,
    log_origin: logOrigin(issuer, environment),
    receipt: {
      members: ['payload_b64', 'signature', 'kid', 'sig_alg'],
      sig_alg: SIGNATURE_ALGORITHM,
      signed: 'the bytes that payload_b64 decodes to, as they are',
      types: RECEIPT_TYPES,
    },
    decision: {
      verdicts: VERDICTS,
      lifetime_s_default: LIFETIME_S_DEFAULT,
      merge_delay_s: MERGE_DELAY_MS / 1000,
      max_uses: 1,
    },
    opening: { v: OPENING_VERSION, authority_classes: AUTHORITY_CLASSES },
    bundle: { object: BUNDLE_OBJECT, keys_max: KEYS_MAX },
    encodings: ENCODINGS,
    digests: DIGESTS,
    request: {
      path: '/v1/boundary/check',
      bytes_max: REQUEST_BYTES_MAX,
      sent_label_characters_max: SENT_LABEL_CHARACTERS_MAX,
      reference_code_points_max: REFERENCE_CODE_POINTS_MAX,
      facts_max: FACTS_MAX,
      refused_content: REFUSED_CONTENT_RULES,
    },
    execution: {
      claim_path: '/v1/boundary/claim',
      confirm_path: '/v1/boundary/confirm',
      outcomes: OUTCOMES,
      flags: CONFIRMATION_FLAGS,
      confirmer_classes: CONFIRMER_CLASSES,
      confirmations_max: CONFIRMATIONS_MAX,
    },
    report: { lines: REPORT_LINES, codes: REPORT_CODES },
    resources: RESOURCES,
  };
}
