from itertools import permutations

import pytest
from decide_cases import make_facts, make_finding, make_match, make_media, make_policy, make_upload, write_rule
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.decide.effects import BEATEN_BY, DECIDING, LASTING
from jacana.decide.evaluate import PolicyInput, evaluate_policy
from jacana.decide.policy import Policy, load_policy
from jacana.model.account import Account, AccountState
from jacana.model.decision import EffectKind, Evaluation, FiredRule, Lane, Moment
from jacana.model.finding import Finding, FindingKind
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.verdict import Verdict

SHIPPED = load_policy(None)
UNREADABLE = make_media(MediaKind.UNREADABLE, problem="truncated")
FAILED = make_finding(FindingKind.SCREENING_FAILED, "find_failed")


def ask(policy: Policy, facts: PolicyInput, moment: Moment = Moment.UPLOAD) -> Evaluation:
    return evaluate_policy(policy, moment, facts)


def granted(evaluation: Evaluation) -> list[str]:
    return [f"{effect.kind}:{effect.lane}" if effect.lane else effect.kind.value for effect in evaluation.effects]


def withheld(evaluation: Evaluation) -> list[tuple[str, str]]:
    return [(entry.effect.kind.value, entry.because) for entry in evaluation.withheld]


def verdict_on(verdict: Verdict, media: MediaFacts | None = None, **account: object) -> Evaluation:
    facts = make_facts(
        verdict=verdict,
        media=media or make_media(),
        account=Account("account-1", **account),  # type: ignore[arg-type]
        upload=make_upload(device_key="d"),
    )
    return ask(SHIPPED, facts, Moment.VERDICT)


# What the shipped policy does


def test_an_innocent_upload_is_released() -> None:
    evaluation = ask(SHIPPED, make_facts())
    assert granted(evaluation) == ["release"]
    assert evaluation.fired == (FiredRule("otherwise", {}, None),)
    assert evaluation.policy_version == SHIPPED.version


def test_known_material_is_held_and_explained() -> None:
    evaluation = ask(SHIPPED, make_facts(make_match()))
    assert granted(evaluation) == ["hold", "suspend_account", "open_case:apparent_csam", "draft_report"]
    values = {"finding.kind": "bank_match", "finding.nearest": "4"}
    assert evaluation.fired == (FiredRule("known_material", values, "find_1"),)
    assert evaluation.withheld == ()


def test_a_copy_of_a_confirmed_file_is_held() -> None:
    evaluation = ask(SHIPPED, make_facts(make_finding(FindingKind.CONFIRMED_COPY)))
    assert granted(evaluation) == ["hold", "suspend_account", "open_case:apparent_csam", "draft_report"]


@pytest.mark.parametrize(
    ("kind", "lane", "media"),
    [(FindingKind.MEDIA_UNREADABLE, "unreadable", UNREADABLE), (FindingKind.SCREENING_FAILED, "review", None)],
)
def test_what_could_not_be_screened_is_held_without_touching_the_account(
    kind: FindingKind, lane: str, media: MediaFacts | None
) -> None:
    assert granted(ask(SHIPPED, make_facts(make_finding(kind), media=media))) == ["hold", f"open_case:{lane}"]


def test_a_match_in_an_unreadable_file_goes_to_the_worse_lane_once() -> None:
    evaluation = ask(SHIPPED, make_facts(make_finding(id="find_0"), make_match(), media=UNREADABLE))
    assert granted(evaluation) == ["hold", "suspend_account", "open_case:apparent_csam", "draft_report"]
    assert withheld(evaluation) == [("open_case", "the case is opened in the worse lane apparent_csam")]


