"""Builds the inputs of golden cases: request bodies, times, and the list of cases."""

import datetime
import json

SHARED_KEYS = {"signing": "02" * 32, "root": "01" * 32}
STAGING_KEYS = {"signing": "12" * 32, "root": "01" * 32}
OTHER_ISSUER_KEYS = {"signing": "13" * 32, "root": "01" * 32}
SECOND_ROOT = "11" * 32
APPROVALS = "approvals.example"
ISSUER = "golden.example"
START = datetime.datetime(2026, 11, 21, 18, 0, 0)

CASES = []


class Raw(str):
    """JSON text that goes into a request as it stands."""


def text(value):
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(n) + ":" + text(v) for n, v in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def request(partner="harbor_bank", gate=None, scope="payment_hub", **members):
    """The body of a check. `status`, `source`, `reference` and `facts` go into the context."""
    context = {"authorization_status": members.pop("status", "present"),
               "authorization_reference": members.pop("reference", "APR-1"),
               "authorization_source": members.pop("source", "approval_workflow")}
    if "facts" in members:
        context["facts"] = Raw(members.pop("facts"))
    body = {"partner_id": partner, "gate_type": gate, "system_scope": scope}
    if "amount" in members:
        body["decision_size_usd"] = Raw(members.pop("amount"))
    body.update(members)
    body.setdefault("external_reference", "ref-%03d" % (len(CASES) + 1))
    body["context"] = context
    return text(body)


def sample_request(**members):
    """A request to the sample path of development."""
    members.setdefault("decision_type", "threshold_execution_request")
    if members["decision_type"] is None:
        del members["decision_type"]
    members.setdefault("reference", "approval-2026-001")
    return request("northstar_controls", "threshold_gate", "operations_console", **members)


def at(second, millisecond=0):
    moment = START + datetime.timedelta(seconds=second)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % millisecond


def add(name, about, given, full, **more):
    """Adds a case. `full` maps report lines to codes where they differ from the plain ones."""
    number = len(CASES) + 1
    made = {"receipt_type": "boundary_decision", "issuer": ISSUER, "environment": "development",
            "seeds_hex": SHARED_KEYS, "root_key_id": "golden-root-1",
            "nonce_hex": "%02x" % (number + 3) * 16,
            "request_id": "req_019aa000-0000-7000-8000-%012x" % number,
            "evaluated_at": at(number - 1), "issued_at": at(number - 1, number % 9), "epoch": 1,
            "ledger": {"reference_reused": False}}
    made.update(given)
    CASES.append({"name": name, "about": about, "given": made, "full": full, "more": more})


def decision(name, about, body, documents, outcome, full=None, **more):
    """`outcome` = (verdict, reasons, obligations)."""
    given = {"body_text": body, "paths": documents, "verdict": outcome[0], "reasons": outcome[1],
             "obligations": outcome[2] if len(outcome) > 2 else []}
    given.update(more.pop("given", {}))
    add(name, about, given, full or {}, **more)
