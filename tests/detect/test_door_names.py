import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.accounts.door import names
from jacana.detect.accounts.door.names import NameIndex, are_alike, count_edits, fold_names

WORD = st.text("abcdefgz", min_size=8, max_size=20)


@pytest.fixture
def index() -> NameIndex:
    made = NameIndex()
    made.put_all([("anna", ("zorvarimquander",)), ("berta", ("mendovarisk",))])
    return made


def test_short_names_are_not_compared() -> None:
    assert fold_names(["kim_1999", None, "", "Zorvarim_Quander99", "zorvarimquander"]) == fold_names(
        ["zorvarimquander"]
    )
    assert len(fold_names(["zorvarimquander"])) == 1


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        pytest.param("mendovar", "mendovar", True, id="the same"),
        pytest.param("mendovar", "mendovat", False, id="short and changed"),
        pytest.param("mendovarisk", "mendovairsk", True, id="swapped"),
        pytest.param("mendovarisk", "mendovarsk", False, id="shorter one too short for an edit"),
        pytest.param("mendovariska", "mendovarska", True, id="a letter less"),
        pytest.param("mendovarisk", "realmendovarisk", True, id="ends the other"),
        pytest.param("mendovarisk", "mendovariskback", True, id="begins the other"),
        pytest.param("mendovarisk", "mendovariskandmanymore", False, id="too small a part"),
        pytest.param("mendovarisk", "zorvarimquander", False, id="another"),
    ],
)
def test_what_is_alike(left: str, right: str, alike: bool) -> None:
    assert are_alike(left, right) is alike
    assert are_alike(right, left) is alike


def test_names_are_found_with_edits_and_affixes(index: NameIndex) -> None:
    for name in ("zorvarimquander", "zorvarimqunader", "zorvarimquandr", "zorvarimquanderxx"):
        assert index.find(name) == ("anna",), name
    assert index.find("somebodyelse") == ()


def test_a_common_name_says_nothing(index: NameIndex) -> None:
    for place in range(names.MOST_ALIKE):
        index.put(f"other{place}", ("mendovarisk",))
    assert index.find("mendovarisk") == ()
    assert index.find("zorvarimquander") == ("anna",)


def test_names_come_go_and_change(index: NameIndex) -> None:
    index.put("carla", ("quantelvosk",))
    assert index.find("quantelvosk") == ("carla",)
    index.put("carla", ("velmoranta",))
    assert index.find("quantelvosk") == ()
    assert index.find("velmoranta") == ("carla",)
    index.put("anna", ())
    assert index.find("zorvarimquander") == ()
    assert len(index) == 2


def test_the_index_is_built_again_when_many_are_new(monkeypatch: pytest.MonkeyPatch, index: NameIndex) -> None:
    monkeypatch.setattr(names, "MOST_FRESH", 1)
    index.put("carla", ("quantelvosk",))
    assert not index.is_due()
    index.put("dora", ("velmoranta",))
    assert index.is_due()
    index.build()
    assert not index.is_due()
    assert index.find("velmoranta") == ("dora",)


def test_an_empty_index_finds_nobody() -> None:
    assert NameIndex().find("quantelvosk") == ()


@given(st.lists(WORD, min_size=1, max_size=30, unique=True), st.integers(0, 2**32))
def test_whoever_is_alike_is_a_candidate(stored: list[str], seed: int) -> None:
    """The trigrams lose nobody: what the index finds is what comparing every name finds."""
    dice = random.Random(seed)
    name = list(dice.choice(stored))
    for _ in range(dice.randrange(count_edits(len(name)) + 2)):
        place = dice.randrange(len(name) - 1)
        name[place : place + 2] = dice.choice(
            [[name[place + 1], name[place]], [name[place]], [name[place], "z", name[place + 1]], ["z", name[place + 1]]]
        )
    asked = "".join(name)
    index = NameIndex()
    index.put_all((other, (other,)) for other in stored)
    alike = {other for other in stored if are_alike(asked, other)}
    expected = tuple(sorted(alike)) if len(alike) <= names.MOST_ALIKE else ()
    assert index.find(asked) == expected