@pytest.mark.parametrize(
    ("verdict", "media", "account", "effects"),
    [
        (Verdict.CONFIRMED, None, {"confirmed_count": 1}, ["remove", "ban_account", "draft_report"]),
        (Verdict.CONFIRMED, None, {"confirmed_count": 2}, ["remove", "ban_account", "ban_device", "draft_report"]),
        (Verdict.VIOLATING, None, {"state": AccountState.SUSPENDED}, ["remove", "reinstate_account"]),
        (Verdict.VIOLATING, None, {}, ["remove"]),
        (Verdict.CLEARED, None, {"state": AccountState.SUSPENDED}, ["release", "reinstate_account"]),
        (Verdict.CLEARED, None, {"state": AccountState.SUSPENDED, "confirmed_count": 1}, ["release"]),
        (Verdict.CLEARED, None, {"state": AccountState.BANNED, "confirmed_count": 1}, ["release"]),
        (Verdict.CLEARED, UNREADABLE, {}, ["remove"]),
    ],
)
def test_a_verdict_is_carried_out(
    verdict: Verdict, media: MediaFacts | None, account: dict[str, object], effects: list[str]
) -> None:
    assert granted(verdict_on(verdict, media, **account)) == effects


def test_a_device_nobody_knows_is_not_banned() -> None:
    facts = make_facts(verdict=Verdict.CONFIRMED, account=Account("a", confirmed_count=5))
    assert "ban_device" not in granted(ask(SHIPPED, facts, Moment.VERDICT))


def test_a_verdict_moment_without_a_verdict_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="verdict"):
        ask(SHIPPED, make_facts(), Moment.VERDICT)


# Banks


def test_a_bank_causes_no_more_than_it_may() -> None:
    evaluation = ask(SHIPPED, make_facts(make_match(may_cause=("hold", "open_case"))))
    assert granted(evaluation) == ["hold", "open_case:apparent_csam"]
    assert withheld(evaluation) == [
        ("suspend_account", "bank known may not cause suspend_account"),
        ("draft_report", "bank known may not cause draft_report"),
    ]


def test_a_bank_that_may_cause_nothing_leaves_the_upload_to_otherwise() -> None:
    evaluation = ask(SHIPPED, make_facts(make_match(may_cause=())))
    assert granted(evaluation) == ["release"]
    assert [rule.rule for rule in evaluation.fired] == ["known_material", "otherwise"]
    assert len(evaluation.withheld) == 4


def test_what_one_bank_may_not_cause_another_may() -> None:
    evaluation = ask(SHIPPED, make_facts(make_match("find_1", ()), make_match("find_2", bank="trusted")))
    assert "draft_report" in granted(evaluation)
    assert all("bank known may not" in because for _, because in withheld(evaluation))


@pytest.mark.parametrize("cause", ["suspend_account", "draft_report"])
def test_no_upload_is_shown_while_its_account_is_suspended_or_reported_for_it(cause: str) -> None:
    evaluation = ask(SHIPPED, make_facts(make_match(may_cause=(cause,))))
    assert granted(evaluation) == ["hold", *sorted([cause, "open_case:review"], key=_order)]
    assert ("release", f"{cause} was asked for as well and protects more") in withheld(evaluation)


def _order(name: str) -> int:
    return [kind.value for kind in EffectKind].index(name.partition(":")[0])


def test_a_match_without_its_bank_causes_nothing() -> None:
    evaluation = ask(
        make_policy(write_rule("x", 'finding.kind == "bank_match"', "[hold]")),
        make_facts(make_finding(FindingKind.BANK_MATCH)),
    )
    assert withheld(evaluation) == [("hold", "the finding does not name the bank")]


# Failing closed


SILENT = make_policy("")
EAGER = make_policy(write_rule("let_it_pass", "finding.score >= 0", "[release]"))


@pytest.mark.parametrize("policy", [SILENT, EAGER])
@pytest.mark.parametrize(
    ("findings", "media", "lane"),
    [
        ((FAILED,), None, "review"),
        ((FAILED,), make_media(), "review"),
        ((make_finding(),), UNREADABLE, "unreadable"),
        ((), None, "review"),
        ((), UNREADABLE, "unreadable"),
        ((make_finding(FindingKind.CONFIRMED_COPY, upload_id="upl_2"),), make_media(), "review"),
    ],
)
def test_no_policy_lets_pass_what_was_not_screened(
    policy: Policy, findings: tuple[Finding, ...], media: MediaFacts | None, lane: str
) -> None:
    evaluation = ask(policy, make_facts(*findings, media=media))
    assert granted(evaluation) == ["hold", f"open_case:{lane}"]
    assert "fail_closed" in [rule.rule for rule in evaluation.fired]
    assert "otherwise" not in [rule.rule for rule in evaluation.fired]


