"""Tampered bundles: what stands beside a genuine receipt, and what was signed about it.

Receipts are signed again with the test key where the point is not the signature. Codes written by
hand.
"""

import json

import issuing
from issuing import b64, b64url, canonical_bytes
from verification_cases import ATTACKER, OTHER_DIGEST, SIGNING, STAGING, attested


def add_all(cases):
    for add in (validity, actions, openings, paths, verdicts, obligations, log_entries, links, streams, outlines):
        add(cases)


def validity(cases):
    base, watched = cases.base(), cases.base("observe_allow")
    crit = lambda name, about, code, start=base, **members: cases.add(
        "crit_" + name, about, start, start.resigned(**members), "validity", code)
    crit("unknown", "crit names a member that nobody defined.", "crit_unknown", crit=["second_signature"],
         second_signature="x")
    crit("of_other_type", "crit names a member of another receipt type.", "crit_unknown", crit=["outcome"],
         outcome="executed")
    crit("empty", "crit is absent when empty.", "crit_malformed", crit=[])
    crit("not_a_list", "crit is a list.", "crit_malformed", crit="enforcement")
    crit("twice", "A name twice.", "crit_malformed", crit=["enforcement", "enforcement"])
    crit("not_present", "crit names a member that is not there.", "crit_malformed", crit=["audience"])
    crit("nested_name", "Only top-level names.", "crit_malformed", crit=["log.origin"])
    crit("missing_under_observe", "A receipt under observe that does not say so critically.", "crit_malformed",
         watched, crit=None)
    crit("other_under_observe", "A receipt under observe whose crit names something else.", "crit_malformed",
         watched, crit=["verdict"])
    cases.add("audience_other", "For another audience than the one given.", base, base.resigned(audience="payments"),
              "validity", "other_audience", options={"audience": "treasury"}, outcome="reached")
    cases.add("audience_not_given", "For an audience, and none was given.", base, base.resigned(audience="payments"),
              "validity", "audience_not_given", outcome="reached")
    cases.add("validity_required", "Whoever requires validity is not content with an expired receipt.", base, base.bundle,
              "validity", "expired", at="2026-11-21T18:05:00.000Z", policy=base.policy + "require validity\n",
              outcome="insufficient")
    cases.add("observe_required", "Nor with one that was only observed.", watched, watched.bundle, "validity",
              "observe_only", policy=watched.policy + "require validity\n", outcome="insufficient")


def actions(cases):
    base = cases.base("constrain_raw_unicode")
    cases.add("action_other", "The host is about to run another action.", base, base.bundle, "action_bound",
              "action_mismatch", options={"action_digest": OTHER_DIGEST})
    cases.add("action_given", "The host is about to run the action that the receipt binds.", base, base.bundle,
              "action_bound", "ok", options={"action_digest": base.payload["action_digest"]})
    plain = cases.base()
    cases.add("action_not_bound", "The host gives an action and the receipt binds none.", plain, plain.bundle,
              "action_bound", "no_action_digest", options={"action_digest": OTHER_DIGEST},
              policy=plain.policy + "require action_bound\n", outcome="insufficient")


UNUSED = {"verdict_recomputed": "commitment_failed", "authority": "commitment_failed"}


