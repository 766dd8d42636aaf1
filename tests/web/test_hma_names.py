import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.web.hma.names import from_hma, read_new_name, to_hma
from jacana.web.hma.route import HmaInvalidError


@given(st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True))
def test_every_bank_has_a_name_there_and_back(name: str) -> None:
    assert from_hma(to_hma(name)) == name


@given(st.from_regex(r"[A-Z](?:[A-Z0-9_]{0,30}[A-Z0-9])?", fullmatch=True))
def test_every_new_name_comes_back_as_it_was_sent(name: str) -> None:
    assert to_hma(read_new_name(name)) == name


@pytest.mark.parametrize("name", ["", "01_TEST", "my_bank", "MY-BANK", "_X", "X_", "A\n", "A" * 81, None, 5])
def test_names_that_no_bank_can_have_are_refused(name: object) -> None:
    with pytest.raises(HmaInvalidError) as refused:
        read_new_name(name)
    assert refused.value.field == "name" and refused.value.remedy
