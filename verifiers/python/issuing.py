"""Issues receipts from hand-written inputs, to make the golden cases of spec/vectors.

Written from spec/ alone; shares no code with the services or with craton_verify.py. It decides
nothing: verdict, reasons and obligations come in as input. Standard library, and the `openssl`
command (version 3) for Ed25519.
"""

import base64
import datetime
import hashlib
import hmac
import json
import os
import re
import subprocess
import tempfile

PROTOCOL = "craton.receipt.protocol.v1"
LABEL = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
AMOUNT = re.compile(r"(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?\Z")
DEFAULT_LIFETIME_S = 300
PKCS8_PREFIX = bytes.fromhex("302e020100300506032b657004220420")


class Number:
    """A JSON number that keeps the text it was written as."""

    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        return isinstance(other, Number) and self.text == other.text


def b64(data):
    return base64.b64encode(data).decode()


def b64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def sha256(data):
    return hashlib.sha256(data).digest()


def digest(data):
    return "sha256:" + sha256(data).hex()


def parse(text):
    def unique(pairs):
        names = [name for name, _ in pairs]
        assert len(set(names)) == len(names), "a member is there twice"
        return dict(pairs)

    return json.loads(text, object_pairs_hook=unique, parse_int=Number, parse_float=Number)


def ecmascript_number(value):
    """Number::toString of ECMAScript, from Python's shortest digits."""
    if value == int(value) and abs(value) < 10**21:
        return str(int(value))
    mantissa, _, exponent = "{!r}".format(float(value)).partition("e")
    sign, mantissa = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    # point = position of the decimal point, counted from the first significant digit.
    point = int(exponent or 0) + len(whole) - (len(whole + fraction) - len((whole + fraction).lstrip("0")))
    digits = digits.rstrip("0")
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    mark = "e+" if point > 0 else "e-"
    return sign + digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + mark + str(abs(point - 1))