def openings(cases):
    base, bound = cases.base(), cases.base("constrain_raw_unicode")

    def put(name, about, bundle, code, start=base, **more):
        cases.add("opening_" + name, about, start, bundle, "commitment", code,
                  lines=dict(UNUSED, **more.pop("lines", {})), **more)
    changed = lambda **members: base.with_members(opening={
        n: v for n, v in dict(base.opening, **members).items() if v is not None})
    put("of_another_receipt", "The opening of another receipt.", base.with_members(opening=bound.opening),
        "commitment_mismatch")
    put("amount_changed", "A larger amount.", changed(facts=dict(base.opening["facts"], decision_size_usd_cents=50000001)),
        "commitment_mismatch")
    put("reference_changed", "Another reference.", changed(references={"external_reference": "host-request-124"}),
        "commitment_mismatch")
    put("member_added", "A member more is a different opening.", changed(comment="x"), "commitment_mismatch")
    put("version", "Another version.", changed(v="craton.boundary.opening.v2"), "opening_malformed")
    put("nonce_short", "A nonce of 15 bytes.", changed(nonce=b64url(bytes(15))), "opening_malformed")
    put("facts_absent", "facts is always there.", changed(facts=None), "opening_malformed")
    put("raw_empty", "raw is absent when empty.", changed(raw={}), "opening_malformed")
    put("fraction", "A double never enters.", changed(facts={"decision_size_usd_cents": 1.5}), "opening_malformed")
    put("class", "An unknown authority class.", changed(authority=dict(base.opening["authority"], **{"class": "verified"})),
        "opening_malformed")
    put("match", "An unknown match.", changed(ledger={"match": "two", "reference_reused": False}), "opening_malformed")
    for name, value in (("request_id", "req_019aa000-0000-7000-8000-0000000000ff"),
                        ("evaluated_at", "2026-11-21T17:59:59.999Z"), ("action_digest", OTHER_DIGEST)):
        opening = dict(base.opening, **{name: value})
        put(name, "%s of the opening is not that of the payload." % name,
            base.recommitted(opening), "opening_payload_mismatch")
    put("environment", "The opening of a staging decision.", base.recommitted(dict(base.opening, environment="staging")),
        "opening_payload_mismatch")
    put("snapshot", "Another snapshot in the opening.", base.recommitted(
        dict(base.opening, boundary_snapshot=dict(base.opening["boundary_snapshot"], path_version=2)),
        boundary_snapshot=base.payload["boundary_snapshot"]), "opening_payload_mismatch")
    without = {n: v for n, v in bound.opening.items() if n != "action_digest"}
    put("action_absent", "The payload binds an action and the opening does not.", bound.recommitted(without),
        "opening_payload_mismatch", bound)
    for name, value in (("gate_type", "other_gate"), ("system_scope", "other_scope"), ("decision_type", "other_request")):
        opening = dict(base.opening, request=dict(base.opening["request"], **{name: value}))
        put("request_" + name, "The evaluated %s is not that of the snapshot." % name, base.recommitted(opening),
            "opening_request_mismatch")
    confirmation = cases.base("confirmation_executed")
    swapped = confirmation.with_members(opening=bound.opening)
    cases.add("opening_of_another_decision", "A confirmation with the opening of another decision.", confirmation, swapped,
              "commitment", "commitment_mismatch")


def paths(cases):
    base = cases.base()

    def put(name, about, bundle, code, **more):
        cases.add("policy_" + name, about, base, bundle, "commitment", code, lines=UNUSED, **more)
    higher = base.path
    higher["policy"]["rules"][2]["when"] = higher["policy"]["rules"][2]["when"].replace("50000000", "90000000")
    put("threshold_changed", "A higher limit.", base.with_members(policy=higher), "policy_digest_mismatch")
    put("of_another_path", "The document of another path.", base.with_members(policy=cases.base("allow_words").path),
        "policy_digest_mismatch")
    put("salt_changed", "Another salt.", base.with_members(policy=dict(base.path, salt=b64url(bytes(16)))),
        "policy_digest_mismatch")
    put("schema", "Another schema.", base.with_members(policy=dict(base.path, schema="craton.boundary.path.v2")),
        "policy_malformed")
    put("lifetime_text", "A lifetime that is no number.", base.with_members(
        policy=dict(base.path, policy=dict(base.path["policy"], lifetime_s="300"))), "policy_malformed")
    put("lifetime_too_long", "A lifetime of more than a day.", base.with_members(
        policy=dict(base.path, policy=dict(base.path["policy"], lifetime_s=86401))), "policy_malformed")
    for name, value in (("path_id", "other-path"), ("version", 2), ("partner_id", "other_partner"), ("unit", "other_unit"),
                        ("gate_type", "other_gate"), ("system_scope", "other_scope")):
        put("other_" + name, "The document has another %s than the snapshot." % name,
            base.recommitted(base.opening, dict(base.path, **{name: value})), "policy_mismatch")
    no_unit = {n: v for n, v in base.path.items() if n != "unit"}
    put("unit_absent", "The document has no unit and the snapshot has one.", base.recommitted(base.opening, no_unit),
        "policy_mismatch")
    put("type_not_listed", "The document does not list the decision type by name.",
        base.recommitted(base.opening, dict(base.path, decision_types=["*"])), "policy_mismatch")
    put("enforcement", "The document only observes, the receipt says enforce.",
        base.recommitted(base.opening, dict(base.path, enforcement="observe")), "policy_mismatch")
    put("lifetime", "Signed to live longer than the document says.",
        base.resigned(expires_at="2026-11-21T18:10:00.000Z"), "lifetime_mismatch")
    put("lifetime_shorter", "Signed to live shorter.", base.resigned(expires_at="2026-11-21T18:04:59.999Z"),
        "lifetime_mismatch")
    unmatched = cases.base("unmatched")
    cases.add("policy_for_unmatched", "A document beside a decision that no path made.", unmatched,
              unmatched.with_members(policy=base.path), "commitment", "policy_digest_mismatch", lines=UNUSED)
    cases.add("policy_changed_without_opening", "A changed document in a bundle without an opening.", base,
              base.with_members(opening=None, policy=higher), "commitment", "policy_digest_mismatch", lines=UNUSED)


