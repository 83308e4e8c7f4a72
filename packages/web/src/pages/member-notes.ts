/**
 * What each member of the check means, for people. The rules that a JSON Schema cannot say (texts
 * of numbers, normalisation) are here too. The list of members itself is the OpenAPI document's.
 */

/** Members of the request, by name. */
export const REQUEST_NOTES: Readonly<Record<string, string>> = {
  partner_id: 'Who asks. A label: lower-case letters, digits and _; spaces and - become _.',
  gate_type: 'Which gate the action passes, such as threshold_gate. A label.',
  system_scope: 'The system in which it happens. A label.',
  decision_type: 'What kind of decision. A label. A path can name the types that it covers.',
  decision_owner: 'The role that decides. A label: a role, never a person’s name or address.',
  decision_size_usd:
    'The amount. A JSON number with at most two decimals, written without exponent: 500000.01.',
  case_id: 'Your case. 1 to 128 characters, kept as sent.',
  external_reference: 'Your reference for this request. 1 to 128 characters, kept as sent.',
  action_digest:
    'Digest of exactly the action that will run. Salt and action stay with you; the receipt binds the digest.',
  authorization_evidence:
    'The approval itself as a signed token (JWS, at most 4 KiB, not stored), or its digest.',
  'context.authorization_status': 'Status of the approval, such as present. A label.',
  'context.authorization_reference': 'Where the approval can be found. 1 to 128 characters.',
  'context.authorization_source': 'Which system approved, such as approval_workflow. A label.',
  'context.facts': 'At most 16 facts that the path declares. Others are refused by name.',
};

/** Members of the answer, by name. */
export const ANSWER_NOTES: Readonly<Record<string, string>> = {
  verdict:
    'allow, constrain or reject. Convenience: what counts is the same member that is signed.',
  reasons: 'Codes, sorted. Branch on these, never on texts.',
  obligations: 'What must be met under constrain. An unknown type means: do not act.',
  expires_at: 'The verdict may be used while now is before this time.',
  commitment_id: 'Hash of the opening: the name of this decision.',
  request_id: 'Name of this request.',
  boundary_snapshot: 'Which version of which path was applied.',
  opening: 'What was evaluated. Keep it: with it, the verdict can be recomputed.',
  earlier_commitment_id: 'There if the external_reference was used before: the decision of then.',
  needs: 'What would change the verdict, for machines. Advice, not signed.',
  receipt: 'The envelope: payload_b64, signature, kid, sig_alg. This is what you keep.',
};
