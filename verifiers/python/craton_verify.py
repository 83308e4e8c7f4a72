#!/usr/bin/env python3
"""Verifies a Craton bundle against a trust policy, offline. Written from spec/ alone.

    craton_verify.py BUNDLE --trust FILE [--at TIME] [--require LINES] [--json]

Needs Python 3.9 or later with its standard library, the `openssl` command (version 3) for the
Ed25519 primitive, and the folder spec/ (schemas and sentences). It evaluates no rules: where that is
needed it says `check_not_available`.
Exit codes: 0 reached, 1 failed, 2 insufficient, 3 bad input, 64 usage, 70 internal error.
"""
import argparse
import base64
import calendar
import datetime
import hashlib
import json
import sys

try:
    from ed25519 import refused_point, signature_code
    from log_proofs import follow, is_witnessed, raw_key, stream_code, witness_code
    from json_forms import CODES, SCHEMAS, b64, b64url, canonical, equal, fits, moment, need, strict_json
    from payload_rules import are_times, check_rules_between_members
    from root_statements import FINGERPRINT, Found, read_attestation, stated_cut_offs, when
    from trust_policy import BadInput, TrustPolicy, required_lines, witness_count
except (ImportError, OSError) as error:
    print("internal error: a part of this verifier is missing: %s" % error, file=sys.stderr)
    sys.exit(70)

BUNDLE_BYTES_MAX, ITEMS_MAX = 4 * 2**20, 64
IDENTITY = ["path_id", "partner_id", "unit", "gate_type", "system_scope"]
CORE = ["payload", "signature", "issuer", "key_status", "validity", "commitment", "log_inclusion", "witnesses"]


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


# --- the lines (verification.md, section 5) --------------------------------------------------------

