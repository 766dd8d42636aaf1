"""Fill a catalogue from the analyses that the database keeps: after an upgrade, or when its folder was lost."""

from collections.abc import Callable

from jacana.db.engine import Database
from jacana.detect.media.catalogue import store
from jacana.detect.media.catalogue.shelf import Catalogue

_AT_ONCE = 200


def rebuild_catalogue(db: Database, catalogue: Catalogue, report: Callable[[int, int], None]) -> int:
    """Append every stored analysis that the catalogue lacks; return how many. `report` gets (done, of how many).

    Parts that cannot be read are set aside first, so what they held is appended again.
    """
    catalogue.set_aside_damaged()
    present = {sha256.tobytes().hex() for part in catalogue.list_parts() for sha256 in part.read().sha256}
    added, done, after = 0, 0, ""
    with db.read() as connection:
        total = store.count_analyses(connection)
    while True:
        with db.read() as connection:
            batch = store.select_analyses(connection, after, _AT_ONCE)
        if not batch:
            return added
        for facts in batch:
            if facts.sha256 not in present and (facts.frames or facts.windows):
                catalogue.append(facts)
                added += 1
        after, done = batch[-1].sha256, done + len(batch)
        report(done, total)