def test_a_rule_that_holds_needs_no_built_in_answer() -> None:
    evaluation = ask(SHIPPED, make_facts(FAILED, media=None))
    assert [rule.rule for rule in evaluation.fired] == ["screening_failed"]


# Lasting measures and conflicts


@pytest.mark.parametrize("kind", [FindingKind.MEDIA_UNREADABLE, FindingKind.SCREENING_FAILED])
def test_nothing_lasting_without_a_person(kind: FindingKind) -> None:
    policy = make_policy(write_rule("x", "finding.score > 0", "[remove, ban_account, ban_device]"))
    evaluation = ask(policy, make_facts(make_finding(kind)))
    assert not LASTING & {effect.kind for effect in evaluation.effects}
    assert len(evaluation.withheld) == 3


def test_a_trusted_list_may_act_where_policy_and_bank_both_say_so() -> None:
    policy = make_policy(write_rule("x", 'finding.kind == "bank_match"', "[remove, ban_account]"))
    assert granted(ask(policy, make_facts(make_match(may_cause=("remove", "ban_account"))))) == [
        "remove",
        "ban_account",
    ]
    assert granted(ask(policy, make_facts(make_match(may_cause=("ban_account",))))) == [
        "hold",
        "ban_account",
        "open_case:review",
    ]


def test_a_confirmed_file_is_never_released() -> None:
    policy = make_policy(write_rule("x", "finding.score > 0", "[release]", on="verdict"))
    facts = make_facts(make_finding(FindingKind.CONFIRMED_COPY), verdict=Verdict.CONFIRMED)
    evaluation = ask(policy, facts, Moment.VERDICT)
    assert granted(evaluation) == ["remove"]
    assert withheld(evaluation) == [("release", "a person confirmed the file")]


def test_conflicts_are_settled_towards_protection_and_recorded() -> None:
    rules = write_rule("a", "upload.has_device", "[release, reinstate_account]", on="verdict") + write_rule(
        "b", "not upload.has_device", "[remove, suspend_account]", on="verdict"
    )
    both = rules.replace("not upload.has_device", "upload.has_device") + write_rule(
        "c", "upload.has_device", "[ban_account]", on="verdict"
    )
    facts = make_facts(verdict=Verdict.VIOLATING, upload=make_upload(device_key="d"))
    evaluation = ask(make_policy(both), facts, Moment.VERDICT)
    assert granted(evaluation) == ["remove", "ban_account"]
    assert sorted(kind for kind, _ in withheld(evaluation)) == ["reinstate_account", "release", "suspend_account"]


# Properties


def _find(number: int, kind: FindingKind, may_cause: tuple[str, ...], nearest: int) -> Finding:
    name = f"find_{number}"
    return make_match(name, may_cause, nearest) if kind is FindingKind.BANK_MATCH else make_finding(kind, name)


EFFECTS_AT_UPLOAD = st.sampled_from(
    ["hold", "release", "remove", "suspend_account", "ban_account", "ban_device", "draft_report"]
    + [f"{{open_case: {lane}}}" for lane in Lane]
)
WHEN = st.sampled_from(
    ['finding.kind == "bank_match"', "finding.score > 0.2", "finding.nearest < 20", 'finding.kind != "bank_match"']
)
SPECS = st.lists(st.tuples(WHEN, st.sets(EFFECTS_AT_UPLOAD, min_size=1, max_size=3)), max_size=4)
FINDINGS = st.lists(
    st.builds(
        _find,
        st.integers(0, 9),
        st.sampled_from(FindingKind),
        st.sets(st.sampled_from([kind.value for kind in EffectKind])).map(lambda names: tuple(sorted(names))),
        st.integers(0, 40),
    ),
    max_size=4,
    unique_by=lambda finding: finding.id,
)
MEDIA = st.sampled_from([None, make_media(), UNREADABLE])


def _policy_of(specs: list[tuple[str, set[str]]], otherwise: str) -> Policy:
    rules = ""
    for number, (when, effects) in enumerate(specs):
        one_case = [effect for effect in sorted(effects) if "open_case" not in effect]
        one_case += [effect for effect in sorted(effects) if "open_case" in effect][:1]
        rules += write_rule(f"rule_{number}", when, f"[{', '.join(one_case)}]")
    return make_policy(rules, otherwise)