def verdicts(cases):
    allow, reject, two = cases.base(), cases.base("reject_over_limit"), cases.base("constrain_duties_merged")

    def put(name, about, start, bundle, code="verdict_mismatch", **lines):
        cases.add("verdict_" + name, about, start, bundle, "verdict_recomputed", code, lines=lines)
    put("signed_wrong", "A wrong verdict, signed: the rules give a reject.", reject,
        reject.resigned(verdict="allow", reasons=["within_limit"]))
    put("too_severe", "A reject where the rules give an allow.", allow, allow.resigned(verdict="reject", reasons=["over_limit"]))
    put("other_reason", "Another reason.", allow, allow.resigned(reasons=["approved_by_hand"]))
    put("reason_left_out", "One reason of two.", two, two.resigned(reasons=["cross_border"]))
    put("obligation_left_out", "One obligation fewer.", two, two.resigned(obligations=two.payload["obligations"][1:]))
    put("obligations_left_out", "No obligations at all.", two, two.resigned(obligations=[]), obligations="no_obligations")
    flagged = cases.base("allow_reference_reused")
    put("reuse_left_out", "The ledger says that the reference was used before; the reasons do not.", flagged,
        flagged.resigned(reasons=["within_limit"]))
    unmatched = cases.base("unmatched")
    put("unmatched_allow", "An allow that no path gave.", unmatched, unmatched.resigned(verdict="allow"))
    put("unmatched_reason", "No path matched, and the reason says more than one.", unmatched,
        unmatched.resigned(reasons=["ambiguous_boundary"]))
    put("unmatched_lifetime", "Without a path the lifetime is 300 s.", unmatched,
        unmatched.resigned(expires_at="2026-11-21T18:05:03.000Z"))
    put("unmatched_observe", "Without a path nothing is observed only.", unmatched,
        unmatched.resigned(enforcement="observe", crit=["enforcement"]), validity="observe_only")
    one = dict(unmatched.opening, ledger={"match": "one", "reference_reused": False})
    put("unmatched_ledger", "An unmatched snapshot, and the ledger says that one path matched.", unmatched,
        unmatched.recommitted(one))

    def loaded(name, about, change):
        path = allow.path
        change(path)
        put("policy_" + name, about, allow, allow.recommitted(allow.opening, path), "policy_refused")
    rule = lambda text: lambda path: path["policy"]["rules"][0].update(when=text)
    loaded("matches", "matches is outside the profile.", rule('authority.reference.matches("(a+)+")'))
    loaded("arithmetic", "So is arithmetic.", rule("1 + 1 == 2"))
    loaded("unguarded", "An optional member is read without has().", rule("request.decision_size_usd_cents > 5"))
    loaded("not_boolean", "A condition gives true or false.", rule("size(authority.status)"))
    loaded("unknown_name", "An unknown name.", rule("request.amount == 5"))
    loaded("syntax", "Not an expression.", rule("authority.status =="))
    loaded("unknown_member", "An unknown member in the document.", lambda path: path.update(comment="x"))
    loaded("two_rules_one_id", "Two rules with one id.", lambda path: path["policy"]["rules"][1].update(id="authorization"))
    loaded("profile", "Another profile.", lambda path: path["policy"].update(profile="cel"))


