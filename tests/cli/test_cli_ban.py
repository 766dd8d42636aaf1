import pytest

from jacana.act.bans.appeals import AppealDecidedError
from jacana.act.bans.bans import BanEndedError, BanUnknownError
from jacana.act.bans.tiers import DeviceEvidence
from jacana.cli import ban
from jacana.cli.context import open_stages
from jacana.model.ban import DeviceBan
from jacana.pipeline.appealing import AppealRequest, open_appeal

KEY = "ab" * 32


@pytest.fixture
def placed(prepared_folder) -> DeviceBan:
    with open_stages() as stages, stages.db.write() as connection:
        evidence = {KEY: DeviceEvidence(1, True, 0, 1, 5)}
        (made,) = stages.bans.place(connection, [KEY], "anna", "decision_1", "[bold]Banned.", evidence, "policy:1")
    return made


def appeal(network_id: str) -> str:
    with open_stages() as stages:
        request = AppealRequest(network_id, "buyer", [KEY], next_owner=True, text="a secret wish")
        return open_appeal(stages, request, "key:key_1")[0].id


def test_bans_are_listed_without_the_device(placed, run_verb) -> None:
    said = run_verb(ban.app, "list", "--account", "anna", "--state", "standing").output
    for part in (placed.id, "no_new_account", "[bold]Banned."):
        assert part in said
    assert KEY not in said
    assert run_verb(ban.app, "list", "--account", "berta").output.strip() == "none"


def test_one_ban_is_shown_with_its_counts(placed, run_verb) -> None:
    said = run_verb(ban.app, "show", placed.id).output
    for part in ("1 no_new_account", "policy:1", "confirmed    1", "sessions     5"):
        assert part in said
    assert isinstance(run_verb(ban.app, "show", "ban_none").exception, BanUnknownError)


def test_a_ban_is_lifted_once(placed, run_verb) -> None:
    assert "lifted; 0 findings" in run_verb(ban.app, "lift", placed.id, "--because", "sold").output
    said = run_verb(ban.app, "show", placed.id).output
    assert "lifted" in said
    assert "sold" in said
    assert isinstance(run_verb(ban.app, "lift", placed.id, "--because", "sold").exception, BanEndedError)


def test_appeals_are_listed_and_decided(placed, run_verb) -> None:
    denied, granted = appeal("n1"), appeal("n2")
    said = run_verb(ban.app, "appeal", "list", "--state", "open").output
    assert denied in said
    assert "secret wish" not in said
    assert run_verb(ban.app, "appeal", "deny", denied, "--because", "no").output.strip() == f"{denied} denied"
    assert run_verb(ban.app, "appeal", "grant", granted, "--because", "yes").output.strip() == f"{granted} granted"
    assert "lifted" in run_verb(ban.app, "show", placed.id).output
    again = run_verb(ban.app, "appeal", "grant", denied, "--because", "yes")
    assert isinstance(again.exception, AppealDecidedError)
