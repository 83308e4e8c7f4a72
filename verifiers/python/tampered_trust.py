"""Tampered attestations, key windows and trust policies. Codes written by hand."""

import issuing
from issuing import b64, canonical_bytes
from verification_cases import (ATTACKER, GROUP_ORDER, IDENTITY_POINT, NON_CANONICAL, ROOT, SIGNING, STAGING,
                                attested, unhex)


def add_all(cases):
    for add in (attackers, attestations, key_windows, trust_policies):
        add(cases)


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