def obligations(cases):
    base = cases.base("constrain_duties_merged")
    cases.add("obligation_unknown", "The host does not know one of the obligations.", base, base.bundle, "obligations",
              "obligation_unknown", options={"known_obligations": ["dual_control", "notify"]})


def log_entries(cases):
    base = cases.base()
    entry = issuing.log_entry(base.payload, base.receipt["kid"], base.built["given"]["stream_key_hex"])
    late = {"witnesses": "log_inclusion_not_verified"}

    def put(name, about, code, **members):
        made = {n: v for n, v in dict(entry, **members).items() if v is not None}
        cases.add("log_entry_" + name, about, base, base.with_members(log_proof={"entry": made, "proof": "x"}),
                  "log_inclusion", code, lines=late)
    put("tag_absent", "No tag.", "log_entry_malformed", tag=None)
    put("version", "Another version.", "log_entry_malformed", v=2)
    put("member_added", "A member more would be hashed by the log and skipped by the verifier.", "log_entry_malformed",
        note="x")
    put("of_another_receipt", "The digest of another payload.", "log_entry_mismatch", digest=OTHER_DIGEST)
    put("of_another_key", "The kid of another key.", "log_entry_mismatch",
        kid=issuing.thumbprint(issuing.public_key(ATTACKER)))


def links(cases):
    confirmed, zero = cases.base("confirmation_executed"), cases.base("allow_zero")
    at = {"at": confirmed.at}

    def put(name, about, linked, code, start=zero, **more):
        cases.add("linked_" + name, about, start, start.with_members(linked=linked), "confirmation", code,
                  **dict(at, **more))
    good = confirmed.receipt
    changed = lambda seed=SIGNING, **members: issuing.envelope(
        canonical_bytes(dict(confirmed.payload, **members)), seed)
    put("changed", "A linked confirmation that was changed and not signed again.",
        [{"receipt": dict(good, payload_b64=b64(canonical_bytes(dict(confirmed.payload, outcome="failed"))))}],
        "linked_invalid")
    put("by_unknown_key", "A linked confirmation signed by a key that is not there.",
        [{"receipt": changed(ATTACKER)}], "linked_invalid")
    put("malformed", "A linked confirmation with an unknown outcome.", [{"receipt": changed(outcome="done")}], "linked_invalid")
    put("crit_unknown", "A linked confirmation with an unknown critical member.",
        [{"receipt": changed(crit=["later"], later=True)}], "linked_invalid")
    put("second_is_bad", "A good one and a bad one.", [{"receipt": good}, {"receipt": dict(good, kid="x")}], "linked_invalid")
    put("of_another_decision", "The confirmation of another decision.",
        [{"receipt": cases.base("confirmation_not_executed").receipt}], "linked_mismatch")
    put("confirms_another_payload", "A confirmation that names another payload.", [{"receipt": changed(
        confirms=dict(confirmed.payload["confirms"], payload_digest=OTHER_DIGEST))}], "linked_mismatch")
    put("confirms_another_request", "A confirmation that names another request.", [{"receipt": changed(
        confirms=dict(confirmed.payload["confirms"], request_id="req_019aa000-0000-7000-8000-0000000000ff"))}],
        "linked_mismatch")
    put("other_snapshot", "A confirmation with another snapshot.", [{"receipt": changed(
        boundary_snapshot=dict(confirmed.payload["boundary_snapshot"], path_version=2))}], "linked_mismatch")
    put("gap_disclosure", "A receipt that has no commitment.",
        [{"receipt": cases.base("gap_disclosure").receipt}], "linked_mismatch")
    put("other_decision", "Another decision.", [{"receipt": cases.base().receipt}], "linked_mismatch")
    put("two_outcomes", "Two confirmations that contradict each other without saying so.",
        [{"receipt": good}, {"receipt": changed(outcome="not_executed", seq=99)}], "confirmations_conflict",
        outcome="reached")
    without = {"commitment": "opening_missing"}
    wrong = [{"receipt": zero.receipt, "opening": cases.base().opening}]
    put("decision_with_other_opening", "The linked decision has the opening of another one.", wrong, "linked_invalid",
        confirmed, lines=without)
    moved = dict(zero.payload, environment="staging", log=dict(zero.payload["log"], origin="golden.example/staging"))
    staged = issuing.envelope(canonical_bytes(moved), STAGING)
    keys = {"keys": [zero.built["keys"]["jwk"], issuing.jwk(issuing.public_key(STAGING))]}
    other = issuing.public_key(STAGING)
    attestation = attested(zero, environments=["staging"], subject={
        "kid": issuing.thumbprint(other), "public_key_b64": b64(other),
        "public_key_fingerprint_sha256": issuing.sha256(other).hex()})
    cases.add("linked_other_environment", "A genuine decision of another environment.", confirmed,
              confirmed.with_members(linked=[{"receipt": staged}], key_bundle=keys, attestations=[attestation]),
              "confirmation", "linked_mismatch", lines={"commitment": "opening_missing"},
              policy=zero.policy.replace(" development", " development,staging"))
    record = cases.base("deployment_record")
    other_request = issuing.envelope(canonical_bytes(dict(
        record.payload, request_id="req_019aa000-0000-7000-8000-0000000000ff")), SIGNING)
    cases.add("linked_record_other_request", "A deployment record with another request id than its decision.", record,
              record.with_members(receipt=other_request), "confirmation", "linked_mismatch")


