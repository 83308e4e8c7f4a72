"""Statements of roots in the log (spec/key-events.md): the entry of a statement, and whose it is.

    python3 verifiers/python/key_events.py statement.json --trust trust-policy.txt

Prints the entry under which a log has the statement. Exit codes: 0 a root of the policy made it,
1 the root that it names did not, 2 the policy does not name that root, 3 bad input, 64 usage.
"""
import hashlib
import json
import sys

from ed25519 import signature_code
from json_forms import b64, b64url, canonical, equal, fits, need, strict_json
from payload_rules import are_times, in_order
from root_statements import FINGERPRINT
from trust_policy import BadInput, TrustPolicy

EXIT_CODES = {"verified": 0, "forged": 1, "root_not_trusted": 2, "malformed": 3}
KINDS = {"craton.receipt.operational_key_attestation.v1": ("key_attested", "attestation"),
         "craton.receipt.key_compromise.v1": ("key_compromised", "key-compromise")}


def read_event(statement):
    """What a statement says and the entry that it has; ValueError when it does not have its form."""
    need(isinstance(statement, dict) and statement.get("object") in KINDS)
    kind, form = KINDS[statement["object"]]
    need(fits(statement, form))
    data = b64(statement["payload_b64"])
    said = strict_json(data, 8)
    need(fits(said, form + "-payload") and canonical(said) == data and are_times(said["issued_at"]))
    need(equal(said, statement, ["root_key_id", FINGERPRINT]))
    if kind == "key_attested":
        need(in_order(said["environments"]) and are_times(said["not_before"], said["not_after"]))
    else:
        need(said["cut_off"]["origin"] == "%s/%s" % (said["issuer"], said["environment"]))
    return kind, said, data, entry_of(data, statement[FINGERPRINT])


def entry_of(data, fingerprint):
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    return {"v": 1, "digest": digest, "kid": b64url(bytes.fromhex(fingerprint)), "tag": tag_of(digest)}


def tag_of(digest):
    return b64url(hashlib.sha256(b"craton.key_event.tag.v1\n" + digest.encode()).digest())


def is_key_event(entry):
    """Is an entry of the log a key event, whoever's?"""
    return entry["tag"] == tag_of(entry["digest"])


def standing(statement, trust):
    """`verified`, `root_not_trusted`, `forged` or `malformed`."""
    try:
        _, said, data, _ = read_event(statement)
    except ValueError:
        return "malformed"
    root = trust.roots.get(said["root_key_id"])
    if root is None:
        return "root_not_trusted"
    is_named = said[FINGERPRINT] == hashlib.sha256(root[0]).hexdigest()
    holds = is_named and signature_code(root[0], data, b64(statement["signature"])) is None
    return "verified" if holds else "forged"


def main(arguments):
    if len(arguments) != 3 or arguments[1] != "--trust":
        print(__doc__.split("\n\n")[1].strip(), file=sys.stderr)
        return 64
    try:
        with open(arguments[0], "rb") as file:
            statement = strict_json(file.read(), 4)
        with open(arguments[2], "rb") as file:
            trust = TrustPolicy(file.read())
    except (OSError, ValueError, BadInput) as error:
        print("Bad input: %s" % error, file=sys.stderr)
        return EXIT_CODES["malformed"]
    found = standing(statement, trust)
    report = {"standing": found}
    if found != "malformed":
        kind, said, _, entry = read_event(statement)
        report.update(kind=kind, subject_kid=said["subject"]["kid"], log_entry=canonical(entry).decode())
    print(json.dumps(report, indent=1))
    return EXIT_CODES[found]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
