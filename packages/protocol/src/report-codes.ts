/** Generated from spec/report-codes.json by `npm run generate`. */
import type { CheckStatus, ReportLine, Voucher } from './report.ts';

export type CodeMeaning = readonly [status: CheckStatus, vouchedBy: Voucher, sentence: string];

/** Each code of each line: its status, whose word it is, and one sentence. */
export const REPORT_CODES = {
  payload: {
    ok: [
      'verified',
      'verifier',
      'The payload is strict JSON in canonical form and has every member of its receipt type.',
    ],
    envelope_malformed: [
      'failed',
      'verifier',
      'payload_b64, signature, kid and sig_alg are not four strings.',
    ],
    payload_encoding: ['failed', 'verifier', 'payload_b64 is not standard padded base64.'],
    payload_not_json: [
      'failed',
      'verifier',
      'The payload is not one strict JSON object within depth 8.',
    ],
    protocol_unknown: ['failed', 'verifier', 'protocol is not craton.receipt.protocol.v1.'],
    receipt_type_unknown: [
      'failed',
      'verifier',
      'receipt_type is absent or not one that this verifier knows.',
    ],
    payload_malformed: [
      'failed',
      'verifier',
      'A member of the payload is missing or does not have its form.',
    ],
    payload_not_canonical: ['failed', 'verifier', 'The payload is not in canonical form.'],
  },
  signature: {
    ok: ['verified', 'signing_key', 'The key named by kid signed exactly these payload bytes.'],
    sig_alg_unknown: ['failed', 'verifier', 'sig_alg is not exactly ed25519.'],
    signature_encoding: [
      'failed',
      'verifier',
      'signature is not 64 bytes in standard padded base64.',
    ],
    key_malformed: [
      'failed',
      'verifier',
      'An entry of key_bundle.keys is not exactly the six members of an Ed25519 signing key.',
    ],
    kid_duplicate: ['failed', 'verifier', 'Two entries of key_bundle.keys have the same kid.'],
    kid_mismatch: ['failed', 'verifier', 'A kid is not the RFC 7638 thumbprint of its key.'],
    key_refused: [
      'failed',
      'verifier',
      'A public key is a non-canonical encoding or a point of small order.',
    ],
    kid_unknown: ['failed', 'verifier', 'No entry of key_bundle.keys has the kid of the receipt.'],
    signature_scalar_refused: [
      'failed',
      'verifier',
      'The second half of the signature is not below the group order.',
    ],
    signature_point_refused: [
      'failed',
      'verifier',
      'The first half of the signature is a non-canonical encoding or a point of small order.',
    ],
    signature_invalid: [
      'failed',
      'verifier',
      'The signature does not fit the payload bytes and the key.',
    ],
    payload_failed: [
      'not_checked',
      'nobody',
      'payload_b64 or the envelope could not be read, so there are no bytes to check the signature of.',
    ],
    crypto_unavailable: [
      'not_checked',
      'nobody',
      'This runtime has no Ed25519, so no signature was checked.',
    ],
  },
  issuer: {
    ok: [
      'verified',
      'root',
      'As many roots of the trust policy as it asks for attest this key for this issuer and environment.',
    ],
    key_role_conflict: [
      'failed',
      'verifier',
      'The key that signed the receipt is also a root, log or witness key of the trust policy.',
    ],
    attestation_missing: ['absent', 'nobody', 'The bundle has no attestation.'],
    no_root_in_policy: ['not_checked', 'nobody', 'The trust policy names no root.'],
    attestation_malformed: [
      'failed',
      'verifier',
      'An attestation, or its payload, does not have its form or is not canonical.',
    ],
    root_not_trusted: ['failed', 'verifier', 'No attestation is by a root of the trust policy.'],
    attestation_root_mismatch: [
      'failed',
      'verifier',
      'Root id or fingerprint differ between wrapper, payload and trust policy.',
    ],
    attestation_signature_invalid: [
      'failed',
      'verifier',
      'The root did not sign these attestation bytes.',
    ],
    attestation_key_mismatch: [
      'failed',
      'verifier',
      'The attestation is for another key than the one that signed the receipt.',
    ],
    attestation_use_refused: [
      'failed',
      'verifier',
      'allowed_use is not receipt_signing or sig_alg is not ed25519.',
    ],
    attestation_issuer_mismatch: ['failed', 'verifier', 'The attestation is for another issuer.'],
    attestation_environment_mismatch: [
      'failed',
      'verifier',
      'The attestation is not for the environment of the receipt.',
    ],
    root_issuer_mismatch: [
      'failed',
      'verifier',
      'The trust policy lets this root speak for another issuer only.',
    ],
    root_environment_mismatch: [
      'failed',
      'verifier',
      'The trust policy does not let this root speak for the environment of the receipt.',
    ],
    root_quorum_not_met: [
      'failed',
      'verifier',
      'Fewer roots attest the key than the trust policy asks for.',
    ],
    payload_failed: [
      'not_checked',
      'nobody',
      'The line payload failed, so there is nothing to check this against.',
    ],
    signature_failed: [
      'not_checked',
      'nobody',
      'The line signature failed: nobody signed what this line would read.',
    ],
    crypto_unavailable: [
      'not_checked',
      'nobody',
      'This runtime has no Ed25519, so no signature was checked.',
    ],
  },
  key_status: {
    ok: [
      'verified',
      'root',
      'issued_at lies within the attested window, which has not ended at the time of checking, and the key is not named as compromised.',
    ],
    key_compromise_invalid: [
      'failed',
      'verifier',
      'A statement about a compromised key does not have its form, or was not made by the root of the trust policy that it names.',
    ],
    key_compromised: [
      'failed',
      'verifier',
      'The key is named as compromised and the receipt is not shown to have been logged before the cut-off.',
    ],
    issuer_not_verified: [
      'not_checked',
      'nobody',
      'Without a verified attestation there is no window to compare with.',
    ],
    outside_attested_window: ['failed', 'verifier', 'issued_at lies outside the attested window.'],
    key_expired: [
      'failed',
      'verifier',
      'The attested window has ended and the receipt is not shown to have been logged in time.',
    ],
    key_expired_logged: [
      'verified',
      'log',
      'The attested window has ended; witnesses saw the receipt in the log in time.',
    ],
    key_compromised_logged: [
      'verified',
      'log',
      'The key is named as compromised; the receipt was in the log before the cut-off.',
    ],
    key_compromised_unwitnessed: [
      'asserted',
      'log',
      'The key is named as compromised; the log shows the receipt before the cut-off, but not enough witnesses saw that checkpoint: the cut-off shows nothing.',
    ],
    check_not_available: [
      'not_checked',
      'nobody',
      'The status of the key asks for the log, and this verifier does not have the code for that check.',
    ],
    payload_failed: [
      'not_checked',
      'nobody',
      'The line payload failed, so there is nothing to check this against.',
    ],
    signature_failed: [
      'not_checked',
      'nobody',
      'The line signature failed: nobody signed what this line would read.',
    ],
    crypto_unavailable: [
      'not_checked',
      'nobody',
      'This runtime has no Ed25519, so no signature was checked.',
    ],
  },
  validity: {
    ok: ['verified', 'signing_key', 'The decision is in force at the time of checking.'],
    crit_malformed: [
      'failed',
      'verifier',
      'crit is not a list of different top-level member names that are present, or a receipt under observe lacks it.',
    ],
    crit_unknown: ['failed', 'verifier', 'crit names a member that this verifier does not know.'],
    observe_only: [
      'absent',
      'signing_key',
      'The decision was made under observe: it permits nothing.',
    ],
    expired: [
      'absent',
      'signing_key',
      'The time of checking is not before expires_at: the record stands, the permission has ended.',
    ],
    other_audience: [
      'absent',
      'signing_key',
      'The decision is for another audience than the one given.',
    ],
    audience_not_given: [
      'asserted',
      'signing_key',
      'The decision names an audience and none was given to compare with.',
    ],
    not_applicable: ['absent', 'nobody', 'This receipt type does not expire and permits nothing.'],
    payload_failed: [
      'not_checked',
      'nobody',
      'The line payload failed, so there is nothing to check this against.',
    ],
    signature_failed: [
      'not_checked',
      'nobody',
      'The line signature failed: nobody signed what this line would read.',
    ],
    crypto_unavailable: [
      'not_checked',
      'nobody',
      'This runtime has no Ed25519, so no signature was checked.',
    ],
  },
  action_bound: {
    ok: ['verified', 'signing_key', 'The receipt binds the action that was given.'],
    no_action_digest: ['absent', 'nobody', 'The receipt binds no action.'],
    action_not_given: [
      'asserted',
      'signing_key',
      'The receipt binds the digest of an action; no action was given to compare with.',
    ],
    action_mismatch: ['failed', 'verifier', 'The receipt binds another action than the one given.'],
    not_applicable: ['absent', 'nobody', 'This receipt type binds no action.'],
    payload_failed: [
      'not_checked',
      'nobody',
      'The line payload failed, so there is nothing to check this against.',
    ],
    signature_failed: [
      'not_checked',
      'nobody',
      'The line signature failed: nobody signed what this line would read.',
    ],
    crypto_unavailable: [
      'not_checked',
      'nobody',
      'This runtime has no Ed25519, so no signature was checked.',
    ],
  },
  commitment: {
    ok: [
      'verified',
      'verifier',
      'The opening fits the commitment and the payload, and the path document, where there is one, fits both.',
    ],
    opening_malformed: ['failed', 'verifier', 'The opening does not have its form.'],
    commitment_mismatch: ['failed', 'verifier', 'The opening does not hash to commitment_id.'],
    opening_payload_mismatch: [
      'failed',
      'verifier',
      'request_id, environment, evaluated_at, boundary_snapshot or action_digest differ between opening and payload.',
    ],
    opening_request_mismatch: [
      'failed',
      'verifier',
      'The request in the opening does not agree with boundary_snapshot.',
    ],
    policy_malformed: [
      'failed',
      'verifier',
      'A member of the path document that this line reads is missing or does not have its form.',
    ],
    policy_digest_mismatch: [
      'failed',
      'verifier',
      'The path document does not have the digest in boundary_snapshot.',
    ],
    policy_mismatch: [
      'failed',
      'verifier',
      'path_id, version, partner_id, unit, gate_type, system_scope, enforcement or a listed decision_type do not fit the path document.',
    ],
    lifetime_mismatch: [
      'failed',
      'verifier',
      'expires_at is not evaluated_at plus the lifetime of the path document.',
    ],
    opening_missing: ['absent', 'nobody', 'The bundle has no opening.'],
    opening_only: [
      'verified',
      'verifier',
      'The opening fits the commitment and the payload; the bundle has no path document.',
    ],
    not_applicable: ['absent', 'nobody', 'This receipt type has no commitment.'],
    payload_failed: [
      'not_checked',
      'nobody',
      'The line payload failed, so there is nothing to check this against.',
    ],
    signature_failed: [
      'not_checked',
      'nobody',
      'The line signature failed: nobody signed what this line would read.',
    ],
    crypto_unavailable: [
      'not_checked',
      'nobody',
      'This runtime has no Ed25519, so no signature was checked.',
    ],
  },
  verdict_recomputed: {
    ok: [
      'verified',
      'verifier',
      'Path document and opening give the signed verdict, reasons, obligations, enforcement and expires_at.',
    ],
    inputs_missing: ['absent', 'nobody', 'The bundle lacks the opening or the path document.'],
    policy_refused: ['failed', 'verifier', 'The path document is not one that may be loaded.'],
    verdict_mismatch: [
      'failed',
      'verifier',
      'Path document and opening give something else than what was signed.',
    ],
    ledger_statement: [
      'asserted',
      'signing_key',
      'No path or more than one matched: only the ledger of the issuer can say that. Everything else fits.',
    ],
    not_applicable: ['absent', 'nobody', 'This receipt type has no verdict.'],
    payload_failed: [
      'not_checked',
      'nobody',
      'The line payload failed, so there is nothing to check this against.',
    ],
    signature_failed: [
      'not_checked',
      'nobody',
      'The line signature failed: nobody signed what this line would read.',
    ],
    commitment_failed: [
      'not_checked',
      'nobody',
      'The line commitment failed, so the opening is not used.',
    ],
    check_not_available: [
      'not_checked',
      'nobody',
      'This verifier does not have the code for this check.',
    ],
    crypto_unavailable: [
      'not_checked',
      'nobody',
      'This runtime has no Ed25519, so no signature was checked.',
    ],
  },
  authority: {
    opening_missing: ['absent', 'nobody', 'The bundle has no opening.'],
    authority_submitted: ['asserted', 'host', 'The host says so; nobody checked it.'],
    authority_signature_verified: [
      'asserted',
      'signing_key',
      'The issuer says that it verified a signed approval which binds this request.',
    ],
    authority_status_checked: [
      'asserted',
      'signing_key',
      'The issuer says that it verified a signed approval and asked its issuer for the status.',
    ],
    not_applicable: ['absent', 'nobody', 'This receipt type has no authority of its own.'],
    payload_failed: [
      'not_checked',
      'nobody',
      'The line payload failed, so there is nothing to check this against.',
    ],
    signature_failed: [
      'not_checked',
      'nobody',
      'The line signature failed: nobody signed what this line would read.',
    ],
    commitment_failed: [
      'not_checked',
      'nobody',
      'The line commitment failed, so the opening is not used.',
    ],
    crypto_unavailable: [
      'not_checked',
      'nobody',
      'This runtime has no Ed25519, so no signature was checked.',
    ],
  },
  obligations: {
    obligations_stated: [
      'asserted',
      'signing_key',
      'The receipt states obligations; nothing here says whether they were met.',
    ],
    no_obligations: ['absent', 'nobody', 'The receipt states no obligations.'],
    obligation_unknown: [
      'failed',
      'verifier',
      'An obligation has a type that is not among those given as known.',
    ],
    not_applicable: ['absent', 'nobody', 'This receipt type has no obligations.'],
    payload_failed: [
      'not_checked',
      'nobody',
      'The line payload failed, so there is nothing to check this against.',
    ],
    signature_failed: [
      'not_checked',
      'nobody',
      'The line signature failed: nobody signed what this line would read.',
    ],
    crypto_unavailable: [
      'not_checked',
      'nobody',
      'This runtime has no Ed25519, so no signature was checked.',
    ],
  },
  log_inclusion: {
    ok: [
      'verified',
      'log',
      'The receipt is in the log, under a checkpoint that a log of the trust policy signed.',
    ],
    log_proof_required: [
      'failed',
      'verifier',
      'The status of the key makes a log proof mandatory and there is none.',
    ],
    log_inclusion_pending: [
      'absent',
      'nobody',
      'The bundle has no log proof, and merge_by has not come yet.',
    ],
    log_proof_missing: [
      'absent',
      'nobody',
      'The bundle has no log proof although merge_by has passed.',
    ],
    log_entry_malformed: ['failed', 'verifier', 'The log entry does not have its form.'],
    log_entry_mismatch: [
      'failed',
      'verifier',
      'The log entry is for another payload or another key.',
    ],
    log_proof_malformed: [
      'failed',
      'verifier',
      'The log proof or its checkpoint does not have its form.',
    ],
    log_origin_mismatch: [
      'failed',
      'verifier',
      'The checkpoint is of another log than the one that the receipt names.',
    ],
    log_not_in_policy: ['not_checked', 'nobody', 'The trust policy names no log with this origin.'],
    log_signature_invalid: [
      'failed',
      'verifier',
      'The checkpoint is not validly signed by the log.',
    ],
    log_inclusion_invalid: [
      'failed',
      'verifier',
      'The proof does not lead from the log entry to the root of the checkpoint.',
    ],
    log_seen_conflict: [
      'failed',
      'verifier',
      'The receipt names another root for a checkpoint of this size: the log has signed two.',
    ],
    log_too_late: [
      'failed',
      'verifier',
      'The status of the key asks for an earlier place in the log, or an earlier cosigned checkpoint, than this proof shows.',
    ],
    payload_failed: [
      'not_checked',
      'nobody',
      'The line payload failed, so there is nothing to check this against.',
    ],
    signature_failed: [
      'not_checked',
      'nobody',
      'The line signature failed: nobody signed what this line would read.',
    ],
    check_not_available: [
      'not_checked',
      'nobody',
      'This verifier does not have the code for this check.',
    ],
    crypto_unavailable: [
      'not_checked',
      'nobody',
      'This runtime has no Ed25519, so no signature was checked.',
    ],
  },
  witnesses: {
    ok: ['verified', 'witnesses', 'The quorum of the trust policy cosigned the checkpoint.'],
    not_witnessed: [
      'absent',
      'nobody',
      'There is no log proof, or no witness of the trust policy cosigned its checkpoint.',
    ],
    log_inclusion_not_verified: [
      'not_checked',
      'nobody',
      'The line log_inclusion is not verified, so there is no checkpoint to count witnesses on.',
    ],
    no_quorum_in_policy: ['not_checked', 'nobody', 'The trust policy asks for no witness.'],
    cosignature_invalid: [
      'failed',
      'verifier',
      'A cosignature by a witness of the trust policy is not valid.',
    ],
    quorum_not_met: ['absent', 'nobody', 'Fewer witnesses cosigned than are asked for.'],
    payload_failed: [
      'not_checked',
      'nobody',
      'The line payload failed, so there is nothing to check this against.',
    ],
    signature_failed: [
      'not_checked',
      'nobody',
      'The line signature failed: nobody signed what this line would read.',
    ],
    check_not_available: [
      'not_checked',
      'nobody',
      'This verifier does not have the code for this check.',
    ],
    crypto_unavailable: [
      'not_checked',
      'nobody',
      'This runtime has no Ed25519, so no signature was checked.',
    ],
  },
  confirmation: {
    linked_invalid: ['failed', 'verifier', 'A linked receipt does not verify by itself.'],
    linked_mismatch: ['failed', 'verifier', 'A linked receipt does not belong to this one.'],
    decision_missing: [
      'absent',
      'nobody',
      'The decision that this receipt refers to is not linked.',
    ],
    decision_linked: [
      'verified',
      'verifier',
      'The decision that this receipt refers to is linked, verifies and fits.',
    ],
    no_confirmation: ['absent', 'nobody', 'No confirmation is linked.'],
    claimed: ['absent', 'nobody', 'Somebody claimed the execution; no confirmation is linked.'],
    confirmations_conflict: [
      'asserted',
      'host',
      'There are confirmations that contradict each other.',
    ],
    confirmed_with_flags: [
      'asserted',
      'host',
      'There is a confirmation, and the issuer put a flag on it.',
    ],
    confirmed_by_other_party: [
      'verified',
      'other_party',
      'A party other than the one that asked confirms the outcome, without a flag.',
    ],
    confirmed_by_other_key: [
      'asserted',
      'host',
      'Another key of the party that asked confirms the outcome, without a flag.',
    ],
    confirmed_by_same_key: [
      'asserted',
      'host',
      'The key that asked confirms the outcome, without a flag.',
    ],
    not_applicable: ['absent', 'nobody', 'This receipt type refers to no decision.'],
    payload_failed: [
      'not_checked',
      'nobody',
      'The line payload failed, so there is nothing to check this against.',
    ],
    signature_failed: [
      'not_checked',
      'nobody',
      'The line signature failed: nobody signed what this line would read.',
    ],
    crypto_unavailable: [
      'not_checked',
      'nobody',
      'This runtime has no Ed25519, so no signature was checked.',
    ],
  },
  completeness: {
    needs_audit: [
      'not_checked',
      'nobody',
      'One bundle cannot show that no receipt is missing; an audit of the stream can.',
    ],
    stream_mismatch: [
      'failed',
      'verifier',
      'stream is not the one of the stream key that was given.',
    ],
    tag_mismatch: [
      'failed',
      'verifier',
      'The log entry has another tag than this place in the stream.',
    ],
    stream_checked: [
      'asserted',
      'signing_key',
      'stream, and the tag where a log entry is there, fit the stream key that was given; whether receipts are missing needs an audit.',
    ],
    payload_failed: [
      'not_checked',
      'nobody',
      'The line payload failed, so there is nothing to check this against.',
    ],
    signature_failed: [
      'not_checked',
      'nobody',
      'The line signature failed: nobody signed what this line would read.',
    ],
    crypto_unavailable: [
      'not_checked',
      'nobody',
      'This runtime has no Ed25519, so no signature was checked.',
    ],
  },
} as const satisfies Record<ReportLine, Record<string, CodeMeaning>>;
