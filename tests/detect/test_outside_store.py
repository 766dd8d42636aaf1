from dataclasses import replace

from outside_stand_ins import NOW

from jacana.db.engine import Database
from jacana.detect.media.outside.store import Ask, AskState, count_asks, save_ask, select_asks
from jacana.model.upload import Digests


def test_an_asking_is_kept_in_place_of_how_it_stood(database: Database, add_upload) -> None:
    upload = add_upload(Digests("a" * 32, "b" * 40, "c" * 64))
    ask = Ask(upload.id, "shield", AskState.SILENT, "hashes", 1, NOW, "slow")
    answered = replace(ask, state=AskState.ANSWERED, attempts=2, why=None, answered_at=NOW)
    with database.write() as connection:
        save_ask(connection, ask)
        save_ask(connection, replace(ask, service="classifier", sent="media"))
        assert select_asks(connection, upload.id)["shield"] == ask
        save_ask(connection, answered)
    with database.read() as connection:
        asks = select_asks(connection, upload.id)
        assert (list(asks), asks["shield"]) == (["classifier", "shield"], answered)
        assert select_asks(connection, "upload_0") == {}
        assert count_asks(connection) == {"shield": {"answered": 1}, "classifier": {"silent": 1}}
