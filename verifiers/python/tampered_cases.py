"""One bundle per reason to refuse: what was changed in a golden bundle, and what a report then says.

Receipts are signed again with the test key where the point is not the signature. The codes are
written by hand from spec/verification.md.
"""

import json

import issuing
from issuing import b64, b64url, canonical, canonical_bytes
from verification_cases import ATTACKER, ROOT, SIGNING, STAGING, attested, unhex

IDENTITY_POINT = b"\1" + bytes(31)
ORDER_8 = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
NON_CANONICAL = (2**255 - 19 + 3).to_bytes(32, "little")
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
OTHER_DIGEST = "sha256:" + "ee" * 32


def add_all(cases):
    for add in (envelopes, payload_json, payload_kinds, payload_members, decision_members, spelling,
                signatures, key_sets, attackers, attestations, key_windows, validity, actions, openings,
                paths, verdicts, obligations, log_entries, links, streams, outlines, trust_policies):
        add(cases)


def envelopes(cases):
    base = cases.base()
    text = base.receipt["payload_b64"]
    malformed = lambda name, about, **members: cases.add(
        name, about, base, base.with_receipt(**members), "payload", "envelope_malformed")
    malformed("envelope_without_signature", "The signature is absent.", signature=None)
    malformed("envelope_kid_is_a_number", "kid is not a text.", kid=7)
    encoded = lambda name, about, value: cases.add(
        name, about, base, base.with_receipt(payload_b64=value), "payload", "payload_encoding")
    encoded("payload_b64_unpadded", "The padding is missing.", text.rstrip("="))
    encoded("payload_b64_line_break", "A line break inside.", text[:76] + "\n" + text[76:])
    encoded("payload_b64_other_alphabet", "The base64url alphabet.",
            b64(b"\xff\xfe" + canonical_bytes(base.payload)).replace("/", "_").replace("+", "-"))
    assert text.endswith("=") and text[-2] != "="
    tail = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    encoded("payload_b64_tail_bits", "Unused bits at the end are not zero.",
            text[:-2] + tail[tail.index(text[-2]) + 1] + "=")


def payload_json(cases):
    base = cases.base()
    head, plain = '{"boundary_snapshot":', canonical(base.payload)
    assert plain.startswith(head)
    signed = lambda name, about, data: cases.add(name, about, base, base.signed(data), "payload", "payload_not_json")
    member = lambda text: ('{"a":' + text + "," + plain[1:]).encode("utf-8", "surrogatepass")
    signed("payload_duplicate_member", "verdict is there twice; parsers disagree about which counts.",
           (plain[:-1] + ',"verdict":"reject"}').encode())
    signed("payload_duplicate_member_escaped", "The second one is written with an escape.",
           (plain[:-1] + ',"verdic\\u0074":"reject"}').encode())
    signed("payload_lone_surrogate", "Half of a character.", member('"\\ud800"'))
    signed("payload_not_utf8", "A byte that is not UTF-8.", b'{"a":"\xff",' + plain[1:].encode())
    signed("payload_utf8_surrogate", "A surrogate encoded as UTF-8.", member('"\ud800"'))
    signed("payload_byte_order_mark", "A BOM in front.", b"\xef\xbb\xbf" + plain.encode())
    signed("payload_trailing_text", "Something after the object.", plain.encode() + b" {}")
    signed("payload_not_an_object", "An array.", b"[" + plain.encode() + b"]")
    for name, about, text in (
            ("exponent", "A number with an exponent.", "1e2"), ("minus_zero", "A minus before zero.", "-0"),
            ("minus_zero_fraction", "A minus before zero, with a fraction.", "-0.0"),
            ("too_large", "An integer beyond 2^53-1.", "9007199254740992"),
            ("too_large_fraction", "The same, written with a fraction.", "9007199254740992.0"),
            ("sixteen_digits", "More digits than a double holds.", "0.1234567890123456"),
            ("leading_zero", "A leading zero.", "01"), ("nan", "Not a number.", "NaN")):
        signed("payload_number_" + name, about, member(text))
    signed("payload_depth_9", "Nested nine deep; eight is the limit.", member("[" * 8 + "]" * 8))


