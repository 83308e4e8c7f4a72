"""Golden decisions: requests, and the verdicts, reasons, obligations and report codes expected.

Everything expected was written by hand from spec/policy.md and spec/verification.md.
"""

import golden_paths as paths
from golden_inputs import (APPROVALS, OTHER_ISSUER_KEYS, SECOND_ROOT, STAGING_KEYS, at, decision, request,
                           sample_request)


def amounts():
    """The sample path at its limits."""
    two = [{"type": "dual_control", "approvals": 2}]
    stated = {"obligations": "obligations_stated"}
    for name, about, amount, outcome, full in (
            ("constrain_first_cent", "One cent above the limit.", "500000.01",
             ("constrain", ["dual_control_required"], two), stated),
            ("constrain_last_cent", "The upper limit itself.", "1000000",
             ("constrain", ["dual_control_required"], two), stated),
            ("reject_over_limit", "One cent above the upper limit.", "1000000.01",
             ("reject", ["over_limit"]), {}),
            ("allow_zero", "An amount of nothing is an amount.", "0", ("allow", ["within_limit"]), {}),
            ("allow_one_fraction_digit", "0.5 is fifty cents.", "0.5", ("allow", ["within_limit"]), {}),
            ("allow_trailing_zero", "10.50 is 1050 cents and hashes as 10.5.", "10.50",
             ("allow", ["within_limit"]), {}),
            ("reject_largest_amount", "The largest amount that can be sent.", "9999999999999.99",
             ("reject", ["over_limit"]), {})):
        decision(name, about, sample_request(amount=amount), [paths.SAMPLE], outcome, full)


def sample_reasons():
    sample = [paths.SAMPLE]
    decision("reject_amount_required", "No amount.", sample_request(), sample, ("reject", ["amount_required"]))
    decision("reject_authorization_missing", "An allow rule is true as well; the most severe verdict wins.",
             sample_request(amount="500000", status="absent"), sample, ("reject", ["authorization_missing"]))
    decision("reject_two_reasons", "Two reject rules are true; reasons are sorted.",
             sample_request(status="absent"), sample, ("reject", ["amount_required", "authorization_missing"]))
    decision("reject_over_limit_unauthorized", "Two reject rules are true, in the other order of the document.",
             sample_request(amount="2000000", status="absent"), sample,
             ("reject", ["authorization_missing", "over_limit"]))
    decision("allow_required_members_only", "Only the required members and an amount; without decision_type the "
             "only path matches, and the snapshot has none either.",
             sample_request(decision_type=None, amount="1"), sample, ("allow", ["within_limit"]))
    decision("allow_all_members", "Every member that a request can have.",
             sample_request(amount="12.34", decision_owner="operations_owner", case_id="case-1",
                            action_digest="sha256:" + "ab" * 32,
                            authorization_evidence="sha256:" + "cd" * 32), sample,
             ("allow", ["within_limit"]), {"action_bound": "action_not_given"})
    decision("reject_source_out_of_scope", "The authorization source is not one of the path.",
             sample_request(amount="1", source="somebody"), sample, ("reject", ["authority_out_of_scope"]))
    decision("allow_reference_reused", "Reuse is flagged: the verdict stays, the reason is added.",
             sample_request(amount="1"), sample, ("allow", ["external_reference_reused", "within_limit"]),
             given={"ledger": {"reference_reused": True}})
    decision("reject_reference_reused_flagged", "The flag stands on a reject too.",
             sample_request(amount="2000000"), sample, ("reject", ["external_reference_reused", "over_limit"]),
             given={"ledger": {"reference_reused": True}})


UNMATCHED = {"verdict_recomputed": "ledger_statement"}


def matching():
    typed = [paths.GATE_EXACT, paths.GATE_STAR]
    review = [{"type": "review"}]
    ask = lambda **more: request(gate="typed_gate", **more)
    decision("reject_reference_reused_unmatched", "The flag stands on a decision without a path; facts of a "
             "request that no path declares are ignored and not recorded.",
             request(gate="unknown_gate", facts='{"anything":1,"at":"all"}'), [paths.SAMPLE],
             ("reject", ["external_reference_reused", "no_live_boundary"]), UNMATCHED,
             given={"ledger": {"reference_reused": True}})
    decision("reject_type_not_listed", "The only path of the gate lists another decision type.",
             sample_request(decision_type="another_request", amount="1"), [paths.SAMPLE],
             ("reject", ["no_live_boundary"]), UNMATCHED)
    decision("reject_ambiguous_boundary", "Two paths, no decision type, none of them takes any.",
             ask(), [paths.GATE_EXACT, paths.GATE_OTHER], ("reject", ["ambiguous_boundary"]), UNMATCHED)
    decision("allow_exact_before_any", "An exact decision type is preferred to any.",
             ask(decision_type="release_request"), typed, ("allow", ["authorized"]))
    decision("constrain_any_type", "Any other decision type: the request has it, the snapshot has not.",
             ask(decision_type="unheard_of"), typed, ("constrain", ["any_type"], review),
             {"obligations": "obligations_stated"})
    decision("constrain_without_type", "Without a decision type the path that takes any matches.",
             ask(), typed, ("constrain", ["any_type"], review), {"obligations": "obligations_stated"})