class Receipt:
    """One receipt with what stands beside it in the bundle, and the codes of its lines."""

    def __init__(self, entry, job):
        self.job, self.envelope, self.codes, self.payload, self.data = job, entry["receipt"], {}, {}, None
        self.opening, self.policy, self.log_proof = (entry.get(n) for n in ("opening", "policy", "log_proof"))

    def check(self, lines):
        for line in lines:
            try:
                when(self.codes.get("payload", "ok") != "ok" and (line != "signature" or self.data is None),
                     "payload_failed")
                when(self.codes.get("signature", "ok") != "ok", "signature_failed")
                getattr(self, "line_" + line)()
                self.codes[line] = "ok"
            except Found as found:
                self.codes[line] = found.args[0]
        return self

    def status(self, line):
        return CODES[line][self.codes[line]]["status"]

    def is_a(self, *kinds):
        return self.payload["receipt_type"] in kinds

    def line_payload(self):
        texts = [self.envelope.get(n) for n in ("payload_b64", "signature", "kid", "sig_alg")]
        when(not all(isinstance(text, str) for text in texts), "envelope_malformed")
        self.data = b64(texts[0])
        when(self.data is None, "payload_encoding")
        try:
            payload = strict_json(self.data, 8)
            need(isinstance(payload, dict))
        except ValueError as error:
            raise Found("payload_not_json") from error
        when(payload.get("protocol") != "craton.receipt.protocol.v1", "protocol_unknown")
        kind = payload.get("receipt_type")
        when(not fits(kind, "common#/$defs/receipt_type"), "receipt_type_unknown")
        try:
            need(fits({n: v for n, v in payload.items() if n != "crit"}, "payload#/$defs/" + kind))
            check_rules_between_members(payload)
        except (ValueError, OverflowError) as error:
            raise Found("payload_malformed") from error
        when(canonical(payload) != self.data, "payload_not_canonical")
        self.payload = payload

    def line_signature(self):
        keys, signature = {}, b64(self.envelope["signature"], 64)
        when(self.envelope["sig_alg"] != "ed25519", "sig_alg_unknown")
        when(signature is None, "signature_encoding")
        for entry in self.job["keys"]:
            key = entry.get("x") if isinstance(entry, dict) else None
            when(not fits(dict(entry, kid="A" * 43) if key and isinstance(entry.get("kid"), str) else None,
                          "jwks#/$defs/key"), "key_malformed")
            when(entry["kid"] in keys, "kid_duplicate")
            key = keys[entry["kid"]] = base64.urlsafe_b64decode(key + "=")
            thumbprint = hashlib.sha256(canonical({n: entry[n] for n in ("crv", "kty", "x")})).digest()
            when(entry["kid"] != b64url(thumbprint), "kid_mismatch")
            when(refused_point(key), "key_refused")
        self.key = keys.get(self.envelope["kid"])
        when(self.key is None, "kid_unknown")
        code = signature_code(self.key, self.data, signature)
        when(code, code)

    def line_issuer(self):
        job, trust, kept = self.job, self.job["trust"], []
        when(self.key in trust.keys, "key_role_conflict")
        when(not job["attestations"], "attestation_missing")
        when(not trust.roots, "no_root_in_policy")
        read = [read_attestation(wrapper) for wrapper in job["attestations"]]
        read = [(w, p, data, trust.roots[w["root_key_id"]]) for w, p, data in read if w["root_key_id"] in trust.roots]
        when(not read, "root_not_trusted")
        for wrapper, said, data, root in read:
            named = {"root_key_id": wrapper["root_key_id"], FINGERPRINT: hashlib.sha256(root[0]).hexdigest()}
            when(not equal(named, wrapper, named) or not equal(named, said, named), "attestation_root_mismatch")
            when(signature_code(root[0], data, b64(wrapper["signature"])), "attestation_signature_invalid")
            kept += [(said, root)] if said["subject"]["kid"] == self.envelope["kid"] else []
        when(not kept, "attestation_key_mismatch")
        issuer, environment = self.payload["issuer"], self.payload["environment"]
        for said, root in kept:
            subject, print_ = said["subject"], hashlib.sha256(self.key).hexdigest()
            when(b64(subject["public_key_b64"]) != self.key or subject["public_key_fingerprint_sha256"] != print_,
                 "attestation_key_mismatch")
            when(subject["allowed_use"] != "receipt_signing" or subject["sig_alg"] != "ed25519",
                 "attestation_use_refused")
            when(said["issuer"] != issuer, "attestation_issuer_mismatch")
            when(environment not in said["environments"], "attestation_environment_mismatch")
            when(root[1] != issuer, "root_issuer_mismatch")
            when(environment not in root[2], "root_environment_mismatch")
        when(len({said["root_key_id"] for said, _ in kept}) < trust.root_quorum, "root_quorum_not_met")
        self.window = max(said["not_before"] for said, _ in kept), min(said["not_after"] for said, _ in kept)

    def followed(self):
        """The log proof when it shows the receipt in the log, and the code of what is wrong."""
        entry = (self.log_proof or {}).get("entry")
        if self.log_proof is None or not fits(entry, "log-proof#/$defs/entry"):
            return None, self.log_proof and "log_entry_malformed"
        if entry["digest"] != digest(self.data) or entry["kid"] != self.envelope["kid"]:
            return None, "log_entry_mismatch"
        return follow(entry, self.log_proof.get("proof"), self.payload, self.job["trust"])

    def line_key_status(self):
        found = []
        try:
            self.standing_of_key()
        except Found as other:
            found.append(other)
        when(self.job["statement_fault"], self.job["statement_fault"])
        for other in found:
            raise other

    def standing_of_key(self):
        trust, (proof, self.log_code), self.unmet = self.job["trust"], self.followed(), True
        self.proof, cut_off = proof, trust.compromised.get(self.envelope["kid"])
        when(cut_off and (proof is None or cut_off != (proof.origin, proof.size, proof.root)), "key_compromised")
        known, self.unmet = self.codes["issuer"] == "ok", False
        expired = known and self.job["at"] > self.window[1]
        if expired:
            self.unmet = not proof or not is_witnessed(trust, proof, calendar.timegm(moment(self.window[1], 3600).timetuple()))
        when(not known, "issuer_not_verified")
        when(not self.window[0] <= self.payload["issued_at"] <= self.window[1], "outside_attested_window")
        when(expired, "key_expired" if self.unmet else "key_expired_logged")
        when(cut_off, "key_compromised_logged" if cut_off and is_witnessed(trust, proof) else "key_compromised_unwitnessed")

    def line_validity(self):
        crit, observed = self.payload.get("crit", []), self.payload.get("enforcement") == "observe"
        listed = isinstance(crit, list) and all(isinstance(name, str) and name in self.payload for name in crit)
        when(not listed or len(set(crit)) != len(crit) or ("crit" in self.payload and not crit), "crit_malformed")
        when(observed and "enforcement" not in crit, "crit_malformed")
        known = SCHEMAS["payload"]["$defs"][self.payload["receipt_type"]]["properties"]
        when(not set(crit) <= set(known), "crit_unknown")
        when(not self.is_a("boundary_decision"), "not_applicable")
        when(observed, "observe_only")
        when(self.job["at"] >= self.payload["expires_at"], "expired")
        audience, given = self.payload.get("audience"), self.job.get("audience")
        when(audience and given and audience != given, "other_audience")
        when(audience and not given, "audience_not_given")

    def line_action_bound(self):
        bound, given = self.payload.get("action_digest"), self.job.get("action_digest")
        when(self.is_a("gap_disclosure", "deployment_record"), "not_applicable")
        when(not bound, "no_action_digest")
        when(not given, "action_not_given")
        when(bound != given, "action_mismatch")

    def line_commitment(self):
        payload, decision = self.payload, self.is_a("boundary_decision")
        when(self.is_a("gap_disclosure"), "not_applicable")
        opening, snapshot = self.opening, payload["boundary_snapshot"]
        if opening is not None:
            when(not fits(opening, "opening") or not are_times(opening["evaluated_at"]), "opening_malformed")
            hashed = hashlib.sha256(b"craton.boundary.commitment.v1\n" + canonical(opening)).digest()
            when(payload["commitment_id"] != "bnd_" + b64url(hashed), "commitment_mismatch")
            both = ["environment", "boundary_snapshot"] + ["request_id", "evaluated_at", "action_digest"] * decision
            when(not equal(opening, payload, both), "opening_payload_mismatch")
            shared = [n for n in ("gate_type", "system_scope", "decision_type") if n in snapshot]
            when(not equal(opening["request"], snapshot, shared), "opening_request_mismatch")
        if self.policy is not None:
            self.compare_policy(snapshot, decision)
        when(opening is None, "opening_missing")
        when(self.policy is None and "policy_digest" in snapshot, "opening_only")

    def compare_policy(self, snapshot, decision):
        policy, schema, rules = self.policy, SCHEMAS["path"]["properties"], self.policy.get("policy")
        read = {n: policy.get(n) for n in IDENTITY + ["schema", "version", "decision_types", "enforcement"]
                if n in policy or n != "unit"}
        lifetime_s = rules.get("lifetime_s", 300) if isinstance(rules, dict) else None
        when(not fits(lifetime_s, schema["policy"]["properties"]["lifetime_s"]), "policy_malformed")
        when(not all(fits(read[n], schema[n], SCHEMAS["path"]) for n in read), "policy_malformed")
        when(snapshot.get("policy_digest") != digest(b"craton.path.v1\n" + canonical(policy)), "policy_digest_mismatch")
        when(not equal(read, snapshot, IDENTITY) or read["version"] != snapshot["path_version"], "policy_mismatch")
        when(snapshot.get("decision_type", read["decision_types"][0]) not in read["decision_types"], "policy_mismatch")
        if decision:
            when(read["enforcement"] != self.payload["enforcement"], "policy_mismatch")
            ends = moment(self.payload["evaluated_at"], lifetime_s)
            when(moment(self.payload["expires_at"]) != ends, "lifetime_mismatch")

    def needs_opening(self, line):
        when(not self.is_a("boundary_decision"), "not_applicable")
        when(self.status("commitment") == "failed", "commitment_failed")
        when(self.opening is None, line)

    def line_verdict_recomputed(self):
        self.needs_opening("inputs_missing")
        when(self.policy is None and "policy_digest" in self.payload["boundary_snapshot"], "inputs_missing")
        raise Found("check_not_available")

    def line_authority(self):
        self.needs_opening("opening_missing")
        raise Found("authority_" + self.opening["authority"]["class"])

    def line_obligations(self):
        when(not self.is_a("boundary_decision"), "not_applicable")
        when(not self.payload["obligations"], "no_obligations")
        known = self.job.get("known_obligations")
        unknown = known is not None and any(o["type"] not in known for o in self.payload["obligations"])
        raise Found("obligation_unknown" if unknown else "obligations_stated")

    def line_log_inclusion(self):
        when(self.unmet and (self.log_proof is None or self.log_code == "log_not_in_policy"), "log_proof_required")
        if self.log_proof is None:
            raise Found("log_inclusion_pending" if self.job["at"] < self.payload["log"]["merge_by"]
                        else "log_proof_missing")
        when(self.log_code, self.log_code)
        when(self.unmet, "log_too_late")

    def line_witnesses(self):
        when(self.log_proof is None, "not_witnessed")
        when(self.codes["log_inclusion"] != "ok", "log_inclusion_not_verified")
        code = witness_code(self.job["trust"], self.proof, self.job["witnesses_wanted"])
        when(code != "ok", code)

    def line_confirmation(self):
        linked, shared = self.job["linked"], ["issuer", "environment", "commitment_id", "boundary_snapshot"]
        when(any(one.status(line) == "failed" for one in linked for line in CORE), "linked_invalid")
        group = [self] + linked
        when(linked and any("commitment_id" not in one.payload for one in group), "linked_mismatch")
        when(any(not equal(one.payload, self.payload, shared) for one in linked), "linked_mismatch")
        decisions = [(one.payload["request_id"], digest(one.data)) for one in group if one.is_a("boundary_decision")]
        for one in group if decisions else []:
            confirms = one.payload.get("confirms", {})
            when(confirms and (confirms["request_id"], confirms["payload_digest"]) not in decisions, "linked_mismatch")
            when(one.is_a("deployment_record") and one.payload["request_id"] not in dict(decisions), "linked_mismatch")
        when(self.is_a("gap_disclosure"), "not_applicable")
        when(not self.is_a("boundary_decision"), "decision_linked" if decisions else "decision_missing")
        said = [one.payload for one in linked if one.is_a("execution_confirmation")]
        claimed = any(one.is_a("execution_claim") for one in linked)
        when(not said, "claimed" if claimed else "no_confirmation")
        flags = {flag for one in said for flag in one["flags"]}
        when(len({one["outcome"] for one in said}) > 1 or "conflicts_with_earlier" in flags, "confirmations_conflict")
        when(flags, "confirmed_with_flags")
        classes = {one["confirmer"]["class"] for one in said}
        raise Found("confirmed_by_" + next(c for c in ("other_party", "other_key", "same_key") if c in classes))

    def line_completeness(self):
        when(not self.job.get("stream_key"), "needs_audit")
        raise Found(stream_code(self.payload, self.job["stream_key"], self.proof and self.log_proof["entry"]))