def payload_kinds(cases):
    base = cases.base()
    kind = lambda name, about, code, **members: cases.add(
        name, about, base, base.resigned(**members), "payload", code)
    kind("protocol_posture", "A posture document is no receipt, whoever signed it.", "protocol_unknown",
         protocol="craton.posture.v1", receipt_type=None)
    kind("protocol_version_2", "Another version of the protocol.", "protocol_unknown",
         protocol="craton.receipt.protocol.v2")
    kind("protocol_absent", "No protocol.", "protocol_unknown", protocol=None)
    kind("receipt_type_absent", "Without a receipt type nothing is a decision.", "receipt_type_unknown",
         receipt_type=None)
    kind("receipt_type_invented", "A type that nobody defined.", "receipt_type_unknown",
         receipt_type="boundary_permission")
    kind("receipt_type_not_issued_yet", "A type that is named and not issued.", "receipt_type_unknown",
         receipt_type="epoch_record")
    cases.add("confirmation_called_decision", "A confirmation that calls itself a decision.",
              cases.base("confirmation_executed"),
              cases.base("confirmation_executed").resigned(receipt_type="boundary_decision"),
              "payload", "payload_malformed")
    cases.add("decision_called_confirmation", "A decision that calls itself a confirmation.", base,
              base.resigned(receipt_type="execution_confirmation"), "payload", "payload_malformed")


def payload_members(cases):
    """Members of every receipt type, and of those that are no decision."""
    base = cases.base()
    log = base.payload["log"]

    def wrong(name, about, start=base, **members):
        cases.add("malformed_" + name, about, start, start.resigned(**members), "payload", "payload_malformed")
    wrong("issuer", "The issuer is not in lower case.", issuer="Golden.example",
          log=dict(log, origin="Golden.example/development"))
    wrong("environment", "An environment is a short lower-case word.", environment="pre-production",
          log=dict(log, origin="golden.example/pre-production"))
    wrong("seq_zero", "seq begins at 1.", seq=0)
    wrong("seq_text", "seq is a number.", seq="1")
    wrong("epoch_absent", "No epoch.", epoch=None)
    wrong("stream", "Digests are in lower case.", stream=base.payload["stream"].upper().replace("SHA256", "sha256"))
    wrong("log_origin", "The log of another environment.", log=dict(log, origin="golden.example/staging"))
    wrong("merge_by", "merge_by is not issued_at + 1 h.", log=dict(log, merge_by="2026-11-21T20:00:00.001Z"))
    wrong("seen_root", "The root of a seen checkpoint is not 32 bytes.", log=dict(log, seen={"size": 1, "root": "AAAA"}))
    for name, about, time in (
            ("without_milliseconds", "A time without milliseconds.", "2026-11-21T18:00:00Z"),
            ("with_offset", "A time with an offset.", "2026-11-21T18:00:00.001+00:00"),
            ("not_in_calendar", "A day that does not exist.", "2026-02-30T18:00:00.001Z"),
            ("leap_second", "A leap second.", "2026-11-21T18:00:60.001Z")):
        wrong("time_" + name, about, issued_at=time)
    confirmation = cases.base("confirmation_executed")
    wrong("outcome", "An unknown outcome.", confirmation, outcome="done")
    wrong("flags_order", "Flags are sorted.", confirmation, flags=["after_reject", "after_expiry"])
    wrong("flag", "An unknown flag.", confirmation, flags=["late"])
    wrong("confirmer", "An unknown class of confirmer.", confirmation,
          confirmer={"key_id": "host_key_1", "class": "trusted"})
    wrong("confirms", "The confirmed payload is not named.", confirmation,
          confirms={"request_id": confirmation.payload["confirms"]["request_id"]})
    wrong("record", "A record of an unknown schema.", cases.base("deployment_record"), record={"schema": "other"})
    gap = cases.base("gap_disclosure")
    wrong("gap", "A gap that ends before it begins.", gap, gap=dict(gap.payload["gap"], to_seq=40))


