from datetime import UTC, datetime, timedelta, timezone

import pytest

from jacana.model.account_finding import AccountFindingKind
from jacana.model.action import ActionKind, ActionState
from jacana.model.decision import EffectKind, Lane
from jacana.model.finding import FindingKind
from jacana.model.tie import TieKind
from jacana.model.verdict import AccountVerdict, Verdict
from jacana.report.states import ReportState
from jacana.web.console import words

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "kind",
    [
        ActionKind,
        ActionState,
        EffectKind,
        Lane,
        FindingKind,
        Verdict,
        ReportState,
        AccountFindingKind,
        AccountVerdict,
        TieKind,
    ],
)
def test_every_state_has_a_name_people_say(kind):
    for member in kind:
        said = words.say(member)
        assert said
        assert "_" not in said
        assert said[0].isupper()


def test_times_are_said_in_utc_and_never_guessed():
    assert words.moment(datetime(2026, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2)))) == "2026-01-02 03:04:05 UTC"
    assert words.moment(None) == "not recorded"
    assert words.iso(NOW) == "2026-11-22T12:00:00Z"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 0 min"),
        (47 * 3600, "47 h 0 min"),
        (2 * 86400, "2 d 0 h"),
    ],
)
def test_spans(seconds: float, said: str):
    assert words.span(seconds) == said
    assert words.span(-seconds) == said


def test_clocks_say_left_or_overdue():
    assert words.due(NOW + timedelta(minutes=5), NOW) == "5 min left"
    assert words.due(NOW - timedelta(hours=3), NOW) == "3 h 0 min overdue"
    assert words.due_tone(NOW - timedelta(seconds=1), NOW) == "clock-overdue"
    assert words.due_tone(NOW + timedelta(minutes=59), NOW) == "clock-soon"
    assert words.due_tone(NOW + timedelta(hours=2), NOW) == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0:00.0"), (62.51, "1:02.5"), (59.96, "1:00.0"), (3601, "60:01.0"), (None, "not recorded")],
)
def test_positions_in_a_file(seconds: float | None, said: str):
    assert words.play_time(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (5 * 2**20, "5.0 MiB"), (2**42, "4096.0 GiB")],
)
def test_sizes(count: int, said: str):
    assert words.size(count) == said


def test_ids_and_digests_are_cut_where_they_stay_useful():
    assert words.short("abcdef", 3) == "abc…"
    assert words.short("abc", 3) == "abc"
    assert words.tail("case_01m81qtpxqfpx79xkysfecejk1") == "case_…ecejk1"
    assert words.tail("short") == "short"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("jane.doe@example.org", "j…e@e….org"),
        ("jo@example.org", "…@e….org"),
        ("broken", "…"),
        ("", None),
        (None, None),
        ("a@b@host.example", "a…b@h….example"),
    ],
)
def test_an_address_is_masked(address: str | None, masked: str | None):
    assert words.mask_email(address) == masked


def test_something_is_never_rounded_to_nothing():
    assert words.percent(0.001) == "<1 %"
    assert words.percent(0) == "0 %"
    assert words.percent(1) == "100 %"


def test_details_of_the_audit_log_read_as_text():
    assert words.detail(["hold", "remove"]) == "hold, remove"
    assert words.detail([]) == "none"
    assert words.detail(True) == "yes"
    assert words.detail(None) == "none"
    assert words.detail("a" * 64) == "a" * 16 + "…"
    assert words.detail("x y" * 60).endswith("…")


def test_every_filter_is_known_by_its_own_name():
    assert all(getattr(words, name) is function for name, function in words.FILTERS.items())


def test_what_happened_is_said_in_words():
    assert words.happened("object.preserved") == "File preserved"
    assert words.happened("report.filed") == "Report filed"


@pytest.mark.parametrize(
    ("actor", "said"),
    [("key:key_1", "API key"), ("detector:x@1", "detector"), ("cli:ann", "cli:ann"), ("system", "Jacana")],
)
def test_an_actor_without_a_name_is_said_by_kind(actor: str, said: str):
    assert words.actor_kind(actor) == said


def test_an_id_among_the_details_is_shortened():
    assert words.detail("case_" + "0" * 20 + "abcdef") == "case_…abcdef"


@pytest.mark.parametrize(
    ("value", "age", "shown"),
    [
        pytest.param("Rosa", 15, "R…", id="child"),
        pytest.param("Rosa", 18, "Rosa", id="adult"),
        pytest.param("Rosa", None, "Rosa", id="unknown"),
        pytest.param(None, 15, None, id="nothing"),
    ],
)
def test_what_a_child_says_of_itself_is_masked(value: str | None, age: int | None, shown: str | None):
    assert words.mask_minor(value, age) == shown


def test_an_account_has_an_address_whatever_its_id():
    assert words.account_path("a/b ?#%") == "/console/accounts/a%2Fb%20%3F%23%25"
