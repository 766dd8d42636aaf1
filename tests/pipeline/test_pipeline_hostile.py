"""Hostile files through the whole flow: never shown, held with a reason, and a case for a person."""

import socket

import pytest

from hostile.corpus import list_bombs, list_crowded, list_disguised, list_endless, list_enormous
from hostile.drawn import draw
from hostile.pointers import list_pointers
from jacana.detect.media.decoding.answer import PROBLEMS
from jacana.model.action import ActionKind
from jacana.model.decision import Lane
from jacana.model.finding import FindingKind
from jacana.model.upload import UploadState, Visibility

HOSTILE = ("enormous_65535.png", "centuries.mkv", "bomb.png", "crowd.mkv", "page.mp4", "playlist_http.m3u8.mp4",
           "playlist_file.ffconcat", "reference_file.mov", "only_subtitles_path.mkv")  # fmt: skip


@pytest.fixture
def flow_on_hostile(flow, tmp_path):
    canary = tmp_path / "canary.mp4"
    canary.write_bytes(draw("mp4_h264"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        corpus = {
            hostile.name: hostile.data
            for group in (list_enormous, list_endless, list_bombs, list_crowded, list_disguised)
            for hostile in group()
        }
        corpus |= {name: data for name, data, _ in list_pointers(canary, listener.getsockname()[1])}
        for number, name in enumerate(HOSTILE):
            flow.clips[name] = tmp_path / str(number)
            flow.clips[name].write_bytes(corpus[name])
        yield flow
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_hostile_files_are_held_with_a_reason_and_become_cases(flow_on_hostile) -> None:
    flow = flow_on_hostile
    uploads = {name: flow.upload(name, f"account-{number}", Visibility.PUBLIC) for number, name in enumerate(HOSTILE)}
    flow.drain()
    assert ActionKind.RELEASE not in {action.kind for action in flow.network.effects}
    with flow.stages.db.read() as connection:
        queue = flow.stages.desk.list_queue(connection)
        assert [row.lane for row in queue] == [Lane.UNREADABLE] * len(HOSTILE)
        for name, upload_id in uploads.items():
            assert flow.stages.intake.load_upload(connection, upload_id).state is UploadState.HELD, name
            (finding,) = flow.stages.screener.list_findings(connection, upload_id)
            assert finding.kind is FindingKind.MEDIA_UNREADABLE, name
            assert finding.reasons[0] in PROBLEMS.values(), (name, finding.reasons)
            problems = {"not_media", "too_large_frame", "endless", "no_video_stream", "unsupported"}
            assert finding.details["problem"] in problems, name
