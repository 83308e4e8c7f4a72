"""Makes the golden cases of spec/vectors/golden from golden_cases.py: every intermediate value."""

import hashlib
import json
import os

import issuing
from golden_inputs import APPROVALS
from issuing import b64, canonical, canonical_bytes, digest, sha256

SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "spec")
ATTESTED = {"issued_at": "2026-01-01T00:00:00.000Z", "not_before": "2026-01-01T00:00:00.000Z",
            "not_after": "2027-01-01T00:00:00.000Z"}
APPROVER = bytes.fromhex("21" * 32)

with open(os.path.join(SPEC, "report-codes.json"), encoding="utf-8") as file:
    REPORT_CODES = json.load(file)

# The lines of a fresh, matched decision in a full bundle, and what a minimal one lacks.
FULL = {"payload": "ok", "signature": "ok", "issuer": "ok", "key_status": "ok", "validity": "ok",
        "action_bound": "no_action_digest", "commitment": "ok", "verdict_recomputed": "ok",
        "authority": "authority_submitted", "obligations": "no_obligations",
        "log_inclusion": "log_inclusion_pending", "witnesses": "not_witnessed",
        "confirmation": "no_confirmation", "completeness": "needs_audit"}
MINIMAL = {"boundary_decision": {"commitment": "opening_missing", "verdict_recomputed": "inputs_missing",
                                 "authority": "opening_missing"},
           "following": {"commitment": "opening_missing", "confirmation": "decision_missing"}}
DEFAULT_REQUIRED = ["payload", "signature", "issuer"]


# The first two streams began with these keys; every other stream has its own.
STREAM_KEYS = {("golden.example/development", "northstar_controls", "sample-threshold", "boundary_decision"): "03" * 32,
               ("golden.example/development", "northstar_controls", "unmatched", "boundary_decision"): "08" * 32}


class Streams:
    """Gives each stream its key, and each receipt its place in the stream."""

    def __init__(self):
        self.last = {}

    def place(self, given, partner_id, path_id):
        stream = (given["issuer"] + "/" + given["environment"], partner_id, path_id, given["receipt_type"])
        name = "golden stream " + " ".join(stream)
        given["stream_key_hex"] = STREAM_KEYS.get(stream) or hashlib.sha256(name.encode()).hexdigest()
        place = stream + (given["epoch"],)
        self.last[place] = given["seq"] = self.last.get(place, 0) + 1


def approval_jws(given, body):
    """A compact JWS (EdDSA) by approvals.example that binds this request and nothing else."""
    key = issuing.public_key(APPROVER)
    header = {"alg": "EdDSA", "kid": issuing.thumbprint(key)}
    claims = {"iss": APPROVALS, "aud": given["issuer"], "exp": 1795392000,
              "jti": "approval-" + given["request_id"][-3:], "request_hash": issuing.request_hash(body)}
    signed = ".".join(issuing.b64url(canonical_bytes(part)) for part in (header, claims))
    return signed + "." + issuing.b64url(issuing.sign(APPROVER, signed.encode()))


def complete_inputs(given):
    """Puts the approval into the body and the key of its issuer into the inputs."""
    if '"@jws"' in given.get("body_text", ""):
        jws = approval_jws(given, issuing.parse(given["body_text"]))
        given["body_text"] = given["body_text"].replace("@jws", jws)
    if "approval_issuers" in given:
        given["approval_issuers"] = [
            {"iss": iss, "alg": "EdDSA", "jwk": issuing.jwk(issuing.public_key(APPROVER))}
            for iss in given["approval_issuers"]]
    given["attestation"] = dict(ATTESTED, **given.get("attestation", {}))
    for name in [name for name, value in given.items() if value is None]:
        del given[name]


def key_material(given):
    """JWK, attestations (payloads and wrappers) and the text of the trust policy."""
    seeds = {name: bytes.fromhex(seed) for name, seed in given["seeds_hex"].items()}
    signing = issuing.public_key(seeds["signing"])
    window = dict(given["attestation"], issuer=given["issuer"], environments=[given["environment"]])
    roots = [(given["root_key_id"], seeds["root"])]
    roots += [(root["root_key_id"], bytes.fromhex(root["seed_hex"])) for root in given.get("more_roots", [])]
    payloads = [issuing.attestation_payload(name, issuing.public_key(seed), signing, window)
                for name, seed in roots]
    wrappers = [issuing.attest(payload, seed) for payload, (_, seed) in zip(payloads, roots)]
    lines = ["craton-policy v1", "# Test keys. Trust them for nothing."]
    lines += ["root {} {} {} {}".format(name, b64(issuing.public_key(seed)), given["issuer"], given["environment"])
              for name, seed in roots]
    if len(roots) > 1:
        lines.append("root-quorum %d" % len(roots))
    lines.append("quorum none")
    return {"jwk": issuing.jwk(signing), "attestation_payloads": [canonical(p) for p in payloads],
            "attestations": wrappers, "trust_policy": "\n".join(lines) + "\n"}


def report(lines, subject, required=DEFAULT_REQUIRED, outcome="reached"):
    """The expected report without detail and data; `lines` maps every id to its code."""
    checks = []
    for line, rows in REPORT_CODES.items():
        row = next(row for row in rows if row["code"] == lines[line])
        checks.append({"id": line, "status": row["status"], "code": row["code"], "vouched_by": row["vouched_by"]})
    return {"object": "craton.verification.report.v1", "subject": subject, "checks": checks,
            "required": required, "outcome": outcome}