def canonical(value):
    """RFC 8785. Members whose value is None are left out: a member without a value is absent."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Number):
        return ecmascript_number(float(value.text))
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    names = sorted((n for n, v in value.items() if v is not None), key=lambda n: n.encode("utf-16-be"))
    return "{" + ",".join(canonical(n) + ":" + canonical(value[n]) for n in names) + "}"


def canonical_bytes(value):
    return canonical(value).encode()


def prefixed_digest(prefix, value):
    return digest(prefix.encode() + b"\n" + canonical_bytes(value))


# --- keys ------------------------------------------------------------------------------------

def openssl(arguments, data=None):
    done = subprocess.run(["openssl"] + arguments, input=data, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def sign(seed, message):
    """Ed25519 signature (64 bytes) with a 32-byte seed."""
    with tempfile.TemporaryDirectory() as folder:
        key, data = os.path.join(folder, "key.der"), os.path.join(folder, "message")
        with open(key, "wb") as file:
            file.write(PKCS8_PREFIX + seed)
        with open(data, "wb") as file:
            file.write(message)
        return openssl(["pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", key, "-in", data])


_public_keys = {}


def public_key(seed):
    if seed not in _public_keys:
        der = openssl(["pkey", "-inform", "DER", "-pubout", "-outform", "DER"], PKCS8_PREFIX + seed)
        _public_keys[seed] = der[-32:]
    return _public_keys[seed]


def thumbprint(key):
    return b64url(sha256(canonical_bytes({"crv": "Ed25519", "kty": "OKP", "x": b64url(key)})))


def jwk(key):
    return {"alg": "EdDSA", "crv": "Ed25519", "kid": thumbprint(key), "kty": "OKP", "use": "sig",
            "x": b64url(key)}


def attestation_payload(root_key_id, root, signing, window):
    """`root` and `signing` are public keys; `window` has the times, issuer and environments."""
    return {"object": "craton.receipt.operational_key_attestation_payload.v1", "protocol": PROTOCOL,
            "root_key_id": root_key_id, "root_public_key_fingerprint_sha256": sha256(root).hex(),
            "issued_at": window["issued_at"], "not_before": window["not_before"],
            "not_after": window["not_after"], "issuer": window["issuer"],
            "environments": window["environments"],
            "subject": {"kid": thumbprint(signing), "allowed_use": "receipt_signing",
                        "sig_alg": "ed25519", "public_key_b64": b64(signing),
                        "public_key_fingerprint_sha256": sha256(signing).hex()}}


def attest(payload, root_seed):
    data = canonical_bytes(payload)
    return {"object": "craton.receipt.operational_key_attestation.v1",
            "root_key_id": payload["root_key_id"],
            "root_public_key_fingerprint_sha256": payload["root_public_key_fingerprint_sha256"],
            "payload_b64": b64(data), "signature": b64(sign(root_seed, data))}


def key_compromise(seed, members, root_seed=None):
    """A statement signed with `seed`; it names the key of `root_seed`, or else its own."""
    named = {"root_public_key_fingerprint_sha256": sha256(public_key(root_seed or seed)).hex(),
             "root_key_id": members["root_key_id"]}
    data = canonical_bytes(dict(members, object="craton.receipt.key_compromise_payload.v1", protocol=PROTOCOL, **{
        n: v for n, v in named.items() if n not in members}))
    return dict(named, object="craton.receipt.key_compromise.v1", payload_b64=b64(data), signature=b64(sign(seed, data)))


# --- request and opening ---------------------------------------------------------------------

def normalise(text):
    """The label rule of the check request."""
    label = "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text.strip(" "))
    label = label.replace(" ", "_").replace("-", "_")
    assert LABEL.match(label), label
    return label


def hundredths(number):
    assert AMOUNT.match(number.text), number.text
    whole, _, fraction = number.text.partition(".")
    return int(whole) * 100 + int((fraction + "00")[:2])


def request_hash(body):
    return prefixed_digest("craton.request.v1",
                           {n: v for n, v in body.items() if n != "authorization_evidence"})


def match(paths, labels):
    """The live path for normalised labels: ("one", document), ("none", None), ("ambiguous", None)."""
    same = [p for p in paths if all(p[n] == labels[n] for n in ("partner_id", "gate_type", "system_scope"))]
    kind = labels.get("decision_type")
    star = [p for p in same if "*" in p["decision_types"]]
    exact = [p for p in same if kind in p["decision_types"]] if kind else []
    found = exact or star or ([] if kind else same)
    if len(found) > 1:
        return "ambiguous", None
    return ("one", found[0]) if found else ("none", None)


def declared_facts(path, sent):
    kinds = {f["name"]: f["type"] for f in path["facts"]}
    facts = {}
    for name, value in sent.items():
        if kinds[name] == "integer":
            facts[name] = int(value.text)
        else:
            facts[name] = hundredths(value) if kinds[name] == "decimal2" else value
    return facts


def window_facts(path, ledger):
    rules = " ".join(rule["when"] for rule in path["policy"]["rules"])
    names = ("window_count_24h", "window_sum_usd_cents_24h")
    return {name: ledger[name] for name in names if re.search(r"\bfacts\." + name + r"\b", rules)}


def snapshot(path, labels):
    if path is None:
        return {"path_id": "unmatched", "partner_id": labels["partner_id"]}
    kind = labels.get("decision_type")
    return {"path_id": path["path_id"], "path_version": path["version"], "partner_id": path["partner_id"],
            "unit": path.get("unit"), "gate_type": path["gate_type"],
            "system_scope": path["system_scope"],
            "decision_type": kind if kind in path["decision_types"] else None,
            "policy_digest": prefixed_digest("craton.path.v1", path)}


def read_labels(body):
    """Normalised labels of the request, and the sent text of those that changed."""
    context = body["context"]
    sent = {n: body[n] for n in ("partner_id", "gate_type", "system_scope", "decision_type", "decision_owner")
            if n in body}
    sent["authorization_status"] = context["authorization_status"]
    sent["authorization_source"] = context["authorization_source"]
    labels = {name: normalise(text) for name, text in sent.items()}
    raw = {name: text for name, text in sent.items() if labels[name] != text}
    return labels, raw


def build_opening(given):
    """The opening of a decision, without absent members, from the inputs of a case."""
    body = parse(given["body_text"])
    labels, raw = read_labels(body)
    found, path = match(given["paths"], labels)
    facts = {"decision_owner": labels.get("decision_owner")}
    if "decision_size_usd" in body:
        facts["decision_size_usd_cents"] = hundredths(body["decision_size_usd"])
    if path is not None:
        facts.update(declared_facts(path, body["context"].get("facts", {})))
        facts.update(window_facts(path, given["ledger"]))
    evidence = body.get("authorization_evidence")
    if evidence is not None and not evidence.startswith("sha256:"):
        evidence = digest(evidence.encode("ascii"))
    approval = given.get("approval", {"class": "submitted"})
    opening = {"v": "craton.boundary.opening.v1", "nonce": b64url(bytes.fromhex(given["nonce_hex"])),
               "request_id": given["request_id"], "request_hash": request_hash(body),
               "environment": given["environment"], "evaluated_at": given["evaluated_at"],
               "boundary_snapshot": snapshot(path, labels),
               "request": {n: labels.get(n) for n in ("gate_type", "system_scope", "decision_type")},
               "facts": facts,
               "authority": {"class": approval["class"], "status": labels["authorization_status"],
                             "source": labels["authorization_source"],
                             "reference": body["context"]["authorization_reference"],
                             "issuer": approval.get("issuer"), "evidence_digest": evidence},
               "references": {"external_reference": body["external_reference"],
                              "case_id": body.get("case_id")},
               "ledger": {"match": found, "reference_reused": given["ledger"]["reference_reused"]},
               "action_digest": body.get("action_digest"), "raw": raw or None}
    return json.loads(canonical(opening)), path


def commitment_id(opening):
    return "bnd_" + b64url(sha256(b"craton.boundary.commitment.v1\n" + canonical_bytes(opening)))


# --- payload, stream, envelope ----------------------------------------------------------------

def after(time, seconds):
    moment = datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ")
    moment += datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (moment.microsecond // 1000)


def common_members(given, partner_id, path_id):
    origin = given["issuer"] + "/" + given["environment"]
    stream = {"origin": origin, "partner_id": partner_id, "path_id": path_id,
              "receipt_type": given["receipt_type"],
              "stream_key": b64url(bytes.fromhex(given["stream_key_hex"]))}
    payload = {"protocol": PROTOCOL, "receipt_type": given["receipt_type"], "issuer": given["issuer"],
               "environment": given["environment"], "issued_at": given["issued_at"],
               "epoch": given["epoch"], "seq": given["seq"],
               "stream": prefixed_digest("craton.stream.v1", stream),
               "log": {"origin": origin, "merge_by": after(given["issued_at"], 3600),
                       "seen": given.get("seen")}}
    return payload, canonical(stream)


def decision_payload(given, opening, path):
    shot = opening["boundary_snapshot"]
    payload, stream = common_members(given, shot["partner_id"], shot["path_id"])
    enforcement = path["enforcement"] if path else "enforce"
    lifetime = path["policy"].get("lifetime_s", DEFAULT_LIFETIME_S) if path else DEFAULT_LIFETIME_S
    payload.update(request_id=given["request_id"], commitment_id=commitment_id(opening),
                   boundary_snapshot=shot, enforcement=enforcement,
                   verdict=given["verdict"], reasons=given["reasons"], obligations=given["obligations"],
                   evaluated_at=given["evaluated_at"], expires_at=after(given["evaluated_at"], lifetime),
                   max_uses=1, action_digest=opening.get("action_digest"),
                   crit=["enforcement"] if enforcement == "observe" else None)
    return payload, stream


def following_payload(given, decision):
    """Payload of a receipt that follows `decision`, the payload of a boundary_decision."""
    shot = decision["boundary_snapshot"]
    payload, stream = common_members(given, shot["partner_id"], shot["path_id"])
    payload.update(commitment_id=decision["commitment_id"], boundary_snapshot=shot)
    if given["receipt_type"] == "deployment_record":
        payload.update(request_id=decision["request_id"], record=given["record"])
        return payload, stream
    payload.update(request_id=given["request_id"],
                   confirms={"request_id": decision["request_id"],
                             "payload_digest": digest(canonical_bytes(decision))},
                   action_digest=given.get("action_digest"), confirmer=given["confirmer"],
                   flags=given["flags"])
    if given["receipt_type"] == "execution_confirmation":
        payload.update(outcome=given["outcome"], executed_at=given.get("executed_at"))
    return payload, stream


def gap_payload(given):
    payload, stream = common_members(given, given["partner_id"], given["path_id"])
    payload.update(partner_id=given["partner_id"], path_id=given["path_id"],
                   nonce=b64url(bytes.fromhex(given["nonce_hex"])), gap=given["gap"])
    return payload, stream


def envelope(data, seed):
    return {"payload_b64": b64(data), "signature": b64(sign(seed, data)),
            "kid": thumbprint(public_key(seed)), "sig_alg": "ed25519"}


def tag_message(payload):
    return "craton.tag.v1\n{stream}\n{epoch}\n{seq}".format(**payload)


def log_entry(payload, kid, stream_key_hex):
    tag = hmac.new(bytes.fromhex(stream_key_hex), tag_message(payload).encode(), hashlib.sha256).digest()
    return {"v": 1, "digest": digest(canonical_bytes(payload)), "kid": kid, "tag": b64url(tag)}
