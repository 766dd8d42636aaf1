import base64
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from jacana.cli import context, policy
from jacana.db.engine import Database
from jacana.db.tables.ingest import ingest_accounts, ingest_uploads
from jacana.decide.policy import PolicyInvalidError, load_policy
from jacana.decide.store import record_decision
from jacana.ingest.intake import UploadUnknownError
from jacana.model.clock import utc_now
from jacana.model.decision import Effect, EffectKind, Evaluation, FiredRule, Lane, Moment, WithheldEffect

SHIPPED = load_policy(None)


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = base64.b64encode(bytes(32)).decode()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(context, "_flags", {})
    monkeypatch.setattr(context, "_file", [])
    for name, value in {"FIELD_KEY": key, "VAULT_KEY": key, "DATA_DIR": str(tmp_path / "data")}.items():
        monkeypatch.setenv(f"JACANA_{name}", value)
    monkeypatch.setenv("JACANA_NETWORK_SECRET", f"whsec_{key}")
    monkeypatch.setenv("JACANA_NETWORK_URL", "http://127.0.0.1:9/hook")


def jacana(*arguments: str | Path) -> Result:
    return CliRunner().invoke(policy.app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def test_check_lists_the_rules_of_a_sound_policy_and_needs_no_database(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(SHIPPED.source_text)
    result = jacana("check", path)
    assert result.exit_code == 0
    assert f"{SHIPPED.version} is sound: {len(SHIPPED.rules)} rules" in result.output
    assert all(rule.name in result.output for rule in (*SHIPPED.rules,))
    assert "otherwise" in result.output
    assert not (tmp_path / "data").exists()


def test_check_shows_every_problem_with_a_caret(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        SHIPPED.source_text.replace("finding.nearest", "finding.nearst").replace("draft_report", "report", 1)
    )
    result = jacana("check", path)
    assert result.exit_code == 1
    assert "did you mean `finding.nearest`?" in result.output
    assert "^^^^^^^^^^^^^^" in result.output
    assert "unknown effect `report`" in result.output
    assert f"mend 2 problems in {path}" in result.output


def test_check_without_a_file_checks_the_policy_in_force(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert SHIPPED.version in jacana("check").output
    (tmp_path / "mine.yaml").write_text("policy: x")
    monkeypatch.setenv("JACANA_POLICY_FILE", str(tmp_path / "mine.yaml"))
    assert jacana("check").exit_code == 1


def test_check_names_a_file_that_does_not_exist(tmp_path: Path) -> None:
    result = jacana("check", tmp_path / "none.yaml")
    assert result.exit_code == 1
    assert "cannot be read" in result.output


def test_show_gives_a_copy_of_the_policy_in_force(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = jacana("show")
    assert shown.stdout == SHIPPED.source_text
    assert SHIPPED.version in shown.stderr
    changed = SHIPPED.source_text.replace("policy: default", "policy: mine")
    (tmp_path / "mine.yaml").write_text(changed)
    monkeypatch.setenv("JACANA_POLICY_FILE", str(tmp_path / "mine.yaml"))
    shown = jacana("show")
    assert shown.stdout == changed
    assert "mine@" in shown.stderr and "mine.yaml" in shown.stderr


def test_show_refuses_a_broken_policy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("policy: x")
    monkeypatch.setenv("JACANA_POLICY_FILE", str(tmp_path / "mine.yaml"))
    assert isinstance(jacana("show").exception, PolicyInvalidError)


EVALUATION = Evaluation(
    policy_version="default@0123456789ab",
    moment=Moment.UPLOAD,
    fired=(FiredRule("known_material", {"finding.nearest": "4"}, "find_1"), FiredRule("otherwise", {}, None)),
    effects=(
        Effect(EffectKind.HOLD, "known_material", "It matches."),
        Effect(EffectKind.OPEN_CASE, "known_material", "It matches.", Lane.APPARENT_CSAM),
    ),
    withheld=(
        WithheldEffect(
            Effect(EffectKind.DRAFT_REPORT, "known_material", "It matches."), "bank [b] may not cause draft_report"
        ),
    ),
)


@pytest.fixture
def with_upload(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("JACANA_DATABASE_URL", sqlite_url)
    database, now = Database(sqlite_url), utc_now()
    with database.write() as connection:
        connection.execute(
            ingest_accounts.insert().values(id="account-1", state="active", first_seen_at=now, updated_at=now)
        )
        connection.execute(
            ingest_uploads.insert().values(
                id="upl_1",
                network_id="video-1",
                account_id="account-1",
                visibility="public",
                state="received",
                md5="0" * 32,
                sha1="0" * 40,
                sha256="0" * 64,
                size_bytes=1,
                received_at=now,
            )
        )
    return database


def test_explain_shows_rules_values_effects_and_what_was_withheld(with_upload: Database) -> None:
    with with_upload.write() as connection:
        decision_id = record_decision(connection, "upl_1", EVALUATION, "upl_1", utc_now())
    with_upload.close()
    result = jacana("explain", "upl_1")
    assert result.exit_code == 0, result.exception
    assert decision_id in result.output.splitlines()[0]
    assert result.output.splitlines()[1:] == [
        "  asked     default@0123456789ab, on upload",
        "  fired     known_material on find_1",
        "              finding.nearest is 4",
        "  fired     otherwise",
        "  granted   hold by known_material: It matches.",
        "  granted   open_case in apparent_csam by known_material: It matches.",
        "  withheld  draft_report by known_material: bank [b] may not cause draft_report",
        "",
    ]


def test_explain_says_so_when_nothing_is_decided_yet(with_upload: Database) -> None:
    with_upload.close()
    assert "nothing has been decided" in jacana("explain", "upl_1").output


def test_explain_knows_no_other_upload(with_upload: Database) -> None:
    with_upload.close()
    assert isinstance(jacana("explain", "upl_2").exception, UploadUnknownError)


def test_an_evaluation_without_rules_says_so() -> None:
    empty = Evaluation("default@0123456789ab", Moment.VERDICT, (), (), ())
    assert policy.describe_evaluation(empty) == [
        "  asked     default@0123456789ab, on verdict",
        "  fired     no rule",
    ]
