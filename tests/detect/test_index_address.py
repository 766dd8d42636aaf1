"""Addresses name an entry and a row, and refuse what they cannot name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.index.address import MAX_NUMBER, MAX_ROWS, make_addresses, split_addresses
from jacana.detect.media.index.errors import IndexInputInvalidError


@given(number=st.integers(0, MAX_NUMBER), first=st.integers(0, MAX_ROWS - 100), count=st.integers(0, 100))
def test_addresses_split_into_what_they_were_made_of(number: int, first: int, count: int) -> None:
    addresses = make_addresses(number, count, first_row=first)
    numbers, rows = split_addresses(addresses)
    assert addresses.dtype == np.uint64
    assert (numbers == number).all()
    assert rows.tolist() == list(range(first, first + count))


def test_the_last_row_can_be_named_and_the_one_after_it_not() -> None:
    assert split_addresses(make_addresses(1, 1, first_row=MAX_ROWS - 1))[1].tolist() == [MAX_ROWS - 1]
    with pytest.raises(IndexInputInvalidError) as caught:
        make_addresses(1, MAX_ROWS + 1)
    assert caught.value.field == "rows"
    assert "split" in (caught.value.remedy or "")


@pytest.mark.parametrize("number", [-1, MAX_NUMBER + 1])
def test_an_entry_number_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(IndexInputInvalidError, match="outside"):
        make_addresses(number, 1)
