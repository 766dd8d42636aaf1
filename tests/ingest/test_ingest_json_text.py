import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.ingest.json_text import load_json

TEXT = st.text(st.characters())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)


@given(VALUES)
def test_whatever_json_can_say_is_read_as_it_is(value):
    assert load_json(json.dumps(value).encode()) == value


@given(TEXT, st.characters(categories=["Cs"]))
def test_half_a_surrogate_pair_is_read_for_its_field_to_refuse(text, half):
    assert load_json(json.dumps([text, half]).encode()) == [text, half]


@pytest.mark.parametrize(
    "text", [b"", b"{", b"\xff", b"NaN", b"-Infinity", b"[" * 100_000, b"01", b'"\x00"', b"9" * 5000, b"[1,]"]
)
@pytest.mark.parametrize("beside", [b"", b'"\\ud800"'])
def test_what_is_not_json_is_refused_with_or_without_half_a_pair_beside_it(text, beside):
    with pytest.raises(ValueError, match=r"line 1"):
        load_json(b"[" + beside + (b"," if beside else b"") + text + (b"" if text.startswith(b"[[") else b"]") + b"}")


def test_an_error_does_not_repeat_the_text():
    with pytest.raises(ValueError, match="line 1") as caught:
        load_json(b'{"\\ud800secret":\n secret}')
    assert "secret" not in str(caught.value)