@settings(deadline=None)
@given(SPECS, st.sampled_from(["[hold]", "[release]"]), FINDINGS, MEDIA)
def test_every_evaluation_of_an_upload_is_sound(
    specs: list[tuple[str, set[str]]], otherwise: str, findings: list[Finding], media: MediaFacts | None
) -> None:
    policy = _policy_of(specs, otherwise)
    evaluation = ask(policy, make_facts(*findings, media=media))
    kinds = [effect.kind for effect in evaluation.effects]
    assert len(set(kinds) & DECIDING) == 1
    assert kinds == sorted(set(kinds), key=list(EffectKind).index)
    for kind, winners in BEATEN_BY.items():
        assert not (kind in kinds and set(winners) & set(kinds))
    if media is None or not media.readable or {f.kind for f in findings} & {FAILED.kind, FindingKind.MEDIA_UNREADABLE}:
        assert EffectKind.RELEASE not in kinds
    asked = {(effect.kind, effect.rule) for rule in policy.rules for effect in rule.then} | {
        (effect.kind, effect.rule) for effect in policy.otherwise
    }
    assert {(e.kind, e.rule) for e in evaluation.effects if e.rule != "fail_closed"} <= asked
    fired = {rule.rule for rule in evaluation.fired}
    accounted = {(e.kind, e.rule) for e in evaluation.effects} | {
        (w.effect.kind, w.effect.rule) for w in evaluation.withheld
    }
    granted_kinds = set(kinds)
    for kind, rule in asked:
        if rule in fired:  # nothing asked for is lost: granted, withheld, or granted through another rule
            assert (kind, rule) in accounted or kind in granted_kinds


@settings(deadline=None)
@given(SPECS, st.lists(FINDINGS.filter(bool), min_size=1, max_size=1), MEDIA)
def test_a_bank_alone_never_causes_more_than_it_may(
    specs: list[tuple[str, set[str]]], findings: list[list[Finding]], media: MediaFacts | None
) -> None:
    only = next((finding for finding in findings[0] if finding.match), None)
    if only is None or only.match is None:
        return
    evaluation = ask(_policy_of(specs, "[hold]"), make_facts(only, media=media))
    by_rules = {effect.kind.value for effect in evaluation.effects if effect.rule.startswith("rule_")}
    assert by_rules <= set(only.match.may_cause)


@settings(deadline=None)
@given(SPECS, FINDINGS, MEDIA)
def test_the_order_of_findings_does_not_matter(
    specs: list[tuple[str, set[str]]], findings: list[Finding], media: MediaFacts | None
) -> None:
    policy = _policy_of(specs, "[release]")
    answers = {str(ask(policy, make_facts(*order, media=media))) for order in permutations(findings)}
    assert len(answers) == 1


@settings(deadline=None)
@given(FINDINGS, MEDIA)
def test_the_shipped_policy_leaves_lasting_measures_to_people(
    findings: list[Finding], media: MediaFacts | None
) -> None:
    kinds = {effect.kind for effect in ask(SHIPPED, make_facts(*findings, media=media)).effects}
    assert not kinds & LASTING


@settings(deadline=None)
@given(FINDINGS, MEDIA, st.sampled_from(Verdict), st.sampled_from(AccountState), st.integers(0, 3), st.booleans())
def test_the_shipped_policy_carries_out_every_verdict(
    findings: list[Finding], media: MediaFacts | None, verdict: Verdict, state: AccountState, count: int, device: bool
) -> None:
    facts = make_facts(
        *findings,
        verdict=verdict,
        media=media,
        account=Account("account-1", state, confirmed_count=count),
        upload=make_upload(device_key="d" if device else None),
    )
    kinds = {effect.kind for effect in ask(SHIPPED, facts, Moment.VERDICT).effects}
    assert len(kinds & DECIDING) == 1
    screened = media is not None and media.readable
    assert (EffectKind.RELEASE in kinds) == (verdict is Verdict.CLEARED and screened)
    assert (EffectKind.BAN_ACCOUNT in kinds) == (verdict is Verdict.CONFIRMED) == (EffectKind.DRAFT_REPORT in kinds)
    assert (EffectKind.BAN_DEVICE in kinds) == (verdict is Verdict.CONFIRMED and device and count >= 2)
    reinstated = verdict is not Verdict.CONFIRMED and state is AccountState.SUSPENDED and count == 0
    assert (EffectKind.REINSTATE_ACCOUNT in kinds) == reinstated


