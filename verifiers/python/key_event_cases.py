"""Statements of roots as entries of the log, and what is none. Written from spec/key-events.md.

What is expected is computed here by the issuer's own functions, or written by hand; no verifier is
asked.
"""

import calendar
import time

import issuing
import log_making as log
from issuing import b64, b64url, canonical, canonical_bytes, digest, public_key, sha256
from verification_cases import ATTACKER, ROOT, SIGNING, STAGING, unhex

ISSUER, SECOND_ROOT, NEXT, LOG = "golden.example", unhex("03"), unhex("04"), unhex("31")
ORIGIN = ISSUER + "/development"
WINDOW = {"issued_at": "2026-11-20T00:00:00.000Z", "not_before": "2026-11-20T00:00:00.000Z",
          "not_after": "2027-11-20T00:00:00.000Z", "issuer": ISSUER, "environments": ["development"]}


def root_line(name, seed, environments):
    return "root %s %s %s %s\n" % (name, b64(public_key(seed)), ISSUER, environments)


POLICY = "craton-policy v1\n" + root_line("golden-root-1", ROOT, "development,staging")


def attested(seed=SIGNING, root=ROOT, name="golden-root-1", **members):
    return issuing.attest(dict(issuing.attestation_payload(name, public_key(root), public_key(seed), WINDOW), **members), root)


def compromised(root=ROOT, root_seed=None, **members):
    text = log.checkpoint_text(ORIGIN, 1, sha256(b"golden"))
    cut_off = {"origin": ORIGIN, "size": 1, "root": b64(sha256(b"golden")),
               "checkpoint": text + "\n" + log.log_line(ORIGIN, LOG, text)}
    return issuing.key_compromise(root, dict({
        "root_key_id": "golden-root-1", "issued_at": "2026-12-01T09:30:00.000Z", "issuer": ISSUER,
        "environment": "development", "subject": {"kid": issuing.thumbprint(public_key(SIGNING))}, "cut_off": cut_off},
        **members), root_seed)


def signed_anew(statement, data, seed=ROOT):
    return dict(statement, payload_b64=b64(data), signature=b64(issuing.sign(seed, data)))


def payload_of(statement):
    return issuing.base64.b64decode(statement["payload_b64"])


def entry_of(statement):
    """Section 3: everything comes from the payload's bytes and the fingerprint."""
    said = digest(payload_of(statement))
    message = "craton.key_event.tag.v1\n" + said
    entry = {"v": 1, "digest": said, "kid": b64url(bytes.fromhex(statement["root_public_key_fingerprint_sha256"])),
             "tag": b64url(sha256(message.encode()))}
    return {"digest": said, "kid": entry["kid"], "tag_message": message, "tag": entry["tag"], "log_entry": canonical(entry),
            "leaf_hash_sha256": log.leaf_hash(canonical_bytes(entry)).hex()}