def before_the_rules():
    owners = lambda **more: request(gate="named_owners", **more)
    strict = lambda **more: request(gate="strict_release", **more)
    country, action = '{"country":"CH"}', "sha256:" + "11" * 32
    verified = {"approval": {"class": "signature_verified", "issuer": APPROVALS}, "approval_issuers": [APPROVALS]}
    decision("reject_owner_out_of_scope", "Another owner than those named.",
             owners(decision_owner="somebody_else"), [paths.OWNERS], ("reject", ["authority_out_of_scope"]))
    decision("reject_owner_absent", "Owners are named and the request has none.",
             owners(), [paths.OWNERS], ("reject", ["authority_out_of_scope"]))
    decision("allow_any_source", "The named owner, and any source.",
             owners(decision_owner="release_owner", source="anything"), [paths.OWNERS], ("allow", ["authorized"]))
    decision("reject_class_too_low", "The path wants a checked status; the host only says so.",
             request(gate="status_wanted"), [paths.CHECKED], ("reject", ["authority_class_too_low"]))
    decision("reject_class_still_too_low", "A verified signature is below a checked status.",
             request(gate="status_wanted", authorization_evidence="@jws", action_digest="sha256:" + "77" * 32),
             [paths.CHECKED], ("reject", ["authority_class_too_low"]),
             {"authority": "authority_signature_verified", "action_bound": "action_not_given"}, given=verified)
    decision("allow_status_checked", "The issuer of the approval confirmed it.",
             request(gate="status_wanted", authorization_evidence="@jws"),
             [paths.CHECKED], ("allow", ["authorized"]), {"authority": "authority_status_checked"},
             given={"approval": {"class": "status_checked", "issuer": APPROVALS},
                    "approval_issuers": [APPROVALS]})
    decision("reject_action_digest_required", "The path demands the digest of the action.",
             request(gate="bound_action"), [paths.ACTION], ("reject", ["action_digest_required"]))
    decision("reject_fact_missing", "A required fact is absent.",
             request(gate="declared_facts", facts='{"score":1,"domestic":true,"fee":0}'), [paths.FACTS],
             ("reject", ["fact_missing"]))
    decision("reject_reference_reused", "Reuse is refused: the rules are not evaluated.",
             request(gate="no_reuse"), [paths.REUSE], ("reject", ["external_reference_reused"]),
             given={"ledger": {"reference_reused": True}})
    decision("reject_everything_before_rules", "Everything that is tested before the rules fails at once.",
             strict(source="rumour"), [paths.STRICT],
             ("reject", ["action_digest_required", "authority_class_too_low", "authority_out_of_scope",
                         "external_reference_reused", "fact_missing"]),
             given={"ledger": {"reference_reused": True}})
    decision("allow_strict", "Everything that the strict path demands.",
             strict(decision_type="urgent_release", decision_owner="treasury_lead", source="treasury_desk",
                    facts=country, action_digest=action, authorization_evidence="@jws"),
             [paths.STRICT], ("allow", ["authorized"]),
             {"authority": "authority_signature_verified", "action_bound": "action_not_given"}, given=verified)