# --- report and command ------------------------------------------------------------------------------

def read_bundle(data):
    """The bundle, when it has the outline of one."""
    def objects(holder, *names):
        return all(isinstance(holder[name], dict) for name in names if name in holder)
    try:
        bundle = strict_json(data, 12) if len(data) <= BUNDLE_BYTES_MAX else None
        need(isinstance(bundle, dict) and bundle.get("object") == "craton.receipt.verification_bundle")
        need(objects(bundle, "receipt", "key_bundle", "attestation", "opening", "policy", "log_proof"))
        lists = [bundle[name] for name in ("attestations", "key_compromises", "linked") if name in bundle]
        need(all(isinstance(items, list) and 1 <= len(items) <= ITEMS_MAX for items in lists))
        need(all(isinstance(item, dict) for items in lists for item in items))
        need(all(objects(one, "opening", "log_proof") for one in bundle.get("linked", [])))
        need(all(isinstance(one.get("receipt"), dict) for one in [bundle] + bundle.get("linked", [])))
        need(isinstance(bundle["key_bundle"].get("keys"), list) and len(bundle["key_bundle"]["keys"]) <= ITEMS_MAX)
        return bundle
    except (ValueError, KeyError) as error:
        raise BadInput("the file does not have the outline of a bundle") from error


