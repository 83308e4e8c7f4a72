"""Ed25519 by the `openssl` command, after the comparisons of spec/verification.md, section 3."""
import os
import subprocess
import tempfile

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
SMALL_ORDER = {0, 1, P - 1} | {int.from_bytes(bytes.fromhex(point), "little") for point in (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")}
SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")


def refused_point(data):
    y = int.from_bytes(data, "little") & (2**255 - 1)
    return y >= P or y in SMALL_ORDER


def signature_code(key, data, signature):
    """None when the signature holds, else why not."""
    if int.from_bytes(signature[32:], "little") >= L:
        return "signature_scalar_refused"
    if refused_point(signature[:32]):
        return "signature_point_refused"
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("key", "data", "signature")]
        for path, content in zip(paths, (SPKI_PREFIX + key, data, signature)):
            with open(path, "wb") as file:
                file.write(content)
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths[0],
                               "-rawin", "-in", paths[1], "-sigfile", paths[2]], capture_output=True)
    return None if done.returncode == 0 else "signature_invalid"
