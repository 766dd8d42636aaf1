"""Accounts: stored names stay, a new account is innocent, contact data is kept apart."""

from dataclasses import FrozenInstanceError, fields

import pytest

from jacana.model.account import Account, AccountState


def test_stored_names_never_change():
    assert [state.value for state in AccountState] == ["active", "suspended", "banned"]


def test_an_account_of_which_nothing_is_known_is_active_and_unblemished():
    account = Account("anna")
    assert account.state is AccountState.ACTIVE
    assert (account.upload_count, account.confirmed_count, account.declared_age) == (0, 0, None)


def test_an_account_cannot_be_changed():
    account = Account("anna")
    with pytest.raises(FrozenInstanceError):
        account.state = AccountState.BANNED
    assert not hasattr(account, "__dict__")


def test_an_account_carries_no_contact_data():
    assert not {item.name for item in fields(Account)} & {"email", "ip", "phone", "address"}