def verify(bundle_data, policy_data, at, required="payload,signature,issuer", **options):
    """The report. `at` is a time like 2026-01-31T23:59:59.000Z. Raises BadInput, or ValueError for `required`."""
    bundle, trust = read_bundle(bundle_data), TrustPolicy(policy_data)
    attestations = [bundle[n] for n in ("attestation",) if n in bundle] + bundle.get("attestations", [])
    job = dict(options, trust=trust, at=at, keys=bundle["key_bundle"]["keys"], attestations=attestations, linked=[])
    try:
        job["statement_fault"] = stated_cut_offs(bundle.get("key_compromises", []), trust)
    except Found as found:
        job["statement_fault"] = found.args[0]
    job["witnesses_wanted"] = max([0] + [witness_count(text) for text in [required] + trust.require_texts])
    main = Receipt(bundle, job)
    job["linked"] = linked = [Receipt(entry, job).check(CORE) for entry in bundle.get("linked", [])]
    main.check(["payload"])
    holds = not any(one.status(line) == "failed" for one in linked for line in CORE)
    if main.opening is None and main.payload.get("receipt_type") != "boundary_decision" and holds:
        main.opening = next((one.opening for one in linked if one.is_a("boundary_decision")
                             and one.payload["commitment_id"] == main.payload.get("commitment_id")), None)
    main.check(list(CODES)[1:])
    subject = {"payload_sha256": hashlib.sha256(main.data).hexdigest()} if main.data is not None else {}
    if fits(main.envelope.get("kid"), "common#/$defs/thumbprint"):
        subject["kid"] = main.envelope["kid"]
    subject.update({n: main.payload[n] for n in ("request_id", "commitment_id") if n in main.payload})
    checks = [{"id": line, "status": row["status"], "code": row["code"], "detail": row["sentence"],
               "vouched_by": row["vouched_by"]} for line, row in ((n, CODES[n][main.codes[n]]) for n in CODES)]
    wanted = set(required_lines(required) + trust.required)
    statuses = {check["id"]: check["status"] for check in checks}
    reached = all(statuses[line] == "verified" for line in wanted)
    outcome = "failed" if "failed" in statuses.values() else "reached" if reached else "insufficient"
    return {"object": "craton.verification.report.v1", "subject": subject, "checks": checks,
            "required": [line for line in CODES if line in wanted], "outcome": outcome}


