"""Tampered receipts: envelopes, payloads, signatures, key sets. Codes written by hand."""

import issuing
from issuing import b64, b64url, canonical, canonical_bytes
from verification_cases import (ATTACKER, GROUP_ORDER, IDENTITY_POINT, NON_CANONICAL, ORDER_8, SIGNING)


def add_all(cases):
    for add in (envelopes, payload_json, payload_kinds, payload_members, decision_members, spelling,
                signatures, key_sets):
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
