"""Moments come back as they were, sort as they should and never lose their zone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from jacana.db.columns import BigId, Moment, metadata
from jacana.db.engine import Database

DIALECT = sqlite.dialect()
moments = st.datetimes(
    min_value=datetime(1000, 1, 1),  # noqa: DTZ001
    max_value=datetime(9000, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


def round_trip(moment: datetime) -> datetime:
    stored = Moment().process_bind_param(moment, DIALECT)
    return Moment().process_result_value(stored, DIALECT)


@given(moments)
def test_a_moment_comes_back_as_utc(moment: datetime) -> None:
    back = round_trip(moment)
    assert back == moment
    assert back.tzinfo is UTC


@given(moments, moments)
def test_stored_moments_sort_like_moments(one: datetime, two: datetime) -> None:
    stored = [Moment().process_bind_param(moment, DIALECT) for moment in (one, two)]
    assert (stored[0] < stored[1]) == (one < two)


def test_no_moment_stays_none() -> None:
    assert Moment().process_bind_param(None, DIALECT) is None
    assert Moment().process_result_value(None, DIALECT) is None


def test_a_time_without_a_zone_is_a_defect() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        Moment().process_bind_param(datetime.fromisoformat("2026-11-22T12:00"), DIALECT)


def test_both_databases_keep_microseconds_and_compare(database: Database) -> None:
    table = sa.Table("moments", sa.MetaData(), sa.Column("id", BigId, primary_key=True), sa.Column("at", Moment))
    first = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    second = datetime(2026, 11, 22, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=5)))
    with database.write() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"at": second}, {"at": first}, {"at": None}])
        query = sa.select(table.c.at).where(table.c.at.is_not(None)).order_by(table.c.at)
        assert list(connection.scalars(query)) == [first, second]
        assert list(connection.scalars(query.where(table.c.at > first))) == [second]
        assert list(connection.scalars(sa.select(table.c.id).order_by(table.c.id))) == [1, 2, 3]


def test_every_time_column_is_a_moment_and_every_constraint_has_a_name() -> None:
    import jacana.db.tables

    for table in jacana.db.tables.metadata.tables.values():
        for column in table.columns:
            assert not isinstance(column.type, sa.DateTime), column
            if column.name.endswith("_at"):
                assert isinstance(column.type, Moment), column
        assert all(constraint.name for constraint in table.constraints), table.name
    assert metadata is jacana.db.tables.metadata