def read_file(name):
    try:
        with open(name, "rb") as file:
            return file.read()
    except OSError as error:
        raise BadInput("%s cannot be read" % name) from error


class Arguments(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(64, message + "\n")


def main():
    arguments = Arguments(description="Verifies a Craton bundle against a trust policy, offline.")
    arguments.add_argument("bundle")
    arguments.add_argument("--trust", required=True, help="trust policy file: the only source of trust")
    arguments.add_argument("--at", help="time of checking, like 2026-01-31T23:59:59.000Z (default: now)")
    arguments.add_argument("--require", default="payload,signature,issuer", help="lines that must be verified")
    arguments.add_argument("--action-digest", help="digest of the action that is about to run")
    arguments.add_argument("--audience", help="the label that you act as")
    arguments.add_argument("--stream-key", help="key of the receipt's stream, base64url")
    arguments.add_argument("--json", action="store_true", help="print the report as JSON")
    given = arguments.parse_args()
    at = given.at or datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    try:
        need(fits(at, "common#/$defs/time") and moment(at) and required_lines(given.require))
        need(not given.stream_key or raw_key(given.stream_key))
    except ValueError:
        arguments.error("--at, --require or --stream-key does not have its form")
    try:
        report = verify(read_file(given.bundle), read_file(given.trust), at, given.require,
                        action_digest=given.action_digest, audience=given.audience,
                        stream_key=given.stream_key)
    except BadInput as error:
        print("bad input: %s" % error, file=sys.stderr)
        return 3
    if given.json:
        print(json.dumps(report, indent=2))
    else:
        for check in report["checks"]:
            print("{status:<12} {id:<19} {code}: {detail} [{vouched_by}]".format(**check))
        print("required: %s\noutcome: %s" % (", ".join(report["required"]), report["outcome"]))
    return {"reached": 0, "failed": 1, "insufficient": 2}[report["outcome"]]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception as error:  # whatever is not foreseen is never a success
        print("internal error: %s" % type(error).__name__, file=sys.stderr)
        sys.exit(70)
