"""Bundles with log proofs: what the log and its witnesses show, and every way to get that wrong.

The log holds the receipts of the golden cases of golden.example/development in their order. The
codes are written by hand from spec/verification.md.
"""

import calendar
import time

import issuing
import log_making as log
from issuing import b64, canonical_bytes
from verification_cases import ROOT, SIGNING, unhex

ORIGIN = "golden.example/development"
LOG = unhex("31")
WITNESSES = {"one": ("witness.example/one", unhex("41")), "two": ("witness.example/two", unhex("42")),
             "own": ("golden.example/witness", unhex("43"))}
ALL, SMALL_SIZE, SIZE = ("one", "two", "own"), 64, 70
LOGGED = {"log_inclusion": "ok", "witnesses": "ok"}
NOT_COUNTED = "log_inclusion_not_verified"
LOG_LINES = "log %s https://log.golden.example/\n" % log.verifier_key(ORIGIN, 1, LOG)
WITNESS_LINES = "".join("witness %s %s\n" % (name, log.verifier_key(vkey_name, 4, seed))
                        for name, (vkey_name, seed) in WITNESSES.items())
QUORUM_LINES = WITNESS_LINES + "issuer-operated own\ngroup two-of-three 2 one two own\nquorum two-of-three\n"


def seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


SOON = seconds("2026-11-21T18:00:10Z")
WINDOW_END = "2027-01-01T00:00:00.000Z"
AFTER_WINDOW = "2027-01-01T00:00:00.001Z"


class Log:
    """The tree over some entries, and proofs from it."""

    def __init__(self, entries):
        self.entries = entries
        self.leaves = [log.leaf_hash(entry) for entry in entries]

    def note(self, size, by=ALL, time_s=SOON, root=None, origin=ORIGIN, seed=LOG):
        text = log.checkpoint_text(origin, size, root or log.root_hash(self.leaves[:size]))
        lines = log.log_line(origin, seed, text)
        lines += "".join(log.cosignature_line(*WITNESSES[name], text, time_s) for name in by)
        return text + "\n" + lines

    def proof(self, index, size=SIZE, **note):
        return log.proof_text(index, log.inclusion_path(index, self.leaves[:size]), self.note(size, **note))


def entry_of(built, **members):
    return dict(issuing.log_entry(built["payload"], built["receipt"]["kid"], built["given"]["stream_key_hex"]), **members)


class Setting:
    """The golden log, and the trust policy that knows it."""

    def __init__(self, cases):
        self.cases = cases
        self.names = [name for name, built in cases.golden.made.items() if built["payload"]["log"]["origin"] == ORIGIN]
        self.log = Log([canonical_bytes(entry_of(cases.golden.made[name])) for name in self.names])

    def policy(self, base, lines=LOG_LINES + QUORUM_LINES):
        return base.policy.replace("quorum none\n", lines)

    def bundle(self, base, proof, **entry):
        return base.with_members(log_proof={"entry": entry_of(base.built, **entry), "proof": proof})

    def add(self, name, about, proof=None, line=None, code=None, **more):
        base = more.pop("base", None) or self.cases.base()
        proof = self.log.proof(self.names.index(base.name)) if proof is None else proof
        more.setdefault("policy", self.policy(base))
        more["lines"] = dict(LOGGED, **more.get("lines", {}))
        if line == "log_inclusion" and code != "ok":
            more["lines"]["witnesses"] = NOT_COUNTED
        bundle = more.pop("bundle", None) or self.bundle(base, proof)
        self.cases.add(name, about, base, bundle, line, code, **more)


def add_all(cases):
    setting = Setting(cases)
    for add in (witnessed, followed, keys, stated_keys, wrong_logs, wrong_proofs, wrong_notes, streams_and_links):
        add(setting)