def bundle_of(receipt, keys, **more):
    made = {"object": "craton.receipt.verification_bundle", "receipt": receipt,
            "key_bundle": {"keys": [keys["jwk"]]}, "attestation": keys["attestations"][0]}
    if len(keys["attestations"]) > 1:
        made["attestations"] = keys["attestations"][1:]
    made.update({name: value for name, value in more.items() if value is not None})
    return made


def subject_of(payload, receipt):
    subject = {"payload_sha256": sha256(canonical_bytes(payload)).hex(), "kid": receipt["kid"]}
    subject.update({name: payload[name] for name in ("request_id", "commitment_id") if payload.get(name)})
    return subject


class GoldenSet:
    """Makes the cases in order; later ones may refer to earlier ones by name."""

    def __init__(self):
        self.streams = Streams()
        self.made = {}

    def build(self, case):
        given = dict(case["given"])
        complete_inputs(given)
        built = {"given": given, "keys": key_material(given), "case": case}
        {"boundary_decision": self.decide, "gap_disclosure": self.disclose}.get(
            given["receipt_type"], self.follow)(built)
        seed = bytes.fromhex(given["seeds_hex"]["signing"])
        data = canonical_bytes(built["payload"])
        built["receipt"] = issuing.envelope(data, seed)
        self.made[case["name"]] = built
        return self.case_file(built)

    def decide(self, built):
        given = built["given"]
        opening, path = issuing.build_opening(given)
        self.streams.place(given, opening["boundary_snapshot"]["partner_id"], opening["boundary_snapshot"]["path_id"])
        built["opening"], built["path"] = opening, path
        built["payload"], built["stream"] = issuing.decision_payload(given, opening, path)

    def follow(self, built):
        given = built["given"]
        about = built["decision"] = self.made[given["decision"]]
        shot = about["payload"]["boundary_snapshot"]
        self.streams.place(given, shot["partner_id"], shot["path_id"])
        built["payload"], built["stream"] = issuing.following_payload(given, about["payload"])

    def disclose(self, built):
        given = built["given"]
        self.streams.place(given, given["partner_id"], given["path_id"])
        built["payload"], built["stream"] = issuing.gap_payload(given)

    def full_bundle(self, built):
        return full_bundle(built)

    def case_file(self, built):
        case, given, receipt = built["case"], built["given"], built["receipt"]
        entry = issuing.log_entry(built["payload"], receipt["kid"], given["stream_key_hex"])
        data = canonical_bytes(built["payload"])
        values = {"stream_preimage": built["stream"], "stream": built["payload"]["stream"],
                  "payload": data.decode(), "payload_sha256": sha256(data).hex(),
                  "kid": receipt["kid"], "signature": receipt["signature"], "receipt": receipt,
                  "tag_message": issuing.tag_message(built["payload"]), "tag": entry["tag"],
                  "log_entry": canonical(entry),
                  "leaf_hash_sha256": sha256(b"\0" + canonical_bytes(entry)).hex(), **built["keys"]}
        if "opening" in built:
            values = dict(decision_values(built), **values)
        return {"name": case["name"], "about": case["about"], "input": given, "expected": values,
                "bundles": bundles(built)}


def decision_values(built):
    body = issuing.parse(built["given"]["body_text"])
    hashed = {n: v for n, v in body.items() if n != "authorization_evidence"}
    values = {"request_canonical": canonical(hashed), "request_hash": issuing.request_hash(body),
              "opening": canonical(built["opening"]), "commitment_id": built["payload"]["commitment_id"]}
    if built["path"] is not None:
        values["policy_canonical"] = canonical(built["path"])
        values["policy_digest"] = digest(b"craton.path.v1\n" + canonical_bytes(built["path"]))
    return values


def bundles(built):
    """name -> {bundle or same_as, trust_policy, checked_at, report}"""
    case, given, more = built["case"], built["given"], built["case"]["more"]
    lines = dict(FULL, **case["full"])
    subject = subject_of(built["payload"], built["receipt"])
    base = {"trust_policy": built["keys"]["trust_policy"],
            "checked_at": more.get("checked_at", issuing.after(given["issued_at"], 30))}
    made = {"full": dict(base, bundle=full_bundle(built), report=report(lines, subject))}
    kind = given["receipt_type"]
    if kind != "gap_disclosure":
        less = MINIMAL.get(kind, MINIMAL["following"])
        made["minimal"] = dict(base, bundle=bundle_of(built["receipt"], built["keys"]),
                               report=report(dict(lines, **less), subject))
    if "decision_lines" in more:
        made["decision"] = decision_bundle(built, base)
    for name, (checked_at, changed) in more.get("times", {}).items():
        made[name] = dict(base, same_as="full", checked_at=checked_at,
                          report=report(dict(lines, **changed), subject))
    return made


def full_bundle(built):
    """The bundle with everything in it; `built` is what GoldenSet made of a case."""
    if "decision" in built:
        about = built["decision"]
        linked = [{"receipt": about["receipt"], "opening": about["opening"]}]
        return bundle_of(built["receipt"], built["keys"], policy=about["path"], linked=linked)
    without = built["case"]["more"].get("without_policy")
    return bundle_of(built["receipt"], built["keys"], opening=built.get("opening"),
                     policy=None if without else built.get("path"))


def decision_bundle(built, base):
    """The full bundle of the decision, with this receipt linked."""
    about = built["decision"]
    bundle = bundle_of(about["receipt"], about["keys"], opening=about["opening"], policy=about["path"],
                       linked=[{"receipt": built["receipt"]}])
    lines = dict(FULL, **about["case"]["full"])
    lines.update(built["case"]["more"]["decision_lines"])
    return dict(base, bundle=bundle, report=report(lines, subject_of(about["payload"], about["receipt"])))
