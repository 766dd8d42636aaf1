import hashlib
from importlib import resources
from pathlib import Path

import pytest
from decide_cases import make_policy, write_policy, write_rule
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.decide.effects import LASTING
from jacana.decide.policy import (
    MOST_BYTES,
    OTHERWISE_KEYS,
    POLICY_KEYS,
    RULE_KEYS,
    Policy,
    PolicyInvalidError,
    load_policy,
    parse_policy,
)
from jacana.decide.rules import RESERVED
from jacana.model.decision import Effect, EffectKind, Lane, Moment

DOCS = Path(__file__).parents[2] / "docs" / "policy.md"
SHIPPED = resources.files("jacana.decide").joinpath("policy.yaml").read_bytes()


def refusal(text: str) -> str:
    with pytest.raises(PolicyInvalidError) as caught:
        parse_policy(text.encode(), "p.yaml")
    assert caught.value.code == "policy.invalid"
    return caught.value.message


def test_reads_names_effects_and_version() -> None:
    text = write_policy(write_rule("known", "finding.exact", "[hold, {open_case: review}]"))
    policy = parse_policy(text.encode(), "p.yaml")
    assert policy.version == f"test@{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    assert policy.source_text == text
    rule = policy.rules[0]
    assert (rule.name, rule.on, rule.when.text, rule.reason) == (
        "known",
        Moment.UPLOAD,
        "finding.exact",
        "Because of known.",
    )
    assert rule.then == (
        Effect(EffectKind.HOLD, "known", rule.reason),
        Effect(EffectKind.OPEN_CASE, "known", rule.reason, Lane.REVIEW),
    )
    assert policy.otherwise == (Effect(EffectKind.RELEASE, "otherwise", "Nothing was found."),)


def test_the_shipped_policy_is_sound_and_leaves_lasting_measures_to_people() -> None:
    policy = load_policy(None)
    assert policy.version.startswith("default@")
    at_upload = {effect.kind for rule in policy.rules_on(Moment.UPLOAD) for effect in rule.then}
    assert not at_upload & LASTING
    assert {rule.name for rule in policy.rules} >= {
        "known_material",
        "confirmed_before",
        "unreadable",
        "screening_failed",
        "confirmed",
        "violating",
        "cleared",
    }


def test_a_file_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(SHIPPED)
    assert load_policy(path).version == load_policy(None).version


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(PolicyInvalidError, match="cannot be read") as caught:
        load_policy(tmp_path / name)
    assert caught.value.remedy


def test_a_byte_order_mark_is_no_problem() -> None:
    assert parse_policy(b"\xef\xbb\xbf" + SHIPPED, "p.yaml").rules == load_policy(None).rules


def test_bytes_that_are_not_utf_8_are_shown_where_they_stand() -> None:
    with pytest.raises(PolicyInvalidError, match=r"p\.yaml:2:4: this is not UTF-8"):
        parse_policy(b"policy: x\n# a\xff\n", "p.yaml")


def test_a_huge_file_is_refused() -> None:
    with pytest.raises(PolicyInvalidError, match="larger"):
        parse_policy(b"#" * (MOST_BYTES + 1), "p.yaml")


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (write_rule("x", "finding.exact", "[hodl]"), "unknown effect `hodl`"),
        (write_rule("x", "finding.exact", "[hodl]"), "did you mean `hold`?"),
        (write_rule("x", "finding.exact", "[{open_case: aparent_csam}]"), "did you mean `apparent_csam`?"),
        (write_rule("x", "finding.exact", "[open_case]"), "`open_case` needs a lane"),
        (write_rule("x", "finding.exact", "[{hold: now}]"), "`hold` takes no value"),
        (write_rule("x", "finding.exact", "[[hold]]"), "the effect is missing here"),
        (write_rule("x", "finding.exact", "[hold, hold]"), "`hold` stands here twice"),
        (write_rule("x", "finding.exact", "[]"), "`then` must be a list"),
        (write_rule("x", "finding.exact", "hold"), "`then` must be a list"),
        (write_rule("x", "finding.exact", "[reinstate_account]"), "`reinstate_account` is not possible on upload"),
        (write_rule("x", "upload.has_device", "[hold]", on="verdict"), "`hold` is not possible on verdict"),
        (write_rule("x", "upload.has_device", "[{open_case: review}]", on="verdict"), "only on account, upload"),
        (write_rule("x", "upload.has_device", "[ban_account]"), "`ban_account` lasts"),
        (write_rule("x", 'verdict.kind == "cleared"', "[hold]"), "there is no verdict yet"),
        (write_rule("x", "finding.exact", "[hold]", on="uplod"), "did you mean `upload`?"),
        (write_rule("x", "[finding.exact]", "[hold]"), "`when` must be one condition"),
        (write_rule("x", "findng.exact", "[hold]"), "p.yaml:6:11: unknown fact `findng.exact`"),
        (write_rule("otherwise", "finding.exact", "[hold]"), "a name Jacana uses itself"),
        (write_rule("fail_closed", "finding.exact", "[hold]"), "a name Jacana uses itself"),
        (write_rule("Bad Name", "finding.exact", "[hold]"), "this is not a name"),
        (write_rule("good", "finding.exact", "[hold]"), "a second rule named `good`"),
        ("  - just words\n", "a rule must have keys and values"),
        (write_rule("x", "finding.exact", "[hold]").replace("reason", "raeson"), "did you mean `reason`?"),
        (write_rule("x", "finding.exact", "[hold]").replace("reason", "raeson"), "a rule needs `reason`"),
        (write_rule("x", "finding.exact", "[hold]").replace("Because of x.", ""), "`reason` must be a sentence"),
        (write_rule("x", "finding.exact", "[hold]").replace("Because of x.", "[a]"), "`reason` must be a sentence"),
        (write_rule("x", "finding.exact", "[hold]").replace("Because of x.", "so " * 200), "is longer than"),
        (write_rule("x", "finding.exact", "[hold]") + "    name: y\n", "`name` stands here twice"),
    ],
)
def test_refuses_a_rule(rule: str, problem: str) -> None:
    assert problem in refusal(write_policy(rule))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("policy: test\n", ""), "a policy needs `policy`"),
        (("policy: test\n", "polcy: test\n"), "did you mean `policy`?"),
        (("policy: test\n", "policy: [test]\n"), "this is not a name"),
        (("language: 1\n", "language: 2\n"), "does not read that version"),
        (("language: 1\n", ""), "a policy needs `language`"),
        (("then: [release]\n  reason: N", "then: [{open_case: review}]\n  reason: N"), "does not decide the upload"),
        (("then: [release]\n  reason: N", "then: [remove]\n  reason: N"), "`remove` lasts"),
        (("  reason: Nothing was found.\n", ""), "`otherwise` needs `reason`"),
        (("rules:\n", "rules: 3\nrulse:\n"), "`rules` must be a list"),
    ],
)
def test_refuses_the_rest_of_the_file(change: tuple[str, str], problem: str) -> None:
    assert problem in refusal(write_policy("").replace(*change))


