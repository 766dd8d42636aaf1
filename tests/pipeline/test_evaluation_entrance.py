from types import SimpleNamespace

from evaluation_world import START, event

from jacana.db.sealing import FieldSealer
from jacana.model.check import Answer, CheckAnswer
from jacana.pipeline.evaluation.entrance import Entrance
from jacana.settings import Settings


class ScriptedDoor:
    def __init__(self, **answers):
        self.answers, self.checks = answers, []

    def check(self, check):
        self.checks.append(check)
        return CheckAnswer(self.answers.get(check.account_id, Answer.ALLOW), (), ())


def make_entrance(**answers):
    door = ScriptedDoor(**answers)
    stages = SimpleNamespace(
        door=door, clock=lambda: START, sealer=FieldSealer(bytes(32)), settings=Settings(device_epoch_days=365)
    )
    return Entrance(stages), door


def test_a_refused_sign_up_never_does_anything():
    entrance, door = make_entrance(a=Answer.REFUSE)
    assert not entrance.let_in(event(1, "account_created", "a", 0, screen_name="mara", device_id="d1"))
    assert not entrance.let_in(event(2, "upload_registered", "a", 1))
    assert [met.refused for met in entrance.at_door] == [True]
    (check,) = door.checks
    assert check.kind == "sign_up"
    assert check.names == ("mara",)
    assert len(check.device_keys) == 2
    assert "d1" not in check.device_keys


def test_a_refused_log_in_ends_that_session_only():
    entrance, _ = make_entrance(a=Answer.REFUSE)
    assert not entrance.let_in(event(1, "session_started", "a", 0, session_id="s1"))
    assert not entrance.let_in(event(2, "video_viewed", "a", 0, session_id="s1"))
    assert entrance.let_in(event(3, "video_viewed", "a", 1, session_id="s2"))


def test_whoever_is_challenged_comes_in_and_is_remembered():
    entrance, _ = make_entrance(a=Answer.CHALLENGE)
    assert entrance.let_in(event(1, "session_started", "a", 0, session_id="s1", ip="192.0.2.1"))
    assert [(met.account_id, met.refused, met.sign_up) for met in entrance.at_door] == [("a", False, False)]


def test_nobody_is_asked_about_what_is_no_log_in():
    entrance, door = make_entrance()
    assert entrance.let_in(event(1, "comment_posted", "a", 0))
    assert entrance.let_in(event(2, "session_started", "a", 0, session_id="s1"))
    assert len(door.checks) == 1
    assert entrance.at_door == []
