import hashlib

import pytest
import sqlalchemy as sa

from jacana.audit import last_entry
from jacana.db.tables.ingest import ingest_api_keys
from jacana.ingest.keys import (
    ApiKeys,
    KeyInvalidError,
    KeyNotFoundError,
    KeyRevokedError,
    KeyUnknownError,
    ScopeMissingError,
)


@pytest.fixture
def keys(clock):
    return ApiKeys(clock)


@pytest.fixture
def create(keys, database):
    def create(name="network", scopes=("uploads:write",)):
        with database.write() as connection:
            return keys.create(connection, name, scopes, "cli:me")

    return create


def test_a_secret_has_256_random_bits_and_only_its_hash_is_stored(create, database):
    created, other = create(), create()
    assert created.secret.startswith("jk_")
    assert len(created.secret) == 3 + 43  # 256 bits in base 64
    assert created.secret != other.secret
    assert created.secret not in repr(created)
    with database.read() as connection:
        stored = [tuple(row) for row in connection.execute(sa.select(ingest_api_keys))]
    assert created.secret not in repr(stored)
    assert hashlib.sha256(created.secret.encode()).hexdigest() in repr(stored)


def test_a_secret_names_its_key(keys, create, database):
    created = create(scopes=["events:write", "uploads:read", "events:write"])
    with database.read() as connection:
        key = keys.authenticate(connection, created.secret)
        assert key.scopes == ("events:write", "uploads:read")
        assert (key.id, key.actor) == (created.key.id, f"key:{created.key.id}")
        entry = last_entry(connection, "key.created")
    assert (entry.actor, entry.subject) == ("cli:me", key.id)
    key.require("uploads:read")
    with pytest.raises(ScopeMissingError) as caught:
        key.require("uploads:write")
    assert "uploads:write" in caught.value.message


@pytest.mark.parametrize("secret", ["", "jk_", "jk_unknown", "\ud800"])
def test_an_unknown_secret_is_refused(keys, create, database, secret):
    create()
    with database.read() as connection, pytest.raises(KeyUnknownError):
        keys.authenticate(connection, secret)


def test_a_revoked_key_is_refused_for_good(keys, create, database, clock):
    created = create()
    with database.write() as connection:
        revoked = keys.revoke(connection, created.key.id, "cli:me")
        clock.advance(60)
        assert keys.revoke(connection, created.key.id, "cli:me") == revoked
        with pytest.raises(KeyRevokedError):
            keys.authenticate(connection, created.secret)
        assert keys.list_keys(connection) == [revoked]
        with pytest.raises(KeyNotFoundError):
            keys.revoke(connection, "key_none", "cli:me")


def test_use_is_noted_at_most_once_a_minute(keys, create, database, clock):
    created = create()
    assert keys.use_is_due(created.key)
    with database.write() as connection:
        keys.note_use(connection, created.key.id)
        key = keys.authenticate(connection, created.secret)
    assert key.last_used_at == clock()
    clock.advance(59)
    assert not keys.use_is_due(key)
    clock.advance(1)
    assert keys.use_is_due(key)


@pytest.mark.parametrize(
    ("name", "scopes", "field"),
    [
        ("", ["uploads:write"], "name"),
        ("x" * 121, ["uploads:write"], "name"),
        ("n", [], "scope"),
        ("n", ["upload:write"], "scope"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(keys, database, name, scopes, field):
    with database.write() as connection, pytest.raises(KeyInvalidError) as caught:
        keys.create(connection, name, scopes, "cli:me")
    assert caught.value.field == field
    assert caught.value.remedy
