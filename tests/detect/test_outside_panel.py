from typing import Any

import pytest
from outside_stand_ins import NOW, make_facts

from jacana.db.engine import Database
from jacana.detect.media.hashing.frames import collect_frames
from jacana.detect.media.outside.memory import MemoryClassifier, MemoryLookup
from jacana.detect.media.outside.panel import MOST_HASHES, Panel, choose_hashes
from jacana.detect.media.outside.silence import Silence
from jacana.detect.media.outside.statements import state_silence
from jacana.detect.media.outside.store import Ask, AskState
from jacana.model.finding import FindingKind
from jacana.model.media import MediaFacts
from jacana.model.upload import Digests
from jacana.settings import SettingInvalidError, Settings


def facts_of(*rows: tuple[float, int, bytes]) -> MediaFacts:
    return make_facts(frames=collect_frames(rows).pack(), frame_count=len(rows))


def test_nobody_is_asked_unless_the_settings_name_them() -> None:
    assert Panel.from_settings(Settings()).empty
    settings: dict[str, Any] = {"arachnid_url": "https://a.example", "arachnid_username": "u", "arachnid_password": "p"}
    panel = Panel.from_settings(Settings(**settings, classifier_url="https://c.example"))
    assert (panel.names, panel.empty) == ({"arachnid", "classifier"}, False)
    with pytest.raises(SettingInvalidError):
        Panel.from_settings(Settings(classifier_url="http://c.example"))


def test_chooses_distinct_telling_hashes_with_their_first_second() -> None:
    a, b = b"a" * 32, b"b" * 32
    question = choose_hashes(facts_of((0.0, 80, a), (0.5, 49, b"c" * 32), (1.0, 50, b), (2.0, 90, a)))
    assert question.hashes == (a, b)
    assert question.seconds == (0.0, 1.0)
    assert choose_hashes(make_facts()).hashes == ()


def test_a_long_file_is_asked_about_evenly() -> None:
    rows = [(float(row), 90, row.to_bytes(2) * 16) for row in range(3 * MOST_HASHES)]
    question = choose_hashes(facts_of(*rows))
    assert len(question.hashes) == MOST_HASHES
    assert (question.seconds[0], question.seconds[-1]) == (0.0, 3 * MOST_HASHES - 1.0)


def test_only_an_answer_ends_a_silence(database: Database, add_upload) -> None:
    upload = add_upload(Digests("a" * 32, "b" * 40, "c" * 64))
    panel = Panel([MemoryLookup("shield")], [MemoryClassifier(name="eye")])
    silences = [
        state_silence(upload, kind, service, Silence.SLOW, given_up=False)
        for kind, service in ((FindingKind.LOOKUP_SILENT, "shield"), (FindingKind.CLASSIFIER_SILENT, "eye"))
    ]
    with database.write() as connection:
        for state in (AskState.SILENT, AskState.GIVEN_UP):
            panel.save_ask(connection, Ask(upload.id, "shield", state, "hashes", 1, NOW, "slow"))
            assert panel.leave_out_answered(connection, upload.id, silences) == tuple(silences)
        panel.save_ask(connection, Ask(upload.id, "shield", AskState.ANSWERED, "hashes", 2, NOW))
        assert panel.leave_out_answered(connection, upload.id, silences) == (silences[1],)
        assert panel.leave_out_answered(connection, upload.id, []) == ()
        assert panel.load_asks(connection, upload.id)["shield"].attempts == 2
        assert panel.count_asks(connection) == {"shield": {"answered": 1}}
