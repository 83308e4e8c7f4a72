"""Writes spec/vectors.

    python3 verifiers/python/make_vectors.py           write the files
    python3 verifiers/python/make_vectors.py --check   exit 1 if a file differs from what is written

Needs the standard library and the `openssl` command (version 3). Files that stand are kept for
ever: cases are added, never changed.
"""

import json
import os
import sys

import golden_cases
import golden_set
import key_event_cases
import logged_cases
import tampered_bundles
import tampered_receipts
import tampered_trust
from golden_set import SPEC
from verification_cases import Cases


def golden_files(golden):
    for number, case in enumerate(golden_cases.CASES, 1):
        name = "%03d-%s.json" % (number, case["name"].replace("_", "-"))
        yield os.path.join("golden", name), golden.build(case)


def all_files():
    golden = golden_set.GoldenSet()
    yield from golden_files(golden)
    tampered = (tampered_receipts, tampered_trust, tampered_bundles)
    for folder, modules in (("tampered", tampered), ("logged", (logged_cases,))):
        cases = Cases(golden, golden_set.FULL, golden_set.REPORT_CODES)
        for module in modules:
            module.add_all(cases)
        for name, value in cases.files.items():
            yield os.path.join(folder, name.replace("_", "-") + ".json"), value
    for name, value in key_event_cases.all_files():
        yield os.path.join("key-events", name.replace("_", "-") + ".json"), value


def main(check):
    wrong = 0
    written = set()
    for name, value in all_files():
        written.add(name)
        target = os.path.join(SPEC, "vectors", name)
        data = json.dumps(value, indent=1) + "\n"
        if check:
            same = os.path.exists(target) and open(target, encoding="utf-8").read() == data
            wrong += not same
            print(("same     " if same else "DIFFERS  ") + name)
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.write(data)
    print("%d files, %d differ" % (len(written), wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