def witnessed(setting):
    tree = setting.log
    base = setting.cases.base()
    setting.add("witnessed", "In the log, under a checkpoint that three witnesses cosigned.",
                tree.proof(0), policy=setting.policy(base) + "require log_inclusion,witnesses:2\n")
    setting.add("witnessed_by_quorum", "Two of three witnesses are enough.", tree.proof(0, by=("one", "own")))
    setting.add("quorum_not_met", "One of three witnesses is not.", tree.proof(0, by=("one",)), "witnesses", "quorum_not_met")
    setting.add("independent_witnesses", "The quorum is met, but two witnesses that the issuer does not operate are asked for.",
                tree.proof(0, by=("one", "own")), "witnesses", "quorum_not_met", outcome="insufficient",
                policy=setting.policy(base) + "require witnesses:2\n")
    setting.add("not_witnessed", "The log alone signed.", tree.proof(0, by=()), "witnesses", "not_witnessed")
    note = tree.note(SIZE)
    stranger = log.cosignature_line("stranger.example/w", unhex("44"), note.split("\n\n")[0] + "\n", SOON)
    setting.add("unknown_witness_ignored", "A line by a witness that nobody named says nothing.",
                log.proof_text(0, log.inclusion_path(0, tree.leaves[:SIZE]), note + stranger))
    setting.add("no_quorum", "The trust policy asks for no witness.", None, "witnesses", "no_quorum_in_policy",
                policy=setting.policy(base, LOG_LINES + "quorum none\n"))
    text = note.split("\n\n")[0] + "\n"
    forged = note.replace(log.cosignature_line(*WITNESSES["two"], text, SOON),
                          log.cosignature_line(*WITNESSES["two"], text, SOON + 1)[:-5] + "AAA=\n")
    assert forged != note
    setting.add("cosignature_forged", "A known witness whose signature does not fit spoils the line.",
                log.proof_text(0, log.inclusion_path(0, tree.leaves[:SIZE]), forged), "witnesses", "cosignature_invalid")


def followed(setting):
    tree = setting.log
    last = setting.names[SIZE - 1]
    base = setting.cases.base(last)
    setting.add("last_of_70", "The last leaf of a tree that is no power of two.", tree.proof(SIZE - 1), base=base,
                at=issuing.after(base.payload["issued_at"], 30))
    setting.add("last_of_64", "The last leaf of a full tree.", tree.proof(SMALL_SIZE - 1, SMALL_SIZE),
                base=setting.cases.base(setting.names[SMALL_SIZE - 1]))
    setting.add("only_one", "The only leaf of a tree of one: the proof has no hashes.", tree.proof(0, 1))
    setting.add("extra_line", "Extra data in a proof is read past.",
                tree.proof(0).replace("\nindex", "\nextra aGVsbG8=\nindex", 1))


def keys(setting):
    tree = setting.log
    base = setting.cases.base()
    late = {"validity": "expired"}
    kid = base.receipt["kid"]
    named = lambda size, root: setting.policy(base) + "compromised %s before %s %d %s\n" % (kid, ORIGIN, size, b64(root))
    root_64 = log.root_hash(tree.leaves[:SMALL_SIZE])
    setting.add("expired_key", "The attested window has ended; witnesses saw the receipt before.", tree.proof(0),
                "key_status", "key_expired_logged", at=AFTER_WINDOW, lines=late)
    last = seconds("2027-01-01T01:00:00Z")
    setting.add("expired_key_last_second", "Cosigned one hour after the end of the window.", tree.proof(0, time_s=last),
                "key_status", "key_expired_logged", at="2027-01-02T00:00:00.000Z", lines=late)
    failed = dict(late, log_inclusion="log_too_late", witnesses=NOT_COUNTED)
    setting.add("expired_key_too_late", "Cosigned a second later.", tree.proof(0, time_s=last + 1), "key_status",
                "key_expired", at="2027-01-02T00:00:00.000Z", lines=failed)
    setting.add("expired_key_one_witness", "Only one witness saw it in time.", tree.proof(0, by=("one",)), "key_status",
                "key_expired", at=AFTER_WINDOW, lines=failed)
    setting.add("expired_key_no_quorum", "Without a quorum in the trust policy nobody saw it.", tree.proof(0), "key_status",
                "key_expired", at=AFTER_WINDOW, lines=failed, policy=setting.policy(base, LOG_LINES + "quorum none\n"))
    setting.add("expired_key_log_unknown", "The log that should show it is not in the trust policy.", tree.proof(0),
                "key_status", "key_expired", at=AFTER_WINDOW, policy=base.policy,
                lines=dict(late, log_inclusion="log_proof_required", witnesses=NOT_COUNTED))
    setting.add("compromised_key", "The key is named as compromised; the receipt was in the log before.",
                tree.proof(0, SMALL_SIZE), "key_status", "key_compromised_logged", policy=named(SMALL_SIZE, root_64))
    unwitnessed = named(SMALL_SIZE, root_64).replace(QUORUM_LINES, "quorum none\n")
    setting.add("compromised_key_unwitnessed", "No witness saw the checkpoint of the cut-off: it shows nothing.",
                tree.proof(0, SMALL_SIZE, by=()), "key_status", "key_compromised_unwitnessed", policy=unwitnessed,
                lines={"witnesses": "no_quorum_in_policy"})
    setting.add("compromised_key_one_witness", "One of three witnesses saw the checkpoint of the cut-off.",
                tree.proof(0, SMALL_SIZE, by=("one",)), "key_status", "key_compromised_unwitnessed",
                policy=named(SMALL_SIZE, root_64), lines={"witnesses": "quorum_not_met"})
    setting.add("compromised_key_expired", "The same when the window has ended as well.", tree.proof(0, SMALL_SIZE),
                "key_status", "key_expired_logged", policy=named(SMALL_SIZE, root_64), at=AFTER_WINDOW, lines=late)
    failed = {"log_inclusion": "log_too_late", "witnesses": NOT_COUNTED}
    setting.add("compromised_key_later_checkpoint", "A proof to a later checkpoint does not show it.", tree.proof(0),
                "key_status", "key_compromised", policy=named(SMALL_SIZE, root_64), lines=failed)
    setting.add("compromised_key_other_root", "The cut-off names another tree of that size.", tree.proof(0, SMALL_SIZE),
                "key_status", "key_compromised", policy=named(SMALL_SIZE, bytes(32)), lines=failed)
    setting.add("compromised_key_after_cut_off", "A receipt that came after the cut-off.",
                tree.proof(SMALL_SIZE), "key_status", "key_compromised", policy=named(SMALL_SIZE, root_64), lines=failed,
                base=setting.cases.base(setting.names[SMALL_SIZE]))


