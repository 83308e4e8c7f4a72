"""What spec/receipt.md, section 5, asks of a payload and a schema cannot say."""
from json_forms import canonical, moment, need


def are_times(*texts):
    """Do these times, which have their form, exist in the calendar?"""
    try:
        return all(moment(text) for text in texts)
    except ValueError:
        return False


def in_order(items):
    return all(left < right for left, right in zip(items, items[1:]))


def check_rules_between_members(payload):
    """What receipt.md, section 5, asks for and a schema cannot say; ValueError when it is broken."""
    for name in ("issued_at", "evaluated_at", "expires_at", "executed_at"):
        moment(payload.get(name, payload["issued_at"]))
    need(payload["log"]["origin"] == payload["issuer"] + "/" + payload["environment"])
    need(moment(payload["log"]["merge_by"]) == moment(payload["issued_at"], 3600))
    need(in_order(payload.get("flags", [])) and in_order(payload.get("reasons", [])))
    need("gap" not in payload or payload["gap"]["from_seq"] <= payload["gap"]["to_seq"])
    if payload["receipt_type"] == "boundary_decision":
        need(in_order([canonical(obligation) for obligation in payload["obligations"]]))
        need(payload["obligations"] == [] or payload["verdict"] == "constrain")
        need(payload["evaluated_at"] <= payload["issued_at"] < payload["expires_at"])
