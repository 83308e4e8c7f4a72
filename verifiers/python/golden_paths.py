"""Path documents of the golden cases. Written by hand; once released they never change."""

import json
import os

SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "spec")

with open(os.path.join(SPEC, "sample-path.json"), encoding="utf-8") as file:
    SAMPLE = json.load(file)


def rule(rule_id, when, verdict, reason, obligations=None):
    made = {"id": rule_id, "when": when, "verdict": verdict, "reason": reason}
    if obligations is not None:
        made["obligations"] = obligations
    return made


def path(path_id, salt, **members):
    """A path of the partner harbor_bank; `members` replace the plain ones below."""
    made = {"schema": "craton.boundary.path.v1", "path_id": path_id, "version": 1, "salt": salt,
            "partner_id": "harbor_bank", "unit": "treasury", "gate_type": path_id.replace("-", "_"),
            "system_scope": "payment_hub", "decision_types": ["release_request"],
            "authority": {"sources": ["approval_workflow"], "owners": ["*"], "minimum_class": "submitted"},
            "facts": [], "action_digest": "optional", "enforcement": "enforce",
            "reference_reuse": "flag", "on_unavailable": {"mode": "block"}}
    rules, lifetime_s = members.pop("rules"), members.pop("lifetime_s", None)
    made.update(members)
    made = {name: value for name, value in made.items() if value is not None}
    made["policy"] = {"profile": "craton.cel.profile.v1", "rules": rules}
    if lifetime_s is not None:
        made["policy"]["lifetime_s"] = lifetime_s
    return made


PRESENT = 'authority.status == "present"'
ALLOW_PRESENT = [rule("authorized", PRESENT, "allow", "authorized")]

# Demands everything that is tested before the rules.
STRICT = path(
    "strict-release", "c3RyaWN0LXJlbGVhc2UtMQ", version=3,
    decision_types=["release_request", "urgent_release"],
    authority={"sources": ["approval_workflow", "treasury_desk"],
               "owners": ["release_owner", "treasury_lead"], "minimum_class": "signature_verified"},
    facts=[{"name": "country", "type": "string", "required": True, "max_length": 2}],
    action_digest="required", reference_reuse="refuse", on_unavailable={"mode": "hold", "max_s": 900},
    rules=ALLOW_PRESENT)

# Only the named owners; nothing else is demanded.
OWNERS = path(
    "named-owners", "bmFtZWQtb3duZXJzLS0tMQ",
    authority={"sources": ["*"], "owners": ["release_owner"], "minimum_class": "submitted"},
    rules=ALLOW_PRESENT)

# Wants an approval whose status was checked.
CHECKED = path(
    "status-wanted", "c3RhdHVzLXdhbnRlZC0tMQ",
    authority={"sources": ["approval_workflow"], "owners": ["*"], "minimum_class": "status_checked"},
    rules=ALLOW_PRESENT)

ACTION = path("bound-action", "Ym91bmQtYWN0aW9uLS0tMQ", action_digest="required", rules=ALLOW_PRESENT)

RUNS = path(
    "bound-action-runs", "Ym91bmQtYWN0aW9ucnVucw", gate_type="bound___action", action_digest="required",
    rules=ALLOW_PRESENT)

MOVED = path("moved-store", "bW92ZWQtc3RvcmUtLS0tMQ", rules=ALLOW_PRESENT)

REUSE = path("no-reuse", "bm8tcmV1c2UtLS0tLS0tMQ", reference_reuse="refuse", rules=ALLOW_PRESENT)

# A declared fact of every type, required and not.
FACTS = path(
    "declared-facts", "ZGVjbGFyZWQtZmFjdHMtMQ",
    facts=[{"name": "country", "type": "string", "required": True, "max_length": 8},
           {"name": "score", "type": "integer", "required": True, "min": -100, "max": 100},
           {"name": "domestic", "type": "boolean", "required": True},
           {"name": "fee", "type": "decimal2", "required": True, "min": 0, "max": 100000},
           {"name": "desk", "type": "string", "required": False, "max_length": 64},
           {"name": "retries", "type": "integer", "required": False, "min": 0, "max": 10},
           {"name": "repeat", "type": "boolean", "required": False},
           {"name": "rebate", "type": "decimal2", "required": False, "min": 0, "max": 5000}],
    on_unavailable={"mode": "allow_below", "cents": 10000, "per_hour": 5},
    rules=[
        rule("scored", 'facts.score >= -20 && facts.country in ["CH", "DE", "\u65e5\u672c"]', "allow", "score_accepted"),
        rule("low-score", "facts.score < -20", "reject", "score_too_low"),
        rule("fee", "!facts.domestic && facts.fee > 1250", "constrain", "fee_needs_review",
             [{"type": "fee_review", "desk": "treasury"}]),
        rule("desk", 'has(facts.desk) && facts.desk.startsWith("night-")', "constrain", "night_desk",
             [{"type": "callback", "recorded": True}]),
        rule("rebate", "has(facts.rebate) && facts.rebate == 5000", "reject", "rebate_too_high"),
        rule("again", "!has(facts.repeat) || facts.repeat == false", "allow", "first_attempt"),
    ])