def stated_keys(setting):
    """The cut-off comes with the bundle, in a statement of a root."""
    tree = setting.log
    base = setting.cases.base()
    kid = base.receipt["kid"]

    def said(size=SMALL_SIZE, seed=ROOT, wrapper=None, **members):
        return issuing.key_compromise(seed, dict({
            "root_key_id": "golden-root-1", "issued_at": "2026-11-21T18:05:00.000Z", "issuer": "golden.example",
            "environment": "development", "subject": {"kid": kid}, "cut_off": said_cut_off(tree, size)}, **members), **(wrapper or {}))

    def put(name, about, proof, statements, *expected, **more):
        bundle = dict(setting.bundle(base, proof), key_compromises=statements)
        setting.add("stated_" + name, about, proof, *expected, bundle=bundle, **more)
    small, failed = tree.proof(0, SMALL_SIZE), {"log_inclusion": "log_too_late", "witnesses": NOT_COUNTED}
    logged, invalid = ("key_status", "key_compromised_logged"), ("key_status", "key_compromise_invalid")
    compromised = ("key_status", "key_compromised")
    put("key", "A root says that the key is compromised; the receipt was in the log before.", small, [said()], *logged)
    put("key_later_checkpoint", "A proof to a later checkpoint does not show it.", tree.proof(0), [said()], *compromised,
        lines=failed)
    cases = setting.cases
    cases.add("stated_key_without_proof", "A root says that the key is compromised, and nothing shows the log.", base,
              base.with_members(key_compromises=[said()]), *compromised, policy=setting.policy(base),
              lines={"log_inclusion": "log_proof_required"})
    put("key_unwitnessed", "No witness saw the checkpoint of the cut-off: it shows nothing.",
        tree.proof(0, SMALL_SIZE, by=()), [said()], "key_status", "key_compromised_unwitnessed",
        policy=setting.policy(base, LOG_LINES + "quorum none\n"), lines={"witnesses": "no_quorum_in_policy"})
    put("key_smaller_counts", "Of two cut-offs the smaller counts, whatever their order.", small, [said(), said(70)], *logged)
    line = "compromised %s before %s %d %s\n" % (kid, ORIGIN, 70, b64(log.root_hash(tree.leaves[:70])))
    put("key_before_policy", "The policy has a larger cut-off.", small, [said()], *logged, policy=setting.policy(base) + line)
    put("key_after_policy", "The policy has a smaller cut-off, and it counts.", small, [said(70)], *logged,
        policy=setting.policy(base) + line.replace(" 70 %s" % b64(log.root_hash(tree.leaves[:70])),
                                                   " 64 %s" % b64(log.root_hash(tree.leaves[:64]))))
    put("other_key", "A statement about another key says nothing of this one.", tree.proof(0),
        [said(subject={"kid": issuing.thumbprint(issuing.public_key(unhex("77")))})])
    stranger = {"root_key_id": "attacker-root-1",
                "root_public_key_fingerprint_sha256": issuing.sha256(issuing.public_key(unhex("67"))).hex()}
    put("by_stranger", "A root that the trust policy does not name is not listened to.", tree.proof(0),
        [said(seed=unhex("67"), root_key_id="attacker-root-1")])
    put("for_other_environment", "The root does not speak for that environment in this trust policy.", tree.proof(0),
        [said(environment="staging", cut_off={"origin": "golden.example/staging", "size": 0, "checkpoint": "none",
                                              "root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="})])
    wrong = lambda name, about, statement, **more: put(name, about, tree.proof(0), [statement], *invalid, **more)
    wrong("forged", "Somebody who has not the root's key names it.", said(seed=unhex("67"), wrapper={"root_seed": ROOT}))
    wrong("root_fingerprint", "The id of the trusted root and another fingerprint.", said(seed=unhex("67")))
    wrong("wrapper_root", "The wrapper names the trusted root, the payload another.",
          dict(said(seed=unhex("67"), root_key_id="attacker-root-1"), root_key_id="golden-root-1"))
    wrong("stranger_malformed", "A statement that has not its form spoils the line, whoever made it.",
          dict(said(), **dict(stranger, payload_b64="e30=")))
    wrong("origin", "The origin is not of issuer and environment.", said(environment="staging"))
    wrong("object", "An attestation in the place of a statement.", base.attestation)
    wrong("time", "A time that does not exist.", said(issued_at="2026-11-31T18:05:00.000Z"))
    wrong("size", "A size that is a text.", said(cut_off=dict(said_cut_off(tree), size="64")))
    put("second_forged", "A good statement does not save the line from a forged one.", tree.proof(0),
        [said(subject={"kid": issuing.thumbprint(issuing.public_key(unhex("77")))}),
         said(seed=unhex("67"), wrapper={"root_seed": ROOT})], *invalid)
    cases.bad_input("stated_empty", "A list that is there has an item.", base, base.with_members(key_compromises=[]),
                    policy=setting.policy(base))
    cases.bad_input("stated_text", "A list of objects.", base, base.with_members(key_compromises=["x"]),
                    policy=setting.policy(base))


