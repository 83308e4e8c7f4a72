"""The golden cases: inputs, and the expected verdicts, reasons, obligations and report codes.

Everything expected here was written by hand from spec/policy.md and spec/verification.md; nothing
is computed by an evaluator or a verifier. Cases are only ever added at the end: the place of a
case decides its request id, nonce, times and sequence number.
"""

import golden_decisions as decisions
import golden_paths as paths
from golden_inputs import CASES, add, at, decision, request

CONFIRMED = {"validity": "not_applicable", "verdict_recomputed": "not_applicable",
             "authority": "not_applicable", "obligations": "not_applicable",
             "confirmation": "decision_linked"}


def following(name, about, kind, given, decision_lines, **more):
    """A receipt about the decision of the case `given["decision"]`. `decision_lines` are the lines
    of the bundle of that decision with this receipt linked."""
    lines = dict(CONFIRMED)
    if kind == "deployment_record":
        lines["action_bound"] = "not_applicable"
    elif "action_digest" in given:
        lines["action_bound"] = "action_not_given"
    base = {"receipt_type": kind, "evaluated_at": None, "ledger": None, "nonce_hex": None}
    if kind == "deployment_record":
        base["request_id"] = None
    base.update(given)
    add(name, about, base, lines, decision_lines=decision_lines, **more)


SAME_KEY = {"key_id": "host_key_1", "class": "same_key"}
OTHER_KEY = {"key_id": "host_key_2", "class": "other_key"}
OTHER_PARTY = {"key_id": "auditor_key_1", "class": "other_party"}


def confirm(name, about, on, outcome, by, code, **more):
    """A confirmation at second 120 or later; `late` ones come when the decision has expired."""
    late = more.pop("late", False)
    given = {"decision": on, "outcome": outcome, "confirmer": by, "flags": [],
             "issued_at": at(len(CASES) + (750 if late else 50), 250)}
    following(name, about, "execution_confirmation", dict(given, **more),
              {"confirmation": code, "validity": "expired" if late else "ok"})


def claim(name, about, on, late=False, **more):
    given = {"decision": on, "confirmer": SAME_KEY, "flags": [],
             "issued_at": at(len(CASES) + (750 if late else 20), 750)}
    following(name, about, "execution_claim", dict(given, **more),
              {"confirmation": "claimed", "validity": "expired" if late else "ok"})


def confirmations():
    confirm("confirmation_executed", "The key that asked says that it executed.", "allow_zero", "executed", SAME_KEY,
            "confirmed_by_same_key", executed_at=at(100))
    confirm("confirmation_not_executed", "Another key of the host says that it did not.", "allow_one_fraction_digit",
            "not_executed", OTHER_KEY, "confirmed_by_other_key")
    confirm("confirmation_failed", "Another party says that the attempt failed.", "allow_trailing_zero", "failed",
            OTHER_PARTY, "confirmed_by_other_party", executed_at=at(101))
    confirm("confirmation_unknown", "Nobody knows what happened.", "allow_required_members_only", "unknown", SAME_KEY,
            "confirmed_by_same_key")
    confirm("confirmation_of_action", "The executed action is the one that the decision binds.", "allow_all_members",
            "executed", OTHER_PARTY, "confirmed_by_other_party", executed_at=at(102),
            action_digest="sha256:" + "ab" * 32)
    confirm("confirmation_after_reject", "Executed although it was rejected.", "reject_over_limit", "executed",
            OTHER_KEY, "confirmed_with_flags", executed_at=at(103), flags=["after_reject"])
    confirm("confirmation_action_mismatch", "Another action was executed.", "allow_strict", "executed", SAME_KEY,
            "confirmed_with_flags", executed_at=at(104), action_digest="sha256:" + "55" * 32,
            flags=["action_mismatch"])
    confirm("confirmation_conflict", "Contradicts an earlier confirmation.", "allow_zero", "not_executed", OTHER_KEY,
            "confirmations_conflict", flags=["conflicts_with_earlier"])
    confirm("confirmation_of_unmatched", "Executed although no path was live.", "reject_type_not_listed", "executed",
            SAME_KEY, "confirmed_with_flags", executed_at=at(105), flags=["after_reject"])
    confirm("confirmation_after_expiry", "Executed after expires_at.", "constrain_first_cent", "executed", SAME_KEY,
            "confirmed_with_flags", late=True, executed_at=at(700), flags=["after_expiry"])
    confirm("confirmation_all_flags", "Every flag, sorted.", "reject_class_still_too_low", "executed", OTHER_PARTY,
            "confirmations_conflict", late=True, executed_at=at(800), action_digest="sha256:" + "66" * 32,
            flags=["action_mismatch", "after_expiry", "after_reject", "conflicts_with_earlier"])
    claim("claim", "One winner before execution.", "allow_any_source")
    claim("claim_of_action", "A claim that names the action.", "allow_runs_in_labels",
          action_digest="sha256:" + "33" * 32)
    claim("claim_after_expiry", "Claimed too late.", "constrain_last_cent", late=True, flags=["after_expiry"])