def decision_members(cases):
    base, two = cases.base(), cases.base("constrain_duties_merged")
    duties = two.payload["obligations"]

    def wrong(name, about, start=base, **members):
        cases.add("malformed_" + name, about, start, start.resigned(**members), "payload", "payload_malformed")
    cases.add("malformed_null", "A member without a value is absent, never null.", base,
              base.respelled('"boundary_snapshot"', '"audience":null,"boundary_snapshot"'), "payload", "payload_malformed")
    wrong("empty_text", "Never an empty text.", audience="")
    wrong("verdict", "Verdicts are written in lower case.", verdict="Allow")
    wrong("verdict_absent", "No verdict.", verdict=None)
    wrong("enforcement", "An unknown mode.", enforcement="shadow")
    wrong("reasons_absent", "reasons is always there.", reasons=None)
    wrong("reasons_order", "Reasons are sorted.", two, reasons=["large_amount", "cross_border"])
    wrong("reasons_twice", "A reason is there once.", reasons=["within_limit", "within_limit"])
    wrong("obligations_order", "Obligations are ordered.", two, obligations=duties[::-1])
    wrong("obligations_twice", "Equal obligations are merged.", two, obligations=duties[:1] + duties[:1])
    wrong("obligation_nested", "Obligations are flat.", two, obligations=[{"type": "notify", "to": ["a"]}])
    wrong("obligation_without_type", "An obligation has a type.", two, obligations=[{"approvals": 2}])
    wrong("obligations_on_allow", "Only a constrain has obligations.", obligations=duties[:1])
    wrong("max_uses", "A receipt is used once.", max_uses=2)
    wrong("request_id", "Not a UUIDv7.", request_id="req_019aa000-0000-4000-8000-000000000001")
    wrong("commitment_id", "Unused bits at the end are not zero.", commitment_id=base.payload["commitment_id"][:-1] + "l")
    wrong("action_digest", "Not a digest.", action_digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    wrong("issued_at_expiry", "Issued when it had expired.", issued_at="2026-11-21T18:05:00.000Z",
          log=dict(base.payload["log"], merge_by="2026-11-21T19:05:00.000Z"))
    wrong("issued_before_evaluated", "Issued before it was evaluated.", issued_at="2026-11-21T17:59:59.999Z",
          log=dict(base.payload["log"], merge_by="2026-11-21T18:59:59.999Z"))
    shot = base.payload["boundary_snapshot"]
    wrong("snapshot_digest_absent", "A matched snapshot names its document.",
          boundary_snapshot={n: v for n, v in shot.items() if n != "policy_digest"})
    wrong("snapshot_label", "Not a label.", boundary_snapshot=dict(shot, gate_type="Threshold Gate"))


def spelling(cases):
    base = cases.base()
    plain = canonical(base.payload)
    spelled = lambda name, about, text: cases.add(
        "not_canonical_" + name, about, base, base.signed(text.encode()), "payload", "payload_not_canonical")
    spelled("white_space", "A space, signed.", plain.replace('"seq":1', '"seq": 1'))
    spelled("line_end", "A line feed at the end, signed.", plain + "\n")
    spelled("escape", "A letter written as an escape, signed.", plain.replace('"allow"', '"\\u0061llow"'))
    spelled("fraction", "1.0 for 1, signed.", plain.replace('"seq":1', '"seq":1.0'))
    spelled("order", "Two members in the other order, signed.",
            plain.replace('"seq":1,', "").replace('"epoch":1,', '"seq":1,"epoch":1,'))


def signatures(cases):
    base, other = cases.base(), cases.base("constrain_raw_unicode")
    signature = issuing.base64.b64decode(base.receipt["signature"])
    for spelling_ in ("EdDSA", "Ed25519", "none", "hmac-sha256"):
        cases.add("sig_alg_" + spelling_.lower().replace("-", "_"), "sig_alg has one spelling.", base,
                  base.with_receipt(sig_alg=spelling_), "signature", "sig_alg_unknown")
    put = lambda name, about, value, code: cases.add(
        name, about, base, base.with_receipt(signature=value), "signature", code)
    put("signature_63_bytes", "One byte short.", b64(signature[:63]), "signature_encoding")
    put("signature_65_bytes", "One byte long.", b64(signature + b"\0"), "signature_encoding")
    put("signature_unpadded", "The padding is missing.", b64(signature).rstrip("="), "signature_encoding")
    put("signature_other_alphabet", "The base64url alphabet.", b64url(signature) + "==", "signature_encoding")
    put("signature_tail_bits", "Unused bits at the end are not zero.", b64(signature)[:85] + "B==", "signature_encoding")
    put("signature_empty", "An empty signature.", "", "signature_encoding")
    scalar = int.from_bytes(signature[32:], "little")
    put("signature_scalar_plus_order", "S + L: another spelling of the same signature.",
        b64(signature[:32] + (scalar + GROUP_ORDER).to_bytes(32, "little")), "signature_scalar_refused")
    put("signature_scalar_order", "S = L.", b64(signature[:32] + GROUP_ORDER.to_bytes(32, "little")),
        "signature_scalar_refused")
    for name, point in (("identity", IDENTITY_POINT), ("order_8", ORDER_8), ("zero", bytes(32))):
        put("signature_r_" + name, "R is a point of small order.", b64(point + bytes(32)), "signature_point_refused")
    put("signature_r_sign_bit", "R is a point of small order, with the other sign bit.",
        b64(ORDER_8[:31] + bytes([ORDER_8[31] | 0x80]) + bytes(32)), "signature_point_refused")
    put("signature_r_not_canonical", "R is not canonically encoded.", b64(NON_CANONICAL + signature[32:]),
        "signature_point_refused")
    put("signature_flipped", "One bit of the signature.", b64(signature[:40] + bytes([signature[40] ^ 1]) + signature[41:]),
        "signature_invalid")
    put("signature_of_another_receipt", "The signature of another receipt.", other.receipt["signature"], "signature_invalid")
    changed = canonical(dict(cases.base("reject_over_limit").payload, verdict="allow"))
    reject = cases.base("reject_over_limit")
    cases.add("verdict_flipped", "A reject made an allow, not signed again.", reject,
              reject.with_receipt(payload_b64=b64(changed.encode())), "signature", "signature_invalid")
    late = dict(base.payload, expires_at="2026-11-21T19:00:00.000Z")
    cases.add("expiry_extended_unsigned", "A later expires_at, not signed again.", base,
              base.with_receipt(payload_b64=b64(canonical_bytes(late))), "signature", "signature_invalid")
    forged = issuing.envelope(canonical_bytes(base.payload), ATTACKER)
    cases.add("signed_by_another_key", "Another key signed and the kid is ours.", base,
              base.with_receipt(signature=forged["signature"]), "signature", "signature_invalid")


def jwk_with(key, **members):
    return {n: v for n, v in dict(issuing.jwk(key), **members).items() if v is not None}


def key_sets(cases):
    base = cases.base()
    ours = issuing.jwk(issuing.public_key(SIGNING))
    theirs = issuing.jwk(issuing.public_key(ATTACKER))
    put = lambda name, about, keys, code: cases.add(
        name, about, base, base.with_members(key_bundle={"keys": keys}), "signature", code)
    malformed = lambda name, about, *keys: put("key_" + name, about, list(keys), "key_malformed")
    malformed("private", "A private part.", dict(ours, d=b64url(SIGNING)))
    malformed("ec", "An EC key in the set refuses the set.", ours,
              {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA", "kid": "ec-1", "use": "sig", "alg": "ES256"})
    malformed("x25519", "A key for agreement.", dict(ours, crv="X25519"))
    malformed("alg", "Another spelling of the algorithm.", dict(ours, alg="Ed25519"))
    malformed("use_absent", "No use.", {n: v for n, v in ours.items() if n != "use"})
    malformed("use_enc", "A key for encryption.", dict(ours, use="enc"))
    malformed("31_bytes", "One byte short.", dict(ours, x=b64url(issuing.public_key(SIGNING)[:31])))
    malformed("padded", "Padding in x.", dict(ours, x=ours["x"] + "="))
    malformed("tail_bits", "Unused bits at the end of x are not zero.", dict(ours, x=ours["x"][:-1] + "R"))
    malformed("not_an_object", "A text in place of a key.", ours["x"])
    put("kid_duplicate", "The same key twice.", [ours, ours], "kid_duplicate")
    put("kid_duplicate_other_key", "The kid twice, the second time with the key of an attacker.",
        [ours, dict(theirs, kid=ours["kid"])], "kid_duplicate")
    put("kid_of_another_key", "The kid is not the thumbprint of its key.", [dict(theirs, kid=ours["kid"])], "kid_mismatch")
    put("kid_chosen", "A kid that somebody chose.", [ours, dict(theirs, kid="key-1")], "kid_mismatch")
    put("kid_unknown", "The key of the receipt is not there.", [theirs], "kid_unknown")
    put("keys_empty", "No key at all.", [], "kid_unknown")
    for name, point in (("identity", IDENTITY_POINT), ("order_8", ORDER_8), ("not_canonical", NON_CANONICAL),
                        ("minus_one", bytes.fromhex("ec" + "ff" * 30 + "7f"))):
        key = issuing.jwk(point)
        receipt = dict(base.receipt, kid=key["kid"], signature=b64(IDENTITY_POINT + bytes(32)))
        cases.add("key_point_" + name, "A key under which one signature fits many messages, or that has two encodings.",
                  base, base.with_members(receipt=receipt, key_bundle={"keys": [key]}), "signature", "key_refused")


def attackers(cases):
    """Somebody signs everything with keys of their own and puts them into the bundle."""
    base = cases.base()
    receipt = issuing.envelope(canonical_bytes(base.payload), ATTACKER)
    keys = {"keys": [issuing.jwk(issuing.public_key(ATTACKER))]}
    key, root_key = issuing.public_key(ATTACKER), issuing.public_key(unhex("67"))
    subject = {"kid": issuing.thumbprint(key), "public_key_b64": b64(key),
               "public_key_fingerprint_sha256": issuing.sha256(key).hex()}
    fingerprint = issuing.sha256(root_key).hex()

    def put(name, about, attestation, code, **more):
        bundle = base.with_members(receipt=receipt, key_bundle=keys, attestation=attestation)
        lines = dict({"key_status": "issuer_not_verified"}, **more.pop("lines", {}))
        cases.add("attacker_" + name, about, base, bundle, "issuer", code, lines=lines, **more)
    put("own_root", "With a root of their own.",
        attested(base, unhex("67"), root_key_id="attacker-root-1", subject=subject,
                 root_public_key_fingerprint_sha256=fingerprint), "root_not_trusted")
    put("root_id", "With a root of their own that has the id of a trusted one.",
        attested(base, unhex("67"), subject=subject, root_public_key_fingerprint_sha256=fingerprint),
        "attestation_root_mismatch")
    put("root_fingerprint", "With id and fingerprint of the trusted root.", attested(base, unhex("67"), subject=subject),
        "attestation_signature_invalid")
    put("attestation_copied", "With the genuine attestation of the genuine key.", base.attestation,
        "attestation_key_mismatch")
    put("subject_kid", "With an attestation of the genuine root that names their kid and the genuine key.",
        attested(base, subject={"kid": issuing.thumbprint(key)}), "attestation_key_mismatch")
    put("without_attestation", "Without any attestation.", None, "attestation_missing", outcome="insufficient")
    by_root = issuing.envelope(canonical_bytes(base.payload), ROOT)
    root_jwk = issuing.jwk(issuing.public_key(ROOT))
    cases.add("root_key_signs_receipt", "A root key signed a receipt, and attested itself.", base,
              base.with_members(receipt=by_root, key_bundle={"keys": [root_jwk]}, attestation=attested(
                  base, subject={"kid": root_jwk["kid"], "public_key_b64": b64(issuing.public_key(ROOT)),
                                 "public_key_fingerprint_sha256": issuing.sha256(issuing.public_key(ROOT)).hex()})),
              "issuer", "key_role_conflict", lines={"key_status": "issuer_not_verified"})


def attestations(cases):
    base = cases.base()
    unverified = {"key_status": "issuer_not_verified"}

    def put(name, about, attestation, code, **more):
        cases.add("attestation_" + name, about, base, base.with_members(attestation=attestation), "issuer", code,
                  lines=dict(unverified, **more.pop("lines", {})), **more)
    said = base.built["keys"]["attestation_payloads"][0]
    malformed = lambda name, about, attestation: put(name, about, attestation, "attestation_malformed")
    malformed("not_canonical", "The payload has a space, signed by the root.",
              attested(base, signed_text=said.replace('":', '": ', 1)))
    malformed("duplicate_member", "A member twice, signed by the root.",
              attested(base, signed_text=said[:-1] + ',"issuer":"golden.example"}'))
    malformed("environments_order", "Environments are sorted.", attested(base, environments=["staging", "development"]))
    malformed("environments_empty", "At least one environment.", attested(base, environments=[]))
    malformed("object", "The object name of the payload in the wrapper.",
              dict(base.attestation, object="craton.receipt.operational_key_attestation_payload.v1"))
    malformed("protocol", "Another protocol.", attested(base, protocol="craton.posture.v1"))
    malformed("signature_encoding", "The signature is not padded.",
              dict(base.attestation, signature=base.attestation["signature"].rstrip("=")))
    malformed("time", "A time that does not exist.", attested(base, not_after="2027-02-29T00:00:00.000Z"))
    malformed("short_key", "A key of 31 bytes.", attested(base, subject={"public_key_b64": b64(bytes(31))}))
    put("wrapper_root", "The wrapper names the trusted root, the payload another.",
        dict(attested(base, root_key_id="golden-root-9"), root_key_id="golden-root-1"), "attestation_root_mismatch")
    put("wrapper_fingerprint", "Another fingerprint in the wrapper.",
        dict(base.attestation, root_public_key_fingerprint_sha256="00" * 32), "attestation_root_mismatch")
    flipped = base.attestation["payload_b64"].replace("LTAxVDAw", "LTAyVDAw", 1)
    assert flipped != base.attestation["payload_b64"]
    put("payload_changed", "A longer window, not signed again.",
        dict(base.attestation, payload_b64=b64(said.replace("2027-01-01", "2037-01-01").encode())),
        "attestation_signature_invalid")
    scalar = issuing.base64.b64decode(base.attestation["signature"])
    raised = int.from_bytes(scalar[32:], "little") + GROUP_ORDER
    put("scalar", "S + L in the signature of the root.",
        dict(base.attestation, signature=b64(scalar[:32] + raised.to_bytes(32, "little"))), "attestation_signature_invalid")
    other = issuing.public_key(STAGING)
    put("other_key", "For another signing key of the same issuer.", attested(base, subject={
        "kid": issuing.thumbprint(other), "public_key_b64": b64(other),
        "public_key_fingerprint_sha256": issuing.sha256(other).hex()}), "attestation_key_mismatch")
    put("fingerprint", "The fingerprint is of another key.", attested(base, subject={
        "public_key_fingerprint_sha256": issuing.sha256(other).hex()}), "attestation_key_mismatch")
    put("use", "A key for signing the log.", attested(base, subject={"allowed_use": "log_signing"}),
        "attestation_use_refused")
    put("sig_alg", "Another spelling of the algorithm.", attested(base, subject={"sig_alg": "EdDSA"}),
        "attestation_use_refused")
    put("issuer", "For another issuer.", attested(base, issuer="other.example"), "attestation_issuer_mismatch")
    put("environment", "For another environment.", attested(base, environments=["staging"]),
        "attestation_environment_mismatch")
    root = "root golden-root-1 %s " % b64(issuing.public_key(ROOT))
    trust = lambda rest: "craton-policy v1\n" + rest + "quorum none\n"
    put("root_for_other_issuer", "The trust policy lets the root speak for another issuer.", base.attestation,
        "root_issuer_mismatch", policy=trust(root + "other.example development\n"))
    put("root_for_other_environment", "The trust policy lets the root speak for another environment.",
        base.attestation, "root_environment_mismatch", policy=trust(root + "golden.example production,staging\n"))
    second = "root golden-root-2 %s golden.example development\nroot-quorum 2\n" % b64(issuing.public_key(unhex("11")))
    put("one_root_of_two", "Two roots are asked for and one attests.", base.attestation, "root_quorum_not_met",
        policy=trust(root + "golden.example development\n" + second))
    twice = base.with_members(attestations=[base.attestation])
    cases.add("attestation_one_root_twice", "Two roots are asked for and one attests twice.", base, twice, "issuer",
              "root_quorum_not_met", lines=unverified, policy=trust(root + "golden.example development\n" + second))
    cases.add("attestation_further_forged", "A second attestation by a trusted root is forged: known and bad spoils the line.",
              base, base.with_members(attestations=[attested(base, unhex("67"))]), "issuer",
              "attestation_signature_invalid", lines=unverified)
    put("without_roots", "The trust policy names no root.", base.attestation, "no_root_in_policy",
        policy=trust(""), outcome="insufficient")


def key_windows(cases):
    base = cases.base()
    window = lambda first, last: base.with_members(attestation=attested(base, not_before=first, not_after=last))
    cases.add("issued_before_window", "Issued a millisecond before the attested window.", base,
              window("2026-11-21T18:00:00.002Z", "2027-01-01T00:00:00.000Z"), "key_status", "outside_attested_window")
    cases.add("issued_after_window", "Issued a millisecond after it, and checked later.", base,
              window("2026-01-01T00:00:00.000Z", "2026-11-21T18:00:00.000Z"), "key_status", "outside_attested_window",
              lines={"log_inclusion": "log_proof_required"})
    cases.add("key_expired", "Checked after the attested window: now the log has to show when it was issued.", base,
              base.bundle, "key_status", "key_expired", at="2027-01-01T00:00:00.001Z",
              lines={"validity": "expired", "log_inclusion": "log_proof_required"})
    kid = issuing.thumbprint(issuing.public_key(SIGNING))
    empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    named = base.policy + "compromised %s before golden.example/development 0 %s\n" % (kid, empty)
    cases.add("key_compromised", "The key is named as compromised and nothing shows the receipt in the log.", base,
              base.bundle, "key_status", "key_compromised", policy=named, lines={"log_inclusion": "log_proof_required"})
    cases.add("key_compromised_without_attestation", "The same without an attestation.", base,
              base.with_members(attestation=None), "key_status", "key_compromised", policy=named,
              lines={"issuer": "attestation_missing", "log_inclusion": "log_proof_required"})


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


def trust_policies(cases):
    base = cases.base()
    root_key = b64(issuing.public_key(ROOT))
    root = "root golden-root-1 %s golden.example development\n" % root_key

    def bad(name, about, text):
        cases.bad_input("trust_" + name, about, base, base.bundle, policy=text)
    with_head = lambda rest: "craton-policy v1\n" + rest
    bad("header_absent", "The first line is missing.", root)
    bad("header_late", "The first line is a comment.", "# trust\n" + with_head(root))
    bad("version_2", "Another version.", "craton-policy v2\n" + root)
    bad("carriage_return", "CR LF.", with_head(root).replace("\n", "\r\n"))
    bad("unknown_keyword", "An unknown keyword.", with_head(root + "trust everybody\n"))
    bad("keyword_case", "Keywords are in lower case.", with_head(root.replace("root ", "Root ", 1)))
    bad("root_without_environment", "A root speaks for named environments.", with_head(root.replace(" development", "")))
    bad("root_surplus_field", "A field more.", with_head(root.replace("\n", " x\n")))
    bad("root_environment_any", "There is no word for any environment.", with_head(root.replace("development", "*")))
    bad("root_environment_twice", "An environment twice.", with_head(root.replace("development", "development,development")))
    bad("root_key_unpadded", "A key without padding.", with_head(root.replace(root_key, root_key.rstrip("="))))
    bad("root_key_small_order", "A root key of small order.", with_head(root.replace(root_key, b64(IDENTITY_POINT))))
    bad("root_key_not_canonical", "A root key that is not canonically encoded.",
        with_head(root.replace(root_key, b64(NON_CANONICAL))))
    bad("root_id_twice", "One id for two roots.", with_head(
        root + root.replace(root_key, b64(issuing.public_key(unhex("11"))))))
    bad("root_key_twice", "One key under two ids.", with_head(root + root.replace("root-1", "root-2")))
    bad("root_quorum_too_high", "More roots asked for than there are.", with_head(root + "root-quorum 2\n"))
    bad("root_quorum_zero", "No root asked for.", with_head(root + "root-quorum 0\n"))
    bad("root_quorum_twice", "Asked for twice.", with_head(root + "root-quorum 1\nroot-quorum 1\n"))
    bad("require_unknown", "An unknown line is required.", with_head(root + "require everything\n"))
    bad("require_count", "Only witnesses are counted.", with_head(root + "require signature:2\n"))
    bad("compromised_words", "The word before is missing.", with_head(
        root + "compromised %s golden.example/development 0 %s\n" % (base.receipt["kid"], root_key)))
    bad("compromised_size", "A size with a leading zero.", with_head(
        root + "compromised %s before golden.example/development 07 %s\n" % (base.receipt["kid"], root_key)))
    bad("issuer_operated_unknown", "A witness that is not there.", with_head(root + "issuer-operated somebody\n"))
    bad("quorum_twice", "Two quorums.", with_head(root + "quorum none\nquorum none\n"))
    bad("quorum_unknown", "A quorum that is not defined.", with_head(root + "quorum somebody\n"))
