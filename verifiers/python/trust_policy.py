"""The trust policy file (spec/verification.md, section 2): the only source of trust."""
import hashlib
import re

from ed25519 import refused_point
from json_forms import CODES, SAFE, b64, fits, need

POLICY_BYTES_MAX = 2**16


class BadInput(Exception):
    """Nothing that a report could be made about."""


def required_lines(text):
    lines = [re.sub("^witnesses:[1-9][0-9]{0,2}$", "witnesses", item) for item in text.split(",")]
    need(set(lines) <= set(CODES))
    return lines


POLICY_LINES = {  # name+hex+base64 is a C2SP verifier key
    "root": r"(\S+) (\S+) (\S+) (\S+)", "root-quorum": "([1-9][0-9]?)", "require": r"(\S+)",
    "compromised": r"(\S+) before (\S+) (0|[1-9][0-9]{0,15}) (\S+)", "issuer-operated": r"(\S+)",
    "log": r"(?P<key>\S+)(?: \S+)?", "witness": r"([^ +]+) (?P<key>\S+)(?: \S+)?",
    "group": r"([^ +]+) ([1-9][0-9]{0,2}|any|all) (.+)", "quorum": r"(\S+)"}


def witness_count(text):
    """The number in `witnesses:N` of a list of required lines, 0 without one."""
    return max([0] + [int(found) for found in re.findall(r"(?:^|,)witnesses:([1-9][0-9]{0,2})(?=,|$)", text)])


class VerifierKey:
    """A C2SP key of a log or a witness; `name` is the policy's name of a witness."""

    def __init__(self, name, vkey_name, key_id, data):
        self.name, self.vkey_name, self.key_id, self.kind, self.key = name, vkey_name, key_id, data[0], data[1:]


class TrustPolicy:
    """What a trust policy says."""

    def __init__(self, data):
        self.roots, self.keys, self.required, self.compromised, self.root_quorum = {}, [], [], {}, 1
        self.logs, self.witnesses, self.groups, self.quorum, self.operated = [], [], {}, "none", []
        self.require_texts = []
        names, witnesses, words, operated = ["none"], [], [], []
        try:
            need(len(data) <= POLICY_BYTES_MAX and not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", data))
            lines = [re.sub("[ \t]+", " ", line).strip(" ") for line in data.decode("utf-8").split("\n")]
            need(lines[0] == "craton-policy v1")
            for line in lines[1:]:
                word, _, rest = line.partition(" ")
                if line and line[0] != "#":
                    need(word in POLICY_LINES and re.fullmatch(POLICY_LINES[word], rest))
                    words.append(word)
                    self.read(word, re.fullmatch(POLICY_LINES[word], rest), names, witnesses, operated)
            need(words.count("quorum") <= 1 and ("quorum" in words or not {"log", "witness", "group"} & set(words)))
            need(words.count("root-quorum") <= 1 and self.root_quorum <= max(1, len(self.roots)))
            need(all(len(set(items)) == len(items) for items in (self.keys, names)))
            need(set(operated) <= set(witnesses) and len(self.roots) <= 64)
            need(not any(len(key) == 32 and refused_point(key) for key in self.keys))
        except ValueError as error:
            raise BadInput("the trust policy breaks a rule of verification.md, section 2") from error

    def read(self, word, found, names, witnesses, operated):
        fields = found.groups()
        if word == "root":
            name, key, issuer, places = fields[0], b64(fields[1], 32), fields[2], fields[3].split(",")
            need(key and fits(name, "common#/$defs/root_key_id") and fits(issuer, "common#/$defs/issuer"))
            need(all(fits(place, "common#/$defs/environment") for place in places))
            need(name not in self.roots and len(set(places)) == len(places))
            self.roots[name] = key, issuer, places
            self.keys.append(key)
        elif word == "root-quorum":
            self.root_quorum = int(fields[0])
        elif word == "require":
            self.required += required_lines(fields[0])
            self.require_texts.append(fields[0])
        elif word == "compromised":
            need(fits(fields[0], "common#/$defs/thumbprint") and int(fields[2]) <= SAFE and b64(fields[3], 32))
            need(fields[0] not in self.compromised)
            self.compromised[fields[0]] = found.group(2), int(fields[2]), b64(fields[3], 32)
        elif word in ("log", "witness"):
            name, key_id, key = (found["key"] + "++").split("+", 2)
            key = b64(key[:-2]) or b"\0"
            need(name and (key[0], len(key)) in (((1, 33),) if word == "log" else ((4, 33), (6, 1313))))
            need(key_id == hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8])
            self.keys.append(key[1:])
            made = VerifierKey(fields[0] if word == "witness" else name, name, key_id, key)
            (self.witnesses if word == "witness" else self.logs).append(made)
            if word == "witness":
                names.append(fields[0])
                witnesses.append(fields[0])
        elif word == "group":
            members = fields[2].split(" ")
            need(set(members) <= set(names[1:]) and len(set(members)) == len(members))
            need(not fields[1].isdigit() or int(fields[1]) <= len(members))
            threshold = {"any": 1, "all": len(members)}.get(fields[1]) or int(fields[1])
            names.append(fields[0])
            self.groups[fields[0]] = threshold, members
        elif word == "issuer-operated":
            operated.append(fields[0])
            self.operated.append(fields[0])
        else:
            need(fields[0] in names)
            self.quorum = fields[0]