def deployments():
    digest = lambda pair: "sha256:" + pair * 32
    ask = lambda number, owner="business_owner": request(
        "craton_operator", "deployment_approval_gate", "rollout", decision_type="deployment_approval_request",
        decision_owner=owner, status="gates_passed", source="rollout_gates", reference="rollout-%d" % number,
        action_digest=digest("7%d" % number))
    lines = {"action_bound": "action_not_given"}
    decision("allow_deployment", "A deployment is itself a boundary check.", ask(1), [paths.DEPLOYMENT],
             ("allow", ["gates_passed"]), lines, given={"evaluated_at": at(900), "issued_at": at(900)})
    decision("allow_rollback", "So is a rollback.", ask(2), [paths.DEPLOYMENT], ("allow", ["gates_passed"]), lines,
             given={"evaluated_at": at(901), "issued_at": at(901)})
    scope = {"partner_id": "harbor_bank", "unit": "treasury", "gate_type": "strict_release",
             "system_scope": "payment_hub", "path_id": "strict-release", "path_version": 3}
    record = {"schema": "craton.deployment.record.v1", "rollout_id": "rollout-1", "action": "deploy",
              "path": scope, "packet_digest": digest("81"), "policy_digest": digest("82"),
              "gates": [{"id": "G1.1", "result": "pass", "evidence_digest": digest("83"),
                         "evaluated_at": at(880), "evaluator": "draft_coverage"},
                        {"id": "G4.4", "result": "pass", "evidence_digest": digest("84"),
                         "evaluated_at": at(899), "evaluator": "deploy"}],
              "approvals": [{"role": "security_owner", "actor": "act_1", "decision": "approved",
                             "reason_digest": digest("85"), "packet_digest": digest("81"), "at": at(890)},
                            {"role": "platform_owner", "actor": "act_2", "decision": "approved",
                             "reason_digest": digest("86"), "packet_digest": digest("81"), "at": at(895)}],
              "readiness_digest": digest("87")}
    linked = dict(lines, confirmation="no_confirmation")
    following("deployment_record", "What was deployed, bound to the decision that allowed it.", "deployment_record",
              {"decision": "allow_deployment", "record": record, "issued_at": at(902)}, linked)
    back = dict(record, rollout_id="rollout-2", action="rollback", gates=[], approvals=[],
                previous_record_digest=digest("88"), supersedes="rollout-1")
    following("deployment_record_rollback", "A rollback names the record before it.", "deployment_record",
              {"decision": "allow_rollback", "record": back, "issued_at": at(903)}, linked)


def gaps():
    plain = {name: "not_applicable" for name in (
        "validity", "action_bound", "commitment", "verdict_recomputed", "authority", "obligations", "confirmation")}
    for name, about, path_id, gap in (
            ("gap_disclosure", "The issuer says which receipts of a stream are lost, and why.", "sample-threshold",
             {"receipt_type": "boundary_decision", "epoch": 1, "from_seq": 41, "to_seq": 43, "reason": "store_restored"}),
            ("gap_disclosure_unmatched", "One receipt of a stream without a path.", "unmatched",
             {"receipt_type": "execution_claim", "epoch": 2, "from_seq": 1, "to_seq": 1, "reason": "erased"})):
        add(name, about, {"receipt_type": "gap_disclosure", "request_id": None, "evaluated_at": None, "ledger": None,
                          "partner_id": "northstar_controls", "path_id": path_id, "gap": gap,
                          "issued_at": at(1000 + len(CASES))}, plain)


for group in (decisions.first_three, decisions.amounts, decisions.sample_reasons, decisions.matching,
              decisions.before_the_rules, decisions.evaluation, decisions.facts, decisions.texts,
              decisions.approvals, decisions.places, decisions.attested_windows, decisions.policy_error,
              confirmations, deployments, gaps, decisions.times_of_checking):
    group()
