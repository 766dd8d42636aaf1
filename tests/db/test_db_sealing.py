"""Sealed fields open only with their key and purpose; blinds are equal for equal text and for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.db.sealing import FieldSealer, SealedFieldBrokenError

sealer = FieldSealer(bytes(range(32)))
other = FieldSealer(bytes(32))


@given(st.text(), st.text())
def test_what_is_sealed_opens(text: str, purpose: str) -> None:
    sealed = sealer.seal(text, purpose)
    assert sealer.open(sealed, purpose) == text
    assert len(sealed) == 28 + len(text.encode())


def test_sealing_twice_looks_different_and_shows_nothing() -> None:
    one, two = sealer.seal("anna@example.org", "account.email"), sealer.seal("anna@example.org", "account.email")
    assert one != two
    assert b"anna" not in one


@given(st.text(), st.data())
def test_a_changed_bit_is_found(text: str, data: st.DataObject) -> None:
    sealed = bytearray(sealer.seal(text, "account.email"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealedFieldBrokenError):
        sealer.open(bytes(sealed), "account.email")


@pytest.mark.parametrize("cut", [0, 5, 12, 20, -1])
def test_a_cut_value_is_found(cut: int) -> None:
    with pytest.raises(SealedFieldBrokenError):
        sealer.open(sealer.seal("text", "p")[:cut], "p")


def test_another_purpose_or_key_does_not_open() -> None:
    sealed = sealer.seal("203.0.113.9", "session.address")
    for opener, purpose in ((sealer, "account.email"), (other, "session.address")):
        with pytest.raises(SealedFieldBrokenError, match=purpose):
            opener.open(sealed, purpose)


@given(st.text(), st.text(), st.text(), st.text())
def test_blinds_are_equal_only_for_equal_text_and_purpose(text: str, purpose: str, more: str, elsewhere: str) -> None:
    blind = sealer.blind(text, purpose)
    assert len(blind) == 64
    assert blind == sealer.blind(text, purpose)
    assert (blind == sealer.blind(more, purpose)) == (text == more)
    assert blind != other.blind(text, purpose)
    if "\0" not in purpose + elsewhere:
        assert (blind == sealer.blind(text, elsewhere)) == (purpose == elsewhere)
