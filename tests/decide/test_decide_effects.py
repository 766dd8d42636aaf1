from pathlib import Path

from jacana.decide.effects import ALLOWED_AT, BEATEN_BY, DECIDING, LANE_MEANING, LASTING, MEANING
from jacana.model.action import DESTRUCTIVE
from jacana.model.decision import EffectKind, Lane, Moment

DOCS = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()


def test_every_effect_stands_in_the_docs_with_its_moments() -> None:
    for kind in EffectKind:
        moments = ", ".join(moment.value for moment in Moment if moment in ALLOWED_AT[kind])
        assert f"| `{kind}` | {moments} | {MEANING[kind]} |" in DOCS


def test_every_lane_and_moment_stands_in_the_docs() -> None:
    assert all(f"| `{lane}` | {LANE_MEANING[lane]} |" in DOCS for lane in Lane)
    assert all(f"\n| `{moment}` |" in DOCS for moment in Moment)


def test_every_destructive_action_counts_as_lasting() -> None:
    assert {effect.value for effect in LASTING} == {action.value for action in DESTRUCTIVE}


def test_release_is_beaten_by_everything_that_protects() -> None:
    harmless = {EffectKind.RELEASE, EffectKind.REINSTATE_ACCOUNT, EffectKind.OPEN_CASE}
    of_files = {kind for kind, moments in ALLOWED_AT.items() if moments & {Moment.UPLOAD, Moment.VERDICT}}
    assert set(BEATEN_BY[EffectKind.RELEASE]) == of_files - harmless
    assert EffectKind.RELEASE not in {winner for winners in BEATEN_BY.values() for winner in winners}


def test_of_the_deciding_effects_at_most_one_can_stand() -> None:
    for one in DECIDING:
        for other in DECIDING - {one}:
            assert other in BEATEN_BY.get(one, ()) or one in BEATEN_BY.get(other, ())