def streams(cases):
    base = cases.base()
    key = lambda pair: {"stream_key": b64url(bytes.fromhex(pair * 32))}
    cases.add("stream_key_fits", "Told its key, a partner finds the receipt in its place.", base, base.bundle,
              "completeness", "stream_checked", options=key("03"))
    cases.add("stream_of_another_key", "The stream is not the one that the partner was told about.", base, base.bundle,
              "completeness", "stream_mismatch", options=key("04"))
    moved = base.resigned(stream=OTHER_DIGEST)
    cases.add("stream_changed", "A second stream value for one stream.", base, moved, "completeness",
              "stream_mismatch", options=key("03"))


def outlines(cases):
    base = cases.base()
    plain = json.dumps(base.bundle)
    bad = lambda name, about, bundle: cases.bad_input("bundle_" + name, about, base, bundle)
    bad("not_json", "Not JSON.", plain[:-1])
    bad("duplicate_member", "A member twice.", plain[:-1] + ', "object": "craton.receipt.verification_bundle"}')
    bad("duplicate_key_bundle", "A second key bundle with the key of an attacker.", plain[:-1] + ', "key_bundle": '
        + json.dumps({"keys": [issuing.jwk(issuing.public_key(ATTACKER))]}) + "}")
    bad("exponent", "A number with an exponent.", plain[:-1] + ', "x": 1e2}')
    bad("depth_13", "Nested thirteen deep; twelve is the limit.", plain[:-1] + ', "x": ' + "[" * 12 + "]" * 12 + "}")
    bad("object", "Another object.", base.with_members(object="craton.receipt.key_bundle"))
    bad("array", "An array.", "[" + plain + "]")
    bad("receipt_absent", "No receipt.", base.with_members(receipt=None))
    bad("receipt_text", "The receipt is a text.", base.with_members(receipt="x"))
    bad("keys_absent", "No keys.", base.with_members(key_bundle={}))
    bad("opening_null", "A member without a value is absent, never null.", plain[:-1] + ', "log_proof": null}')
    bad("linked_empty", "linked is absent when empty.", base.with_members(linked=[]))
    bad("linked_text", "A linked receipt that is a text.", base.with_members(linked=[{"receipt": "x"}]))
    bad("attestations_object", "attestations is a list.", base.with_members(attestations=base.attestation))
