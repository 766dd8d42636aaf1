from decide_cases import make_policy, write_rule

from jacana.model.decision import Moment


def test_rules_are_asked_at_their_moment_in_file_order() -> None:
    policy = make_policy(write_rule("b", "upload.has_device", "[hold]") + write_rule("a", "finding.exact", "[hold]"))
    assert [rule.name for rule in policy.rules_on(Moment.UPLOAD)] == ["b", "a"]
    assert [rule.name for rule in policy.rules_on(Moment.VERDICT)] == ["bad", "good"]


def test_only_a_rule_that_mentions_a_finding_is_asked_for_each() -> None:
    policy = make_policy(
        write_rule("once", "upload.has_device", "[hold]")
        + write_rule("each", "upload.has_device or known(finding.bank)", "[hold]")
    )
    assert [rule.per_finding for rule in policy.rules_on(Moment.UPLOAD)] == [False, True]
