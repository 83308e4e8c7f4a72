"""A small transparency log with witnesses, to make the vectors of log proofs.

Written from spec/receipt.md, section 7. Standard library, and `issuing` for signatures.
"""

import hashlib

from issuing import b64, public_key, sign


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def split(count):
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def root_hash(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    half = split(len(leaves))
    return node_hash(root_hash(leaves[:half]), root_hash(leaves[half:]))


def inclusion_path(index, leaves):
    """Sibling hashes from the leaf up."""
    if len(leaves) == 1:
        return []
    half = split(len(leaves))
    if index < half:
        return inclusion_path(index, leaves[:half]) + [root_hash(leaves[half:])]
    return inclusion_path(index - half, leaves[half:]) + [root_hash(leaves[:half])]


def key_id(name, kind, key):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


def verifier_key(name, kind, seed):
    key = public_key(seed)
    return "%s+%s+%s" % (name, key_id(name, kind, key).hex(), b64(bytes([kind]) + key))


def checkpoint_text(origin, size, root):
    return "%s\n%d\n%s\n" % (origin, size, b64(root))


def log_line(name, seed, text):
    blob = key_id(name, 1, public_key(seed)) + sign(seed, text.encode())
    return "\u2014 %s %s\n" % (name, b64(blob))


def cosignature_line(name, seed, text, time_s):
    message = "cosignature/v1\ntime %d\n%s" % (time_s, text)
    blob = key_id(name, 4, public_key(seed)) + time_s.to_bytes(8, "big") + sign(seed, message.encode())
    return "\u2014 %s %s\n" % (name, b64(blob))


def proof_text(index, path, note):
    hashes = "".join(b64(node) + "\n" for node in path)
    return "c2sp.org/tlog-proof@v1\nindex %d\n%s\n%s" % (index, hashes, note)