def evaluation():
    decision("reject_no_rule_matched", "No rule is true.", request(gate="no_rule"), [paths.NOTHING],
             ("reject", ["no_rule_matched"]))
    duties = lambda **more: request(gate="many_duties", **more)
    decision("constrain_duties_merged", "Obligations of three rules: equal ones merged, ordered by their canonical "
             "bytes; equal reasons merged; the reason of the allow rule does not count.",
             duties(decision_type="cross_border", amount="20000.01"), [paths.DUTIES],
             ("constrain", ["cross_border", "large_amount"],
              [{"type": "dual_control", "approvals": 2}, {"type": "notify", "channel": "board"},
               {"type": "notify", "channel": "risk_desk"}, {"type": "hold", "minutes": 30}]),
             {"obligations": "obligations_stated"})
    decision("constrain_duties_of_one_rule", "Obligations of one rule, ordered.",
             duties(amount="10000.01"), [paths.DUTIES],
             ("constrain", ["large_amount"],
              [{"type": "dual_control", "approvals": 2}, {"type": "notify", "channel": "risk_desk"}]),
             {"obligations": "obligations_stated"})
    decision("reject_drops_duties", "When reject wins, obligations of constrain rules are dropped.",
             duties(decision_type="cross_border", amount="1000000.01"), [paths.DUTIES], ("reject", ["over_limit"]))
    watch = lambda **more: request(gate="watch_only", **more)
    observed = {"validity": "observe_only"}
    decision("observe_allow", "Observed, not enforced: crit names enforcement, and the receipt permits nothing.",
             watch(amount="1"), [paths.WATCH], ("allow", ["authorized"]), observed)
    decision("observe_constrain", "Verdict, reasons and obligations are as under enforce.",
             watch(amount="10000"), [paths.WATCH],
             ("constrain", ["large_amount"], [{"type": "dual_control", "approvals": 2}]),
             dict(observed, obligations="obligations_stated"))
    decision("observe_reject", "A rejection that stops nobody.", watch(amount="1000000", source="nobody"),
             [paths.WATCH], ("reject", ["authority_out_of_scope"]), observed)
    times = lambda: request(gate="until_a_time")
    decision("allow_before_close", "The last millisecond before the time; one second of lifetime, no unit.",
             times(), [paths.TIMES], ("allow", ["before_close"]), {"validity": "expired"},
             given={"evaluated_at": at(7199, 999), "issued_at": at(7199, 999)})
    decision("reject_after_close", "The time itself; issued in the last millisecond before it would expire.",
             times(), [paths.TIMES], ("reject", ["after_close"]), {"validity": "expired"},
             given={"evaluated_at": at(7200), "issued_at": at(7200, 999)})
    words = lambda **more: request(gate="words", **more)
    decision("allow_words", "startsWith, endsWith, contains, size.", words(reference="APR-2026-7-final"),
             [paths.WORDS], ("allow", ["reference_accepted"]))
    decision("constrain_words", "!= and in.", words(reference="APR-2026-7-final", source="treasury_desk"),
             [paths.WORDS], ("constrain", ["desk_source"], [{"type": "callback", "recorded": True}]),
             {"obligations": "obligations_stated"})
    decision("reject_two_code_points", "size counts code points, not UTF-16 code units.",
             words(reference="\U0001F600\U0001F680"), [paths.WORDS], ("reject", ["reference_too_short"]))


def facts():
    ask = lambda sent, **more: request(gate="declared_facts", facts=sent, **more)
    decision("allow_facts", "A required fact of every type; a negative integer; a string that is not ASCII.",
             ask('{"country":"\u65e5\u672c","score":-20,"domestic":true,"fee":12.5}'), [paths.FACTS],
             ("allow", ["first_attempt", "score_accepted"]))
    decision("constrain_facts", "Facts that are not required, present: an integer, booleans, hundredths.",
             ask('{"country":"DE","score":100,"domestic":false,"fee":12.51,"desk":"night-2","retries":0,'
                 '"repeat":true,"rebate":49.99}'), [paths.FACTS],
             ("constrain", ["fee_needs_review", "night_desk"],
              [{"type": "fee_review", "desk": "treasury"}, {"type": "callback", "recorded": True}]),
             {"obligations": "obligations_stated"})
    decision("reject_facts", "Bounds included; two reject rules.",
             ask('{"country":"FR","score":-100,"domestic":false,"fee":1000.00,"rebate":50}'), [paths.FACTS],
             ("reject", ["rebate_too_high", "score_too_low"]))
    window = lambda **more: request(gate="daily_windows", **more)
    decision("allow_windows_empty", "Both windows are named by rules and recorded, also when nothing is in them.",
             window(amount="100"), [paths.WINDOWS], ("allow", ["authorized"]),
             given={"ledger": {"reference_reused": False, "window_count_24h": 0, "window_sum_usd_cents_24h": 0}})
    decision("constrain_window_count", "Three in 24 hours.", window(amount="100"), [paths.WINDOWS],
             ("constrain", ["many_today"], [{"type": "dual_control", "approvals": 2}]),
             {"obligations": "obligations_stated"},
             given={"ledger": {"reference_reused": False, "window_count_24h": 3,
                               "window_sum_usd_cents_24h": 5000000}})
    decision("reject_window_sum", "One cent over the daily sum.", window(amount="100"), [paths.WINDOWS],
             ("reject", ["daily_limit"]),
             given={"ledger": {"reference_reused": False, "window_count_24h": 3,
                               "window_sum_usd_cents_24h": 5000001}})
    decision("allow_count_only", "Only the window that a rule names is recorded.", request(gate="daily_count"),
             [paths.WINDOW_COUNT], ("allow", ["few_today"]),
             given={"ledger": {"reference_reused": False, "window_count_24h": 9,
                               "window_sum_usd_cents_24h": 123}})


