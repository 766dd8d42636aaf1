import pytest

from jacana.decide.complaints import Complaints
from jacana.decide.document import Mapping, Scalar, Sequence, read_document, trace_characters


def read(text: str) -> tuple[object, str]:
    complaints = Complaints("p.yaml", text)
    node = read_document(complaints)
    return node, "\n".join(complaints.render(each) for each in complaints.found)


def test_keeps_plain_words_as_text() -> None:
    node, _ = read("a: no\nb: [1, 0x10, ~]\n")
    assert isinstance(node, Mapping)
    values = {key.text: value for key, value in node.pairs}
    assert isinstance(values["a"], Scalar) and values["a"].text == "no"
    assert isinstance(values["b"], Sequence)
    assert [item.text for item in values["b"].items if isinstance(item, Scalar)] == ["1", "0x10", "~"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("# only a note\n", "empty"),
        ("a: 1\na: 2\n", "p.yaml:2:1: `a` stands here twice"),
        ("a: &x 1\nb: *x\n", "anchors and aliases"),
        ("a: !!python/object/apply:os.system [ls]\n", "tags are not used"),
        ("a: 1\n---\nb: 2\n", "a second document"),
        ("a: [1\nb: 2\n", "this is not YAML"),
        ("a:\n\tb: 1\n", "holds a tab"),
        ("[1]: 2\n", "a key must be a word"),
        ("a: \x07\n", "this character may not stand in YAML"),
        ('a: "\\UFFFFFFFF"\n', "not YAML"),
        ('a: "\\uD800"\n', "not a character"),
        ("[" * 50_000, "nested too deep"),
        ("{a: " * 5_000, "nested too deep"),
        ("- " * 5_000 + "x", "nested too deep"),
    ],
)
def test_refuses_with_a_place(text: str, problem: str) -> None:
    _, shown = read(text)
    assert problem in shown
    assert shown.startswith("p.yaml:")


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    _, shown = read("\n".join(lines))
    assert "anchors and aliases" in shown


@pytest.mark.parametrize(
    "written",
    [
        "when: a == bc and d",
        'when: "a == bc and d"',
        "when: 'a == bc and d'",
        "when: >\n  a == bc\n  and d\n",
        "when: |-  \n  a == bc\n    and d\n",
        "when: a == bc\n  and d\n",
        "when: 'a  ==   bc\n\n  and d'",
    ],
)
def test_every_character_is_found_again_in_the_file(written: str) -> None:
    complaints = Complaints("p.yaml", written)
    node = read_document(complaints)
    assert isinstance(node, Mapping)
    scalar = node.pairs[0][1]
    assert isinstance(scalar, Scalar)
    places = trace_characters(scalar, written)
    assert len(places) == len(scalar.text) + 1
    for character, place in zip(scalar.text, places, strict=False):
        if not character.isspace():
            assert written[place] == character
    assert written[places[scalar.text.index("bc")] :][:2] == "bc"
