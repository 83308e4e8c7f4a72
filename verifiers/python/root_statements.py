"""What roots sign: attestations of keys and statements about compromised ones (verification.md, section 5)."""
import hashlib

from ed25519 import signature_code
from json_forms import b64, canonical, equal, fits, need, strict_json
from payload_rules import are_times, in_order

FINGERPRINT = "root_public_key_fingerprint_sha256"


class Found(Exception):
    """The code of a line, raised by the first rule that applies."""


def when(condition, code):
    if condition:
        raise Found(code)


def read_attestation(wrapper):
    """Wrapper, payload and the payload's bytes; Found when one of them does not have its form."""
    try:
        need(fits(wrapper, "attestation"))
        data = b64(wrapper["payload_b64"])
        payload = strict_json(data, 8)
        need(fits(payload, "attestation-payload") and canonical(payload) == data and in_order(payload["environments"]))
        need(are_times(payload["issued_at"], payload["not_before"], payload["not_after"]))
        return wrapper, payload, data
    except ValueError as error:
        raise Found("attestation_malformed") from error


def stated_cut_offs(statements, trust):
    """Adds to the policy what its roots say of compromised keys; Found when a statement is not what it says."""
    counted = []
    for wrapper in statements:
        try:
            need(fits(wrapper, "key-compromise"))
            data = b64(wrapper["payload_b64"])
            said = strict_json(data, 8)
            need(fits(said, "key-compromise-payload") and canonical(said) == data and are_times(said["issued_at"]))
            cut_off, place = said["cut_off"], (said["issuer"], said["environment"])
            need(cut_off["origin"] == "/".join(place) and equal(said, wrapper, ["root_key_id", FINGERPRINT]))
        except ValueError as error:
            raise Found("key_compromise_invalid") from error
        counted.append((wrapper, said, data, cut_off, place))
    cut_offs = {}
    for wrapper, said, data, cut_off, place in counted:
        root = trust.roots.get(wrapper["root_key_id"])
        if root:
            when(said[FINGERPRINT] != hashlib.sha256(root[0]).hexdigest(), "key_compromise_invalid")
            when(signature_code(root[0], data, b64(wrapper["signature"])), "key_compromise_invalid")
            kid, known = said["subject"]["kid"], cut_offs.get(said["subject"]["kid"])
            known = known or trust.compromised.get(kid)
            if root[1] == place[0] and place[1] in root[2] and (known is None or cut_off["size"] < known[1]):
                cut_offs[kid] = cut_off["origin"], cut_off["size"], b64(cut_off["root"], 32)
    trust.compromised.update(cut_offs)
