import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.web.hma.route import HmaInvalidError
from jacana.web.hma.signals import SIGNALS, choose_signals, find_signal, measure_distance, read_hash, to_rows

PDQ_HASH = "f0" * 32


@given(st.sampled_from(sorted(SIGNALS)), st.data())
def test_hexadecimal_digits_in_either_case_are_the_same_hash(name: str, data: st.DataObject) -> None:
    signal = find_signal(name)
    value = data.draw(st.text("0123456789abcdefABCDEF", min_size=signal.digits, max_size=signal.digits))
    assert read_hash(signal, value) == value.lower()


@pytest.mark.parametrize(
    "value",
    [PDQ_HASH + "\n", " " + PDQ_HASH, PDQ_HASH[:-1], PDQ_HASH + "0", PDQ_HASH[:-1] + "g", "", None, 5, "٠" * 64],
)
def test_anything_else_is_refused_by_name(value: object) -> None:
    with pytest.raises(HmaInvalidError) as refused:
        read_hash(SIGNALS["pdq"], value, "[3].signal")
    assert refused.value.field == "[3].signal"
    assert "64 hexadecimal digits" in str(refused.value.remedy)


def test_the_usual_hashes_are_hashers_own_and_others_are_made_when_named() -> None:
    assert [signal.name for signal in choose_signals("photo", None)] == ["pdq"]
    assert [signal.name for signal in choose_signals("video", None)] == ["video_md5"]
    assert [signal.name for signal in choose_signals("photo", "sha1, md5,")] == ["sha1", "md5"]


@pytest.mark.parametrize(
    ("content", "types"), [("photo", "video_md5"), ("video", "pdq"), ("photo", " , "), ("photo", "tmk")]
)
def test_types_that_such_a_file_has_not_are_refused(content: str, types: str) -> None:
    with pytest.raises(HmaInvalidError) as refused:
        choose_signals(content, types)  # type: ignore[arg-type]
    assert refused.value.field == "types"


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=5))
def test_rows_hold_the_bytes_the_text_names(hashes: list[bytes]) -> None:
    rows = to_rows([one.hex() for one in hashes])
    assert rows.shape == (len(hashes), 32)
    assert [row.tobytes() for row in rows] == hashes


@given(st.binary(min_size=32, max_size=32), st.sets(st.integers(0, 255)))
def test_the_distance_counts_turned_bits(value: bytes, turned: set[int]) -> None:
    other = int.from_bytes(value) ^ sum(1 << bit for bit in turned)
    assert measure_distance(value.hex(), f"{other:064x}") == len(turned)