def said_cut_off(tree, size=SMALL_SIZE):
    return {"origin": ORIGIN, "size": size, "root": b64(log.root_hash(tree.leaves[:size])), "checkpoint": tree.note(size)}


def wrong_logs(setting):
    tree = setting.log
    base = setting.cases.base()
    setting.add("log_not_in_policy", "The trust policy names no log.", None, "log_inclusion", "log_not_in_policy",
                policy=base.policy)
    other = "golden.example/staging"
    staging = setting.policy(base).replace(LOG_LINES, LOG_LINES + "log %s\n" % log.verifier_key(other, 1, unhex("32")))
    setting.add("other_log", "A checkpoint of another log of the same issuer.",
                tree.proof(0, origin=other, seed=unhex("32")), "log_inclusion", "log_origin_mismatch", policy=staging)
    setting.add("log_key_of_attacker", "A checkpoint with the right origin, signed by somebody else.",
                tree.proof(0, seed=unhex("66")), "log_inclusion", "log_signature_invalid")
    setting.add("log_root_of_attacker", "The log signed another root.", tree.proof(0, root=bytes(32)), "log_inclusion",
                "log_inclusion_invalid")
    seen = {"size": SIZE + 1, "root": b64(bytes(32))}
    payload = dict(base.payload, log=dict(base.payload["log"], seen=seen))
    receipt = issuing.envelope(canonical_bytes(payload), SIGNING)
    entry = issuing.log_entry(payload, receipt["kid"], base.built["given"]["stream_key_hex"])
    forked = Log(tree.entries[:SIZE] + [canonical_bytes(entry)])
    setting.add("seen_another_root", "The receipt names a checkpoint of the same size with another root.", "", "log_inclusion",
                "log_seen_conflict", bundle=base.with_members(
                    receipt=receipt, log_proof={"entry": entry, "proof": forked.proof(SIZE, SIZE + 1)}))


