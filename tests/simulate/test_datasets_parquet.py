import sys

import pytest

from jacana.simulate.datasets import parquet
from jacana.simulate.datasets.parquet import ParquetEvents, ParquetMissingError, read_parquet


def test_every_field_the_simulation_uses_has_a_column(lived, tmp_path):
    events = [event for day in lived.days for event in day][:20_000]
    writer = ParquetEvents(tmp_path / "e.parquet")
    writer.add(events)
    writer.close()
    assert [event for batch in read_parquet(tmp_path / "e.parquet", 3000) for event in batch] == events


def test_row_groups_are_written_as_they_fill(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "_ROWS_AT_ONCE", 10)
    writer = ParquetEvents(tmp_path / "e.parquet")
    writer.add([{"id": str(number)} for number in range(25)])
    assert len(writer._waiting) == 5
    writer.close()
    assert sum(map(len, read_parquet(tmp_path / "e.parquet", 7))) == 25


def test_without_pyarrow_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ParquetMissingError) as caught:
        ParquetEvents(tmp_path / "e.parquet")
    assert "jacana[parquet]" in caught.value.remedy