@pytest.mark.parametrize(
    "text", ["", "3", "[]", "{}", "policy", "- a", "null", "%YAML 9.9\n---\na: b", "a: |9", "\x00"]
)
def test_refuses_what_is_no_policy_at_all(text: str) -> None:
    assert refusal(text)


def test_all_problems_of_a_file_come_together() -> None:
    message = refusal(
        write_policy(
            write_rule("x", "findng.exact", "[hodl]") + write_rule("x", "finding.kind", "[{open_case: revue}]")
        )
    )
    assert [line.split(": ")[1] for line in message.splitlines() if line.startswith("p.yaml")] == [
        "unknown fact `findng.exact`",
        "unknown effect `hodl`",
        "a second rule named `x`",
        '`finding.kind` is one of "bank_match", "media_unreadable", "confirmed_copy", "screening_failed", '
        '"benign_match", "lookup_match", "lookup_silent", "classifier_score", "classifier_silent", '
        '"term_hit", "login_handover", "vault_account", "linked_account", "ban_evasion", "screening_down"',
        "unknown lane `revue`",
    ]


def parses_or_complains(data: bytes) -> None:
    try:
        assert isinstance(parse_policy(data, "p.yaml"), Policy)
    except PolicyInvalidError as problem:
        assert problem.message
        assert "\x1b" not in problem.message


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=80), st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_give_a_policy_or_complaints(data: bytes) -> None:
    parses_or_complains(data)


PIECES = st.sampled_from(
    [
        *(bytes([byte]) for byte in b"\n\t :-[]{}\"'|>#%~\\\xff("),
        *(b"", b"\n  ", b"- ", b"&a ", b"*a", b"!x ", b"\x1b[31m", b"or ", b"not ", b"==", b"rules", b"hold"),
        *(b"verdict.kind", "\u2028".encode(), b"\r\n", b"---\n", b"? ", b"<<: "),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SHIPPED)), st.integers(0, 12), PIECES), min_size=1, max_size=4))
def test_a_damaged_policy_gives_a_policy_or_complaints(damage: list[tuple[int, int, bytes]]) -> None:
    data = SHIPPED
    for start, length, piece in damage:
        data = data[:start] + piece + data[start + length :]
    parses_or_complains(data)


def test_every_key_and_reserved_name_stands_in_the_docs() -> None:
    text = DOCS.read_text()
    example = text[text.index("```yaml") : text.index("```", text.index("```yaml") + 3)]
    assert all(f"{key}:" in example for key in (*POLICY_KEYS, *RULE_KEYS, *OTHERWISE_KEYS))
    assert all(f"`{name}`" in text for name in RESERVED)


def test_the_example_of_the_docs_is_read() -> None:
    text = DOCS.read_text()
    example = text.split("```yaml\n", 1)[1].split("```", 1)[0]
    message = refusal(example)
    assert message.count("p.yaml:") == message.count("is not answered") == 3  # it shows no verdict rules, nothing else


def test_a_policy_of_the_tests_is_sound() -> None:
    assert make_policy("").rules


def test_a_settings_file_is_refused_without_a_word_of_what_it_holds(tmp_path) -> None:
    file = tmp_path / "jacana.toml"
    file.write_text('vault_key = "secret-key"\n')
    with pytest.raises(PolicyInvalidError) as caught:
        load_policy(file)
    assert "secret-key" not in caught.value.message
    assert caught.value.remedy == "name the policy, a YAML file"
