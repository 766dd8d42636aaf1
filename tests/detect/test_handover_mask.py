"""What looks like a password is hidden, the rest of a text stays, and so do all offsets."""

from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.text.handover.mask import MARK, find_secrets, mask_passwords


def test_the_password_is_hidden_and_nothing_else() -> None:
    text = "user: moonfan22 pass: sunny123 see you"
    assert mask_passwords(text) == f"user: moonfan22 pass: {MARK * 8} see you"
    assert find_secrets(text) == [(22, 30)]


def test_every_password_of_a_text_is_hidden() -> None:
    text = "user: a22 pass: sunny123, wifi password: Rainy456"
    masked = mask_passwords(text)
    assert "sunny123" not in masked and "Rainy456" not in masked and masked.startswith("user: a22 pass: ")


def test_other_texts_stay_as_they_are() -> None:
    for text in ("", "a day out", "I forgot my password"):
        assert mask_passwords(text) == text


@settings(deadline=None)
@given(st.text(max_size=80), st.text(st.characters(categories=["L", "N", "P"]), min_size=5, max_size=20))
def test_masking_keeps_the_length_and_is_done_once(around: str, secret: str) -> None:
    text = f"{around}\nuser: moonfan22 pass: {secret}x7"
    masked = mask_passwords(text)
    assert len(masked) == len(text)
    assert mask_passwords(masked) == masked
    assert all(before == after or after == MARK for before, after in zip(text, masked, strict=True))