def texts():
    sample = [paths.SAMPLE]
    decision("allow_every_raw_label", "The sent text of every label that normalisation changed, by member name.",
             request("Northstar Controls", "THRESHOLD GATE", " operations-console ",
                     decision_type="Threshold-Execution Request", decision_owner="Operations-Owner", amount="1",
                     status="Present", source="approval workflow", reference=" kept as sent "),
             sample, ("allow", ["within_limit"]))
    decision("allow_runs_in_labels", "Each inner space or hyphen becomes one underscore; runs are kept as runs.",
             request(gate="Bound - Action", action_digest="sha256:" + "33" * 32),
             [paths.RUNS], ("allow", ["authorized"]), {"action_bound": "action_not_given"})
    decision("allow_unicode_references", "References are kept code point by code point: composed and decomposed "
             "letters stay different, 128 astral code points fit, separators are no control characters.",
             sample_request(amount="1", case_id="e\u0301 \u00e9 \ufb33 \U0001F600 \u2028 \u007e",
                            external_reference="\U0001F680" * 128, reference="\u202eright-to-left\u200d"),
             sample, ("allow", ["within_limit"]))
    escaped = ('{"context":{"authorization_source":"approval\\u005fworkflow","authorization_status":"\\u0070resent",'
               '"authorization_reference":"\\"\\\\\\/\\u00e9\\ud83d\\ude00"},"system_scope":"operations_console",'
               '"gate_type":"threshold_gate","partner_id":"northstar_controls","decision_size_usd":1.10,\r\n\t'
               '"external_reference":"ref\\u002descaped"}')
    decision("allow_escapes_and_order", "Escapes, white space and the order of members do not reach the hash.",
             escaped, sample, ("allow", ["within_limit"]))


def approvals():
    decision("allow_signed_approval", "A compact JWS of a configured approval issuer that binds the request.",
             request(gate="strict_release", decision_type="release_request", decision_owner="release_owner",
                     facts='{"country":"DE"}', action_digest="sha256:" + "44" * 32,
                     authorization_evidence="@jws"), [paths.STRICT], ("allow", ["authorized"]),
             {"authority": "authority_signature_verified", "action_bound": "action_not_given"},
             given={"approval": {"class": "signature_verified", "issuer": APPROVALS},
                    "approval_issuers": [APPROVALS]})
    decision("allow_unknown_approval_issuer", "A compact JWS of an issuer that is not configured stays submitted, with "
             "the digest and without an issuer.",
             sample_request(amount="1", authorization_evidence="@jws"), [paths.SAMPLE],
             ("allow", ["within_limit"]), given={"approval_issuers": []})


