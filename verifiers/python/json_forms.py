"""Strict JSON, canonical JSON, base64, times, and the forms of spec/schemas, for craton_verify.py.

Written from spec/receipt.md, section 1. Python 3.9 or later, standard library only.
"""
import base64
import datetime
import decimal
import json
import os
import re

SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "spec")
SAFE = 2**53 - 1


def need(condition):
    if not condition:
        raise ValueError("a rule of spec/ is broken")


def strict_json(data, depth_max):
    """One JSON value; ValueError for whatever two parsers could read differently."""
    def members(pairs):
        need(len({name for name, _ in pairs}) == len(pairs))
        return dict(pairs)

    def number(text):
        value = float(text)
        need(not re.search("[eE]", text) and not (value == 0 and text[0] == "-"))
        need(value != int(value) or abs(int(value)) <= SAFE)
        need("." not in text or len(re.sub("[-.]", "", text).lstrip("0")) <= 15)
        return int(value) if value == int(value) else value

    def walk(value, depth):
        if isinstance(value, (dict, list)):
            need(depth <= depth_max)
            for item in value.values() if isinstance(value, dict) else value:
                walk(item, depth + 1)
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=members, parse_int=number,
                           parse_float=number, parse_constant=lambda text: need(False))
        walk(value, 1)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate does not encode
        return value
    except (RecursionError, OverflowError) as error:
        raise ValueError("nested too deep, or a number too large") from error


def canonical(value):
    """RFC 8785, for what strict_json gives."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return b"{" + b",".join(canonical(n) + b":" + canonical(value[n]) for n in names) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    if isinstance(value, float):  # never an integer, and at most 15 digits
        plain = repr(value).replace("e-0", "e-") if abs(value) < 1e-6 else format(decimal.Decimal(repr(value)), "f")
        return plain.encode()
    return json.dumps(value, ensure_ascii=False).encode()


def equal(left, right, names):
    """Are these members equal, or absent in both? Compared as JSON, where true is not 1."""
    return all((n in left) == (n in right) and canonical(left.get(n)) == canonical(right.get(n)) for n in names)


def b64(text, length=None):
    """The bytes of standard padded base64, or None."""
    try:
        data = base64.b64decode(text, validate=True)
        return data if base64.b64encode(data).decode() == text and length in (None, len(data)) else None
    except (ValueError, TypeError):
        return None


def b64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def moment(text, plus_s=0):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ") + datetime.timedelta(seconds=plus_s)


def load(*names):
    with open(os.path.join(SPEC, *names), encoding="utf-8") as file:
        return json.load(file)


CODES = {line: {row["code"]: row for row in rows} for line, rows in load("report-codes.json").items()}
SCHEMAS = {schema["$id"].split(":")[-1]: schema for schema in (
    load("schemas", name) for name in sorted(os.listdir(os.path.join(SPEC, "schemas"))))}
KINDS = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}
KEYWORDS = {  # keyword -> (kind of value that it speaks about, test of value, argument and schema's root)
    "type": (object, lambda v, a, root: any(isinstance(v, KINDS[kind]) and isinstance(v, bool) == (kind == "boolean")
                                            for kind in ([a] if isinstance(a, str) else a))),
    "const": (object, lambda v, a, root: canonical(v) == canonical(a)),
    "enum": (object, lambda v, a, root: canonical(v) in map(canonical, a)),
    "allOf": (object, lambda v, a, root: all(fits(v, part, root) for part in a)),
    "oneOf": (object, lambda v, a, root: sum(fits(v, part, root) for part in a) == 1),
    "not": (object, lambda v, a, root: not fits(v, a, root)),
    "pattern": (str, lambda v, a, root: bool(re.search(re.sub(r"\$$", r"\\Z", a), v))),
    "minLength": (str, lambda v, a, root: len(v) >= a), "maxLength": (str, lambda v, a, root: len(v) <= a),
    "minItems": (list, lambda v, a, root: len(v) >= a), "maxItems": (list, lambda v, a, root: len(v) <= a),
    "uniqueItems": (list, lambda v, a, root: len(set(map(canonical, v))) == len(v)),
    "items": (list, lambda v, a, root: all(fits(item, a, root) for item in v)),
    "minimum": ((int, float), lambda v, a, root: v >= a), "maximum": ((int, float), lambda v, a, root: v <= a),
    "required": (dict, lambda v, a, root: all(name in v for name in a)),
    "minProperties": (dict, lambda v, a, root: len(v) >= a), "maxProperties": (dict, lambda v, a, root: len(v) <= a),
    "propertyNames": (dict, lambda v, a, root: all(fits(name, a, root) for name in v)),
    "properties": (dict, lambda v, a, root: all(fits(v[name], part, root) for name, part in a.items() if name in v))}


def fits(value, schema, root=None):
    """Does the value have this form? `schema` is a schema, or the name of one like `common#/$defs/time`."""
    while isinstance(schema, str) or "$ref" in schema:
        name, _, pointer = (schema if isinstance(schema, str) else schema["$ref"]).partition("#")
        root = schema = SCHEMAS[name.split(":")[-1]] if name else root
        for part in pointer.split("/")[1:]:
            schema = schema[part]
    if isinstance(value, dict) and "additionalProperties" in schema:
        others, known = [v for n, v in value.items() if n not in schema.get("properties", {})], schema["additionalProperties"]
        if others and (known is False or not all(fits(other, known, root) for other in others)):
            return False
    return all(KEYWORDS[word][1](value, argument, root) for word, argument in schema.items()
               if word in KEYWORDS and isinstance(value, KEYWORDS[word][0]))