def subject_time(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S.000Z")) * 1000


class Files:
    def __init__(self):
        self.made = {}

    def event(self, name, about, kind, statement, standing="verified", policy=POLICY):
        said = issuing.json.loads(payload_of(statement))
        of_root = {"environments": said.get("environments") or [said["environment"]], "subject_kid": said["subject"]["kid"],
                   "issued_at_ms": subject_time(said["issued_at"])}
        self.add(name, about, statement, policy, dict({"standing": standing, "kind": kind}, **of_root, **entry_of(statement)))

    def malformed(self, name, about, statement):
        self.add(name, about, statement, POLICY, {"standing": "malformed"})

    def add(self, name, about, statement, policy, expected):
        self.made[name] = {"name": name, "about": about, "statement": statement, "trust_policy": policy, "expected": expected}


def good(files):
    files.event("attested", "A root attests the key that signs.", "key_attested", attested())
    files.event("attested_next", "The next key: another statement has another entry.", "key_attested", attested(NEXT))
    files.event("attested_for_two", "One statement for two environments: it has the same entry in both logs.", "key_attested",
                attested(NEXT, environments=["development", "staging"]))
    files.event("attested_by_two", "A second root of the policy attests the same key.", "key_attested",
                attested(root=SECOND_ROOT, name="golden-root-2"),
                policy=POLICY + root_line("golden-root-2", SECOND_ROOT, "development") + "root-quorum 2\n")
    files.event("compromised", "A root says that others may have the key.", "key_compromised", compromised())
    files.event("member_beside", "A member of the wrapper that nobody signed changes nothing.", "key_attested",
                dict(attested(), comment="not signed"))


def not_of_the_root(files):
    files.event("by_stranger", "The statement of a root that the policy does not name: an entry like any other.", "key_attested",
                attested(root=ATTACKER, name="attacker-root-1"), "root_not_trusted")
    statement = attested()
    files.event("forged", "Somebody else's signature under the root's name.", "key_attested",
                dict(statement, signature=b64(issuing.sign(ATTACKER, payload_of(statement)))), "forged")
    files.event("forged_compromise", "The same of a statement about a compromised key.", "key_compromised",
                compromised(ATTACKER, ROOT), "forged")
    files.event("other_fingerprint", "The id of the trusted root and the fingerprint of another key.", "key_attested",
                attested(root=ATTACKER), "forged")
    data = payload_of(attested()).replace(b'"2027-', b'"2028-')
    files.event("payload_changed", "A window that is a year longer, not signed again: another entry.", "key_attested",
                dict(attested(), payload_b64=b64(data)), "forged")


def wrong_forms(files):
    files.malformed("wrapper_root", "Wrapper and payload name different roots.", dict(attested(), root_key_id="golden-root-2"))
    files.malformed("wrapper_fingerprint", "Wrapper and payload have different fingerprints.",
                    dict(attested(), root_public_key_fingerprint_sha256="0" * 64))
    files.malformed("other_object", "A kind of statement that this version does not have.",
                    dict(attested(), object="craton.receipt.key_retirement.v1"))
    files.malformed("kinds_mixed", "A wrapper of one kind around a payload of the other.",
                    dict(compromised(), payload_b64=attested()["payload_b64"], signature=attested()["signature"]))
    spaced = issuing.json.dumps(issuing.json.loads(payload_of(attested()))).encode()
    files.malformed("not_canonical", "A payload that is not in canonical form.", signed_anew(attested(), spaced))
    files.malformed("no_environment", "An attestation for no environment has no log.", attested(environments=[]))
    files.malformed("other_origin", "A cut-off of another log than its environment's.", compromised(environment="staging"))
    files.malformed("signature_missing", "A statement that nobody signed.",
                    {name: value for name, value in attested().items() if name != "signature"})
    files.malformed("a_receipt", "A receipt is no statement of a root.",
                    {"payload_b64": "e30=", "signature": b64(bytes(64)), "kid": issuing.thumbprint(public_key(STAGING)),
                     "sig_alg": "ed25519"})


def entries():
    """Which entries of a log are key events: the tag alone says it."""
    event = issuing.json.loads(entry_of(attested())["log_entry"])
    other = issuing.json.loads(entry_of(compromised())["log_entry"])
    told = [("The entry of an attestation.", event, True), ("The entry of a statement about a compromised key.", other, True),
            ("The tag of another statement.", dict(event, tag=other["tag"]), False),
            ("A receipt under the kid of its key.", dict(event, kid=issuing.thumbprint(public_key(SIGNING)), tag=b64url(bytes(32))),
             False),
            ("A tag that fits under a kid that is no root's: a key event of a root that nobody knows.",
             dict(event, kid=b64url(bytes(32))), True)]
    return {"name": "entries", "about": "Whoever reads the log sees which entries are key events.",
            "entries": [{"about": about, "entry": entry, "is_key_event": is_event} for about, entry, is_event in told]}


def all_files():
    files = Files()
    for add in (good, not_of_the_root, wrong_forms):
        add(files)
    yield from files.made.items()
    yield "entries", entries()