# What others outside say, or do not say

SCORE = make_finding(FindingKind.CLASSIFIER_SCORE, "find_score", score=0.95, details={"service": "c", "label": "x"})
SILENT = make_finding(FindingKind.LOOKUP_SILENT, "find_silent", details={"service": "a", "given_up": "false"})
GIVEN_UP = make_finding(FindingKind.CLASSIFIER_SILENT, "find_up", details={"service": "c", "given_up": "true"})


@pytest.mark.parametrize(("label", "lane"), [("csam", "apparent_csam"), ("harmful-abusive-material", "review")])
def test_what_a_lookup_service_knows_is_held_and_looked_at(label: str, lane: str) -> None:
    found = make_finding(FindingKind.LOOKUP_MATCH, details={"service": "arachnid", "label": label})
    assert granted(ask(SHIPPED, make_facts(found))) == ["hold", f"open_case:{lane}"]


def test_silence_is_held_without_a_case_until_it_is_given_up() -> None:
    assert granted(ask(SHIPPED, make_facts(SILENT))) == ["hold"]
    assert granted(ask(SHIPPED, make_facts(SILENT, GIVEN_UP))) == ["hold", "open_case:review"]


@pytest.mark.parametrize(("score", "effects"), [(0.95, ["hold", "open_case:review"]), (0.89, ["release"])])
def test_only_a_sure_classifier_asks_a_person(score: float, effects: list[str]) -> None:
    found = make_finding(FindingKind.CLASSIFIER_SCORE, score=score, details={"service": "c", "label": "x"})
    assert granted(ask(SHIPPED, make_facts(found))) == effects


def test_a_policy_that_says_nothing_of_silence_holds_it() -> None:
    evaluation = ask(make_policy(""), make_facts(SILENT))
    assert granted(evaluation) == ["hold", "open_case:review"]
    assert evaluation.fired == (FiredRule("fail_closed", {"finding.kind": "lookup_silent"}, "find_silent"),)


def test_silence_passes_only_by_a_rule_that_names_it_and_the_record_names_the_rule() -> None:
    named = make_policy(write_rule("pass", 'finding.kind == "lookup_silent"', "[release]"))
    evaluation = ask(named, make_facts(SILENT))
    assert granted(evaluation) == ["release"]
    assert evaluation.fired == (FiredRule("pass", {"finding.kind": "lookup_silent"}, "find_silent"),)
    assert granted(ask(named, make_facts(SILENT, GIVEN_UP))) == ["hold", "open_case:review"]  # the other one stands


@pytest.mark.parametrize("condition", ["finding.score >= 0", 'finding.kind != "bank_match"', "upload.size_bytes > 0"])
def test_a_rule_that_happens_to_hold_lets_no_silence_pass(condition: str) -> None:
    evaluation = ask(make_policy(write_rule("wide", condition, "[release]")), make_facts(SILENT))
    assert granted(evaluation) == ["hold", "open_case:review"]


def test_a_passed_silence_does_not_let_known_material_out() -> None:
    rules = write_rule("pass", 'finding.kind == "lookup_silent"', "[release]")
    known = write_rule("known", 'finding.kind == "bank_match"', "[hold]")
    assert granted(ask(make_policy(rules + known), make_facts(SILENT, make_match()))) == ["hold"]


def test_a_classifier_alone_neither_reports_nor_removes_nor_bans() -> None:
    policy = make_policy(
        write_rule("greedy", "finding.score >= 0.9", "[hold, remove, ban_account, ban_device, draft_report]")
    )
    evaluation = ask(policy, make_facts(SCORE))
    assert granted(evaluation) == ["hold"]
    assert [kind for kind, _ in withheld(evaluation)] == ["remove", "ban_account", "ban_device", "draft_report"]