def places():
    moved = lambda: request(gate="moved_store")
    decision("allow_first_epoch", "The first receipt of a stream.", moved(), [paths.MOVED], ("allow", ["authorized"]))
    decision("allow_second_epoch", "A new epoch of the stream starts at 1 and keeps the stream key.", moved(),
             [paths.MOVED], ("allow", ["authorized"]), given={"epoch": 2})
    decision("allow_seen_checkpoint", "The newest cosigned checkpoint that the issuer knew.", moved(), [paths.MOVED],
             ("allow", ["authorized"]),
             given={"epoch": 2, "seen": {"size": 70000, "root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}})
    decision("allow_issued_later", "issued_at follows the previous one of the stream, not the clock; it is after "
             "evaluated_at and before expires_at.", moved(), [paths.MOVED], ("allow", ["authorized"]),
             given={"epoch": 2, "issued_at": at(200, 500)})
    decision("allow_staging", "Another environment: its own signing key and its own log.",
             sample_request(amount="4"), [paths.SAMPLE], ("allow", ["within_limit"]),
             given={"environment": "staging", "seeds_hex": STAGING_KEYS})
    decision("allow_issuer_with_path", "An issuer with path segments.",
             sample_request(amount="5"), [paths.SAMPLE], ("allow", ["within_limit"]),
             given={"issuer": "craton.golden.example/eu/one", "seeds_hex": OTHER_ISSUER_KEYS})


def attested_windows():
    window = {"issued_at": "2026-01-01T00:00:00.000Z", "not_before": "2026-01-01T00:00:00.000Z"}
    bounds = dict(window, not_before=at(300), not_after=at(600))
    decision("allow_first_attested_moment", "issued_at is the first moment of the attested window.",
             sample_request(amount="6"), [paths.SAMPLE], ("allow", ["within_limit"]),
             given={"evaluated_at": at(300), "issued_at": at(300), "attestation": bounds})
    decision("allow_last_attested_moment", "issued_at and the time of checking are its last moment.",
             sample_request(amount="7"), [paths.SAMPLE], ("allow", ["within_limit"]),
             given={"evaluated_at": at(600), "issued_at": at(600), "attestation": bounds}, checked_at=at(600))
    decision("allow_two_roots", "Two roots attest the key and the trust policy asks for both.",
             sample_request(amount="8"), [paths.SAMPLE], ("allow", ["within_limit"]),
             given={"evaluated_at": at(700), "issued_at": at(700),
                    "more_roots": [{"root_key_id": "golden-root-2", "seed_hex": SECOND_ROOT}]})


def policy_error():
    decision("reject_policy_error", "The evaluator failed while a rule was evaluated. A document that may be loaded "
             "does not do that, so the bundle leaves the document out and nothing is recomputed.",
             sample_request(amount="9"), [paths.SAMPLE], ("reject", ["policy_error"]),
             {"commitment": "opening_only", "verdict_recomputed": "inputs_missing"},
             given={"evaluation_fails": True, "evaluated_at": at(710), "issued_at": at(710)},
             without_policy=True)


def times_of_checking():
    decision("allow_checked_at_times", "The same bundle at several times of checking.",
             sample_request(amount="10"), [paths.SAMPLE], ("allow", ["within_limit"]),
             given={"evaluated_at": at(1100), "issued_at": at(1100)},
             times={"last_moment": (at(1399, 999), {}), "expired": (at(1400), {"validity": "expired"}),
                    "before_merge_by": (at(4699, 999), {"validity": "expired"}),
                    "after_merge_by": (at(4700), {"validity": "expired", "log_inclusion": "log_proof_missing"})})


# The first three cases are those that this specification began with; their place is theirs.
ALLOW = ('{"partner_id":"northstar_controls","gate_type":"threshold_gate","system_scope":"operations_console",'
         '"decision_type":"threshold_execution_request","decision_owner":"operations_owner",'
         '"decision_size_usd":500000,"case_id":"host-case-001","external_reference":"host-request-123",'
         '"context":{"authorization_status":"present","authorization_reference":"approval-2026-001",'
         '"authorization_source":"approval_workflow"}}')
CONSTRAIN = ('{ "partner_id": "northstar_controls", "gate_type": " Threshold-Gate ", "system_scope": "Operations '
             'Console", "decision_type": "threshold_execution_request", "decision_size_usd": 750000.50, '
             '"external_reference": "Zahlung-\\u00dc\\ud83d\\ude00/42", "action_digest": "sha256:9f86d081884c7d659a2'
             'feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "context": {"authorization_status": "present", '
             '"authorization_reference": "A\\"1\\u2028", "authorization_source": "approval_workflow"}}')
NO_PATH = ('{"partner_id":"northstar_controls","gate_type":"data_export_gate","system_scope":"warehouse",'
           '"decision_size_usd":10.05,"external_reference":"x-1","authorization_evidence":"sha256:9f86d081884c7d659'
           'a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","context":{"authorization_status":"absent",'
           '"authorization_reference":"none","authorization_source":"nobody"}}')


def first_three():
    decision("allow", "The example request of the public API.", ALLOW, [paths.SAMPLE], ("allow", ["within_limit"]))
    decision("constrain_raw_unicode", "Labels to normalise, escapes, an astral character, an action digest.",
             CONSTRAIN, [paths.SAMPLE],
             ("constrain", ["dual_control_required"], [{"type": "dual_control", "approvals": 2}]),
             {"obligations": "obligations_stated", "action_bound": "action_not_given"},
             given={"issued_at": at(1, 2)})
    decision("unmatched", "No live path.", NO_PATH, [paths.SAMPLE], ("reject", ["no_live_boundary"]), UNMATCHED,
             given={"issued_at": at(2)})
