"""Builds the files of spec/vectors/tampered and spec/vectors/logged from the golden cases.

A case names the codes of the lines that differ from a plain bundle; they are written by hand from
spec/verification.md. Only what follows mechanically is filled in: the lines after a failed
`payload` or `signature`, the status of a code, and the exit code of an outcome.
"""

import copy
import json

import issuing
from issuing import b64, canonical, canonical_bytes

EXIT_CODES = {"reached": 0, "failed": 1, "insufficient": 2}


def unhex(pair):
    return bytes.fromhex(pair * 32)


SIGNING, ROOT, ATTACKER, STAGING = unhex("02"), unhex("01"), unhex("66"), unhex("12")
IDENTITY_POINT = b"\1" + bytes(31)
ORDER_8 = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
NON_CANONICAL = (2**255 - 19 + 3).to_bytes(32, "little")
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
OTHER_DIGEST = "sha256:" + "ee" * 32


class Cases:
    """Collects verification cases; `golden` holds what the golden cases were made from."""

    def __init__(self, golden, plain_lines, report_codes):
        self.golden, self.plain, self.codes, self.files = golden, plain_lines, report_codes, {}

    def base(self, name="allow"):
        return Base(self.golden.made[name], self.golden)

    def add(self, name, about, base, bundle, line=None, code=None, **more):
        """`bundle` is an object or a text. `more`: lines, outcome, policy, at, options, needs (lines
        that a verifier must be able to check to come to the same answer)."""
        lines = dict(base.lines(self.plain), **more.get("lines", {}))
        if line is not None:
            lines[line] = code
        lines = self.after_failure(lines)
        statuses = {one: self.row(one, lines[one])["status"] for one in lines}
        outcome = more.get("outcome") or ("failed" if "failed" in statuses.values() else "reached")
        assert (outcome == "failed") == ("failed" in statuses.values()), name
        expected = {"outcome": outcome, "exit_code": EXIT_CODES[outcome], "lines": lines}
        if line is not None:
            expected = dict({"line": line, "status": statuses[line], "code": code}, **expected)
        self.write(name, about, base, bundle, expected, more)

    def bad_input(self, name, about, base, bundle, **more):
        self.write(name, about, base, bundle, {"bad_input": True, "exit_code": 3}, more)

    def write(self, name, about, base, bundle, expected, more):
        made = {"name": name, "about": about, "derived_from": base.name,
                "trust_policy": more.get("policy", base.policy), "checked_at": more.get("at", base.at)}
        if "options" in more:
            made["options"] = more["options"]
        if "needs" in more:
            made["needs"] = more["needs"]
        made["bundle_text" if isinstance(bundle, str) else "bundle"] = bundle
        made["expected"] = expected
        assert name not in self.files, name
        self.files[name] = made

    def row(self, line, code):
        return next(row for row in self.codes[line] if row["code"] == code)

    def after_failure(self, lines):
        order = list(lines)
        if self.row("payload", lines["payload"])["status"] == "failed":
            unread = lines["payload"] in ("envelope_malformed", "payload_encoding")
            rest = order[1:] if unread else order[2:]
            return dict(lines, **{line: "payload_failed" for line in rest})
        if self.row("signature", lines["signature"])["status"] == "failed":
            return dict(lines, **{line: "signature_failed" for line in order[2:]})
        return lines


class Base:
    """A golden case to start from, with its parts to change."""

    def __init__(self, built, golden):
        self.built, self.golden, self.name = built, golden, built["case"]["name"]
        self.policy = built["keys"]["trust_policy"]
        self.at = built["case"]["more"].get("checked_at", issuing.after(built["given"]["issued_at"], 30))

    def lines(self, plain):
        return dict(plain, **self.built["case"]["full"])

    @property
    def payload(self):
        return json.loads(canonical(self.built["payload"]))

    @property
    def opening(self):
        return copy.deepcopy(self.built["opening"])

    @property
    def path(self):
        return copy.deepcopy(self.built["path"])

    @property
    def receipt(self):
        return copy.deepcopy(self.built["receipt"])

    @property
    def attestation(self):
        return copy.deepcopy(self.built["keys"]["attestations"][0])

    @property
    def bundle(self):
        return copy.deepcopy(self.golden.full_bundle(self.built))

    def with_members(self, **members):
        """The bundle with members replaced; None takes a member away."""
        made = dict(self.bundle, **members)
        return {name: value for name, value in made.items() if value is not None}

    def with_receipt(self, **members):
        receipt = dict(self.receipt, **members)
        return self.with_members(receipt={n: v for n, v in receipt.items() if v is not None})

    def signed(self, data, seed=SIGNING):
        """The bundle with other payload bytes (or an object), signed again."""
        data = data if isinstance(data, bytes) else canonical_bytes(data)
        return self.with_members(receipt=issuing.envelope(data, seed))

    def resigned(self, **members):
        """The bundle with members of the payload replaced (None: taken away), signed again."""
        changed = {n: v for n, v in dict(self.payload, **members).items() if v is not None}
        return self.signed(changed)

    def respelled(self, old, new):
        """The bundle with the payload's text changed, signed again."""
        text = canonical(self.payload)
        assert text.count(old) >= 1, old
        return self.signed(text.replace(old, new, 1).encode("utf-8", "surrogatepass"))

    def recommitted(self, opening, path=None, **members):
        """The bundle around another opening and path document, with all digests made to fit."""
        if path is not None:
            opening["boundary_snapshot"]["policy_digest"] = issuing.prefixed_digest("craton.path.v1", path)
        commitment = {"commitment_id": issuing.commitment_id(opening),
                      "boundary_snapshot": opening["boundary_snapshot"]}
        changed = dict(self.payload, **dict(commitment, **members))
        receipt = issuing.envelope(canonical_bytes(changed), SIGNING)
        parts = {"receipt": receipt, "opening": opening}
        return self.with_members(**(parts if path is None else dict(parts, policy=path)))


def attested(base, root_seed=ROOT, signed_text=None, **changes):
    """The attestation of a base with members of its payload changed, signed by `root_seed`."""
    payload = json.loads(base.built["keys"]["attestation_payloads"][0])
    subject = dict(payload["subject"], **changes.pop("subject", {}))
    payload = dict(dict(payload, **changes), subject=subject)
    data = signed_text.encode() if signed_text else canonical_bytes(payload)
    return {"object": "craton.receipt.operational_key_attestation.v1", "root_key_id": payload["root_key_id"],
            "root_public_key_fingerprint_sha256": payload["root_public_key_fingerprint_sha256"],
            "payload_b64": b64(data), "signature": b64(issuing.sign(root_seed, data))}