def wrong_proofs(setting):
    tree = setting.log
    base = setting.cases.base()
    path = log.inclusion_path(0, tree.leaves[:SIZE])
    note = tree.note(SIZE)
    wrong = lambda name, about, index, nodes: setting.add(
        name, about, log.proof_text(index, nodes, note), "log_inclusion", "log_inclusion_invalid")
    wrong("proof_index", "The place of the next leaf.", 1, path)
    wrong("proof_index_beyond", "A place beyond the tree.", SIZE, path)
    wrong("proof_hash_missing", "One hash fewer.", 0, path[:-1])
    wrong("proof_hash_added", "One hash more.", 0, path + [bytes(32)])
    wrong("proof_hash_changed", "One hash changed.", 0, [bytes(32)] + path[1:])
    wrong("proof_for_another_leaf", "The proof that belongs to another receipt.", 5, log.inclusion_path(5, tree.leaves[:SIZE]))
    setting.add("entry_tag_changed", "Another tag in the entry: another leaf.", "", "log_inclusion", "log_inclusion_invalid",
                bundle=setting.bundle(base, tree.proof(0), tag=issuing.b64url(bytes(32))))


def wrong_notes(setting):
    good = setting.log.proof(0)
    malformed = lambda name, about, text: setting.add(name, about, text, "log_inclusion", "log_proof_malformed")
    malformed("proof_header", "Another first line.", good.replace("@v1", "@v2", 1))
    malformed("proof_index_leading_zero", "An index with a leading zero.", good.replace("index 0", "index 00", 1))
    malformed("proof_short_hash", "A hash of 31 bytes.",
              log.proof_text(0, [bytes(31)], setting.log.note(SIZE)))
    malformed("proof_carriage_return", "CR LF.", good.replace("\n", "\r\n"))
    malformed("proof_truncated", "No checkpoint.", good.split("\n\n")[0] + "\n")
    malformed("proof_size_leading_zero", "A size with a leading zero.", good.replace("\n70\n", "\n070\n", 1))
    malformed("proof_size_beyond", "A size beyond 2^53-1.", good.replace("\n70\n", "\n9007199254740992\n", 1))
    malformed("proof_empty", "An empty text.", "\n")
    changed = good.replace("\n70\n", "\n71\n", 1)
    setting.add("checkpoint_changed", "Another size, not signed again.", changed, "log_inclusion", "log_signature_invalid")
    text = setting.log.note(SIZE).split("\n\n")[0] + "\n"
    without = good.replace(log.log_line(ORIGIN, LOG, text), "")
    setting.add("log_signature_absent", "Witnesses signed and the log did not.", without, "log_inclusion",
                "log_signature_invalid")


def streams_and_links(setting):
    tree = setting.log
    base = setting.cases.base()
    key = {"stream_key": issuing.b64url(bytes.fromhex(base.built["given"]["stream_key_hex"]))}
    setting.add("tag_fits", "Told the stream key, a partner finds the receipt under its tag.", None, "completeness",
                "stream_checked", options=key)
    moved = entry_of(base.built, tag=issuing.b64url(bytes(32)))
    other = Log([canonical_bytes(moved)] + tree.entries[1:SIZE])
    setting.add("tag_of_another_place", "Logged under another tag: the operator hides a place of the stream.", "",
                "completeness", "tag_mismatch", options=key,
                bundle=base.with_members(log_proof={"entry": moved, "proof": other.proof(0)}))
    confirmation = setting.cases.base("confirmation_executed")
    about = setting.cases.base("allow_zero")
    linked = {"receipt": about.receipt, "opening": about.opening}
    proof = {"entry": entry_of(about.built), "proof": tree.proof(setting.names.index("allow_zero"))}
    setting.add("linked_decision_logged", "A confirmation and its decision, both in the log.",
                tree.proof(setting.names.index("confirmation_executed"), 80), base=confirmation,
                bundle=confirmation.with_members(
                    linked=[dict(linked, log_proof=proof)],
                    log_proof={"entry": entry_of(confirmation.built),
                               "proof": tree.proof(setting.names.index("confirmation_executed"), 80)}))
    bad = dict(proof, proof=tree.proof(1))
    plain = {"log_inclusion": "log_inclusion_pending", "witnesses": "not_witnessed", "commitment": "opening_missing"}
    setting.add("linked_decision_badly_logged", "The linked decision comes with the log proof that belongs to another receipt.", "",
                "confirmation", "linked_invalid", base=confirmation, lines=plain, needs=["log_inclusion"],
                bundle=confirmation.with_members(linked=[dict(linked, log_proof=bad)]))
