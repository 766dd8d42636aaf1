import pytest

from jacana.model.verdict import AccountVerdict
from jacana.simulate.datasets.folder import (
    EVENTS,
    FILES,
    EventSetInvalidError,
    KnownVerdicts,
    prepare_folder,
    read_event_batches,
    read_facts,
    read_set_truth,
    write_simulation,
)

SMALL = (5, 120, 6)


def read_all(folder):
    return [event for batch in read_event_batches(folder, 100) for event in batch]


@pytest.mark.parametrize(
    "form", [{}, {"jsonl": False, "parquet": True}, {"parquet": True}], ids=["jsonl", "pq", "both"]
)
def test_the_same_seed_writes_the_same_bytes(tmp_path, form):
    for name in ("one", "two"):
        write_simulation(tmp_path / name, *SMALL, **form)
    written = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert written == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}


def test_another_seed_writes_another_network(tmp_path):
    for seed in (5, 6):
        write_simulation(tmp_path / str(seed), seed, 120, 3)
    assert (tmp_path / "5" / EVENTS).read_bytes() != (tmp_path / "6" / EVENTS).read_bytes()


def test_both_formats_hold_the_same_events(tmp_path):
    write_simulation(tmp_path / "set", *SMALL, parquet=True)
    from_lines = read_all(tmp_path / "set")
    (tmp_path / "set" / EVENTS).unlink()
    assert read_all(tmp_path / "set") == from_lines


def test_the_facts_are_those_of_the_events(tmp_path):
    told = []
    facts = write_simulation(tmp_path / "set", *SMALL, progress=lambda done, of: told.append((done, of)))
    assert read_facts(tmp_path / "set") == facts
    assert facts.events == len(read_all(tmp_path / "set"))
    assert facts.accounts == len(read_set_truth(tmp_path / "set").accounts)
    assert told == [(day, 6) for day in range(7)]


def test_the_events_hold_nothing_of_the_truth(tmp_path):
    write_simulation(tmp_path / "set", *SMALL)
    text = (tmp_path / "set" / EVENTS).read_text()
    truth = read_set_truth(tmp_path / "set")
    assert not any(one.kind in text for one in truth.accounts.values() if "_" in one.kind)
    assert "ring0" not in text


def test_a_verdict_is_told_about_whom_is_asked(tmp_path):
    write_simulation(tmp_path / "set", *SMALL)
    truth = read_set_truth(tmp_path / "set")
    verdicts = KnownVerdicts(tmp_path / "set")
    trading = next(one.account_id for one in truth.accounts.values() if one.verdict is AccountVerdict.TRADING)
    assert verdicts.ask(trading) is AccountVerdict.TRADING
    assert verdicts.ask("nobody") is AccountVerdict.CLEARED
    assert verdicts.asked == {trading, "nobody"}


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(EventSetInvalidError) as caught:
        prepare_folder(tmp_path)
    assert caught.value.field == "--out"
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_an_earlier_set_is_replaced(tmp_path):
    write_simulation(tmp_path / "set", 1, 60, 2, parquet=True)
    write_simulation(tmp_path / "set", 2, 60, 2)
    names = {path.name for path in (tmp_path / "set").iterdir()}
    assert names == set(FILES) - {"events.parquet"}


def test_a_broken_line_is_named(tmp_path):
    write_simulation(tmp_path / "set", 1, 60, 2)
    path = tmp_path / "set" / EVENTS
    path.write_text('{"id":"e1"}\nnot json\n')
    with pytest.raises(EventSetInvalidError, match="line 2"):
        read_all(tmp_path / "set")


def test_an_empty_folder_is_no_set(tmp_path):
    with pytest.raises(EventSetInvalidError):
        read_facts(tmp_path)
    with pytest.raises(EventSetInvalidError):
        read_all(tmp_path)
    with pytest.raises(EventSetInvalidError):
        KnownVerdicts(tmp_path)