# Several obligations, in several rules, one of them twice.
DUTIES = path(
    "many-duties", "bWFueS1kdXRpZXMtLS0tMQ", decision_types=["release_request", "cross_border"],
    rules=[
        rule("authorized", PRESENT, "allow", "authorized"),
        rule("large", "has(request.decision_size_usd_cents) && request.decision_size_usd_cents > 1000000",
             "constrain", "large_amount",
             [{"type": "notify", "channel": "risk_desk"}, {"type": "dual_control", "approvals": 2}]),
        rule("abroad", 'has(request.decision_type) && request.decision_type == "cross_border"',
             "constrain", "cross_border",
             [{"type": "hold", "minutes": 30}, {"type": "notify", "channel": "risk_desk"},
              {"type": "notify", "channel": "board"}]),
        rule("large-again", "has(request.decision_size_usd_cents) && request.decision_size_usd_cents > 2000000",
             "constrain", "large_amount", [{"type": "dual_control", "approvals": 2}]),
        rule("over-limit", "has(request.decision_size_usd_cents) && request.decision_size_usd_cents > 100000000",
             "reject", "over_limit"),
    ])

WATCH = path(
    "watch-only", "d2F0Y2gtb25seS0tLS0tMQ", enforcement="observe", lifetime_s=86400,
    rules=[
        rule("authorized", PRESENT, "allow", "authorized"),
        rule("large", "has(request.decision_size_usd_cents) && request.decision_size_usd_cents >= 1000000",
             "constrain", "large_amount", [{"type": "dual_control", "approvals": 2}]),
        rule("huge", "has(request.decision_size_usd_cents) && request.decision_size_usd_cents >= 100000000",
             "reject", "over_limit"),
    ])

# Three paths of one gate: two decision types by name, and any other.
GATE_EXACT = path("gate-exact", "Z2F0ZS1leGFjdC0tLS0tMQ", gate_type="typed_gate", rules=ALLOW_PRESENT)
GATE_STAR = path("gate-star", "Z2F0ZS1zdGFyLS0tLS0tMQ", gate_type="typed_gate", decision_types=["*"],
                 rules=[rule("any", PRESENT, "constrain", "any_type", [{"type": "review"}])])
GATE_OTHER = path("gate-other", "Z2F0ZS1vdGhlci0tLS0tMQ", gate_type="typed_gate",
                  decision_types=["other_request"], rules=ALLOW_PRESENT)

WINDOWS = path(
    "daily-windows", "ZGFpbHktd2luZG93cy0tMQ", lifetime_s=60,
    rules=[
        rule("authorized", PRESENT, "allow", "authorized"),
        rule("often", "facts.window_count_24h >= 3", "constrain", "many_today", [{"type": "dual_control", "approvals": 2}]),
        rule("split", "has(request.decision_size_usd_cents) && facts.window_sum_usd_cents_24h > 5000000",
             "reject", "daily_limit"),
    ])

WINDOW_COUNT = path(
    "daily-count", "ZGFpbHktY291bnQtLS0tMQ",
    rules=[rule("few", "facts.window_count_24h < 10", "allow", "few_today")])

TIMES = path(
    "until-a-time", "dW50aWwtYS10aW1lLS0tMQ", unit=None, lifetime_s=1,
    rules=[
        rule("open", 'now < timestamp("2026-11-21T20:00:00.000Z")', "allow", "before_close"),
        rule("late", 'now - timestamp("2026-11-21T00:00:00Z") >= duration("20h")', "reject", "after_close"),
    ])

WORDS = path(
    "words", "d29yZHMtd29yZHMtLS0tMQ",
    authority={"sources": ["approval_workflow", "treasury_desk"], "owners": ["*"],
               "minimum_class": "submitted"},
    rules=[
        rule("shape", 'authority.reference.startsWith("APR-") && authority.reference.endsWith("-final")'
             ' && authority.reference.contains("2026") && size(authority.reference) == 16',
             "allow", "reference_accepted"),
        rule("desk", 'authority.source != "approval_workflow" && authority.class in ["submitted", "signature_verified"]',
             "constrain", "desk_source", [{"type": "callback", "recorded": True}]),
        rule("smiles", 'size(authority.reference) == 2', "reject", "reference_too_short"),
    ])

NOTHING = path(
    "no-rule", "bm8tcnVsZS0tLS0tLS0tMQ",
    rules=[rule("never", 'authority.status == "granted_twice"', "allow", "granted_twice")])

# The path that deployments are checked against.
DEPLOYMENT = path(
    "deployment-approval", "ZGVwbG95bWVudC0tLS0tMQ", partner_id="craton_operator", unit=None,
    gate_type="deployment_approval_gate", system_scope="rollout",
    decision_types=["deployment_approval_request"],
    authority={"sources": ["rollout_gates"], "owners": ["business_owner"], "minimum_class": "submitted"},
    action_digest="required", reference_reuse="refuse",
    rules=[rule("gates", 'authority.status == "gates_passed"', "allow", "gates_passed")])
