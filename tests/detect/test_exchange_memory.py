"""What the twin in memory can do beside the contract."""

import pytest
from exchange_lists import gather, make_entry

from jacana.detect.media.exchange.memory import MemoryExchange
from jacana.model.bank import BankOrigin


def test_it_can_be_told_to_start_over_and_to_forget(clock) -> None:
    twin = MemoryExchange(clock, "threatexchange:1", origin=BankOrigin.THREATEXCHANGE)
    for name in ("a", "b", "c"):
        twin.put(make_entry(name))
    *_, last = twin.read(None)
    twin.forget("2-b")
    twin.starts_over = True
    pages = list(twin.read(last.state))
    assert [page.starts_over for page in pages] == [True] + [False] * (len(pages) - 1)
    assert set(gather(pages)[0]) == {"2-a", "2-c"}
    assert not next(twin.read(pages[-1].state)).starts_over


def test_an_entry_without_a_name_is_a_mistake_of_the_test(clock) -> None:
    with pytest.raises(ValueError, match="source_id"):
        MemoryExchange(clock).put(make_entry("x", source_id=None))


def test_it_knows_that_it_was_closed(clock) -> None:
    twin = MemoryExchange(clock)
    twin.close()
    assert twin.closed
