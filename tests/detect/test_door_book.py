from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jacana.detect.accounts.door.book import MOST_HOLDERS, BannedTies, Book, key_content
from jacana.detect.accounts.door.names import fold_names
from jacana.detect.accounts.door.patterns import Banned, SessionCheck
from jacana.model.ban import DeviceBan, DeviceTier

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
THEN = NOW - timedelta(days=90)
SHA = "ab" * 32
NAME = "zorvarim quander"
BAN = DeviceBan(
    id="ban_1", device_key="key_1", tier=DeviceTier.NO_NEW_ACCOUNT, account_id="anna", cause="d", reason="r",
    placed_at=THEN, expires_at=NOW + timedelta(days=90), placed_key="key_1",
)  # fmt: skip


def make_ties(account: str = "anna", **more) -> BannedTies:
    return BannedTies(Banned(account, THEN, "d"), **more)


@pytest.fixture
def book() -> Book:
    made = Book()
    made.put_ban(BAN, standing=True)
    made.put_account(
        make_ties(
            names=fold_names([NAME]), devices=("key_1", "key_2"), contents=(key_content(SHA),), networks=("net_1",)
        )
    )
    return made


def ask(book: Book, kind="sign_up", **more):
    return [
        (finding.details["pattern"], finding.details.get("device_tier"))
        for finding in book.find(SessionCheck(kind, NOW, **{"account_id": "new", **more}))
    ]


def test_each_pattern_is_found(book: Book) -> None:
    assert ask(book, account_id="anna") == [("banned_account", None)]
    assert ask(book, device_keys=("key_1",)) == [("same_device", 1)]
    assert ask(book, device_keys=("key_0", "key_1")) == [("same_device", 1)]
    assert ask(book, device_keys=("key_2",)) == [("same_device", None)]
    assert ask(book, sha256=SHA) == [("same_content", None)]
    assert ask(book, names=("Zorvarim-Quander7",)) == [("similar_name", None)]
    assert ask(book, device_keys=("key_9",), sha256="cd" * 32, names=("velmoranta",), network_key="net_1") == []
    assert book.count() == (1, 1, 1)


def test_a_network_alone_says_nothing_and_weighs_beside_a_device(book: Book) -> None:
    assert ask(book, network_key="net_1") == []


def test_a_ban_past_its_end_does_not_count(book: Book) -> None:
    late = SessionCheck("sign_up", BAN.expires_at, "new", ("key_1",))
    assert [finding.details.get("device_tier") for finding in book.find(late)] == [None]


def test_a_lifted_ban_takes_the_tie_to_its_device_along(book: Book) -> None:
    book.put_ban(BAN, standing=False)
    assert ask(book, device_keys=("key_1",)) == []
    assert ask(book, device_keys=("key_2",)) == [("same_device", None)]
    book.put_ban(BAN, standing=True)
    assert ask(book, device_keys=("key_1",)) == [("same_device", 1)]


def test_a_renewed_ban_is_met_under_its_new_key_only(book: Book) -> None:
    check = SessionCheck("log_in", NOW, "other", ("key_n", "key_1"))
    assert book.list_renewals(check) == [("ban_1", "key_n")]
    book.put_ban(replace(BAN, device_key="key_n"), standing=True)
    assert book.list_renewals(check) == []
    assert ask(book, device_keys=("key_n",)) == [("same_device", 1)]


def test_an_account_that_is_not_banned_any_more_is_forgotten(book: Book) -> None:
    book.drop_account("anna")
    assert not book.is_banned("anna")
    assert book.banned_at("anna") == THEN  # its device's ban stands yet
    assert ask(book, names=(NAME,), sha256=SHA, device_keys=("key_2",)) == []
    assert ask(book, device_keys=("key_1",)) == [("same_device", 1)]
    assert book.banned_at("nobody") is None


def test_whose_appeal_was_granted_is_met_for_their_own_ban_only(book: Book) -> None:
    book.put_exempt(["new", "anna"])
    assert ask(book, device_keys=("key_1",), names=(NAME,)) == []
    assert ask(book, account_id="anna") == [("banned_account", None)]


def test_what_many_banned_accounts_share_points_to_none_of_them(book: Book) -> None:
    for place in range(MOST_HOLDERS):
        book.put_account(make_ties(f"b{place}", devices=("key_2",), contents=(key_content(SHA),)))
    assert ask(book, device_keys=("key_2",), sha256=SHA) == []


def test_the_account_of_the_ban_is_not_accused_by_its_own_device(book: Book) -> None:
    book.drop_account("anna")
    assert ask(book, account_id="anna", device_keys=("key_1",)) == []


def test_the_book_says_at_once_what_it_knows_nothing_of(book: Book) -> None:
    assert book.knows("anna", (), None)
    assert book.knows(None, ("key_9", "key_1"), None)
    assert book.knows(None, ("key_2",), None)
    assert book.knows(None, (), SHA)
    assert not book.knows("new", ("key_9",), "cd" * 32)
    assert not book.knows(None, (), None)
