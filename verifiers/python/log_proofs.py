"""Log proofs, checkpoints and witnesses (spec/verification.md, 5.11 and 5.12; C2SP notes and proofs)."""
import hashlib
import hmac
import re

from ed25519 import signature_code
from json_forms import SAFE, b64, b64url, canonical, need

HEADER = "c2sp.org/tlog-proof@v1"
NOTE_CHARS_MAX, SIGNATURES_MAX, HASHES_MAX, EXTENSIONS_MAX = 1_000_000, 100, 64, 64
COUNT = re.compile("0|[1-9][0-9]{0,15}")
SIGNATURE_LINE = re.compile("\u2014 ([^\\s+]+) ([A-Za-z0-9+/]+={0,2})")


class Proof:
    """A proof taken apart; nothing in it is believed yet. ValueError when it does not have its form."""

    def __init__(self, text):
        need(isinstance(text, str) and "\n\n" in text)
        head, _, note = text.partition("\n\n")
        lines = head.split("\n")
        need(lines.pop(0) == HEADER and lines)
        if lines[0].startswith("extra "):
            need(b64(lines.pop(0)[6:]) is not None and lines)
        need(lines[0].startswith("index "))
        self.index = count(lines.pop(0)[6:])
        self.hashes = [b64(line, 32) for line in lines]
        need(None not in self.hashes and len(lines) <= HASHES_MAX)
        need(len(note) <= NOTE_CHARS_MAX and note.endswith("\n") and not re.search("[\0-\x09\x0b-\x1f]", note))
        body, middle, tail = note.rpartition("\n\n")
        need(middle)
        self.text = body + "\n"
        self.signatures = [parse_signature(line) for line in tail[:-1].split("\n")]
        need(len(self.signatures) <= SIGNATURES_MAX)
        fields = body.split("\n")
        need(len(fields) in range(3, 4 + EXTENSIONS_MAX) and "" not in fields)
        self.origin, self.size, self.root = fields[0], count(fields[1]), b64(fields[2], 32)
        need(self.root is not None)


def count(text):
    need(COUNT.fullmatch(text) and int(text) <= SAFE)
    return int(text)


def parse_signature(line):
    found = SIGNATURE_LINE.fullmatch(line)
    blob = b64(found.group(2)) if found else None
    need(blob is not None and len(blob) > 4)
    return found.group(1), blob[:4].hex(), blob[4:]


def verified_lines(proof, keys):
    """Keys whose line holds, each with its time; None when a line of a known key does not hold."""
    held = []
    for name, key_id, signature in proof.signatures:
        for key in (one for one in keys if (one.vkey_name, one.key_id) == (name, key_id) and one.kind in (1, 4)):
            message, time_s = proof.text, None
            if key.kind == 4:
                time_s, signature = int.from_bytes(signature[:8], "big"), signature[8:]
                message = "cosignature/v1\ntime %d\n%s" % (time_s, proof.text)
            if len(signature) != 64 or signature_code(key.key, message.encode(), signature):
                return None
            held.append((key, time_s))
    return held


def is_included(leaf, proof):
    """RFC 9162, 2.1.3.2."""
    if proof.index >= proof.size:
        return False
    node, last, root = proof.index, proof.size - 1, leaf
    for sibling in proof.hashes:
        if last == 0:
            return False
        if node & 1 or node == last:
            root = hashlib.sha256(b"\1" + sibling + root).digest()
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            root = hashlib.sha256(b"\1" + root + sibling).digest()
        node, last = node >> 1, last >> 1
    return last == 0 and root == proof.root


def follow(entry, text, payload, trust):
    """A proof that leads to a checkpoint of the receipt's log, or the code of what is wrong."""
    try:
        proof = Proof(text)
    except (ValueError, UnicodeError):
        return None, "log_proof_malformed"
    promise = payload["log"]
    if proof.origin != promise["origin"]:
        return None, "log_origin_mismatch"
    if not any(log.vkey_name == proof.origin for log in trust.logs):
        return None, "log_not_in_policy"
    signed = verified_lines(proof, trust.logs)
    if not signed or not any(key.vkey_name == proof.origin for key, _ in signed):
        return None, "log_signature_invalid"
    if not is_included(hashlib.sha256(b"\0" + canonical(entry)).digest(), proof):
        return None, "log_inclusion_invalid"
    seen = promise.get("seen")
    if seen and seen["size"] == proof.size and b64(seen["root"]) != proof.root:
        return None, "log_seen_conflict"
    proof.cosignatures = verified_lines(proof, trust.witnesses)
    return proof, None


def is_quorum(trust, names, member=None):
    """Did enough of these witnesses (names of the policy) cosign?"""
    member = member or trust.quorum
    if member in trust.groups:
        threshold, members = trust.groups[member]
        return sum(is_quorum(trust, names, one) for one in members) >= threshold
    return member in names


def cosigners(trust, proof, not_after_s=None):
    """Names of the witnesses whose cosignature counts."""
    return {key.name for key, time_s in proof.cosignatures or [] if not_after_s is None or time_s <= not_after_s}


def is_witnessed(trust, proof, not_after_s=None):
    return trust.quorum != "none" and is_quorum(trust, cosigners(trust, proof, not_after_s))


def witness_code(trust, proof, wanted):
    """The code of the line `witnesses` for a proof that holds; `wanted` counts those not the issuer's."""
    if trust.quorum == "none":
        return "no_quorum_in_policy"
    if proof.cosignatures is None:
        return "cosignature_invalid"
    if not proof.cosignatures:
        return "not_witnessed"
    independent = cosigners(trust, proof) - set(trust.operated)
    return "ok" if is_witnessed(trust, proof) and len(independent) >= wanted else "quorum_not_met"


def stream_code(payload, key_text, entry):
    """The code of the line `completeness` for whoever knows the stream's key (base64url)."""
    named = payload if payload["receipt_type"] == "gap_disclosure" else payload["boundary_snapshot"]
    identity = {n: named[n] for n in ("partner_id", "path_id")}
    identity.update(origin=payload["log"]["origin"], receipt_type=payload["receipt_type"], stream_key=key_text)
    stream = "sha256:" + hashlib.sha256(b"craton.stream.v1\n" + canonical(identity)).hexdigest()
    if stream != payload["stream"]:
        return "stream_mismatch"
    text = "craton.tag.v1\n%s\n%d\n%d" % (stream, payload["epoch"], payload["seq"])
    tag = b64url(hmac.new(raw_key(key_text), text.encode(), hashlib.sha256).digest())
    return "stream_checked" if entry is None or entry["tag"] == tag else "tag_mismatch"


def raw_key(key_text):
    """The 32 bytes of a stream's key; ValueError for any other spelling."""
    data = b64(key_text.replace("-", "+").replace("_", "/") + "=", 32)
    need(data is not None and b64url(data) == key_text)
    return data
