from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from session_events import features_of

from jacana.detect.accounts.vault.features import VaultFeatures
from jacana.detect.accounts.vault.score import CROWD, OBSERVED_DAYS, score_features

VAULT = VaultFeatures(
    clusters=7,
    weighed_clusters=6.0,
    watchers=8,
    watched_items=12,
    only_me_uploads=14,
    public_uploads=1,
    observed_days=30,
)
RAISES = (
    "weighed_clusters",
    "watched_items",
    "only_me_uploads",
    "one_time_share",
    "arrival_ratio",
    "kept_changes",
    "teaser_hits",
    "handovers",
    "linked",
    "observed_days",
)
LOWERS = ("public_uploads", "uploading_share", "staff_share", "two_factor", "organisation", "takeover")


@settings(max_examples=200, deadline=None)
@given(features_of, st.sampled_from(RAISES), st.floats(0.01, 10))
def test_more_evidence_never_lowers_the_score(features, name, more):
    value = getattr(features, name)
    raised = value + (more if isinstance(value, float) else int(more) + 1)
    if name.endswith("_share"):
        raised = min(1.0, raised)
    assert score_features(replace(features, **{name: raised})) >= score_features(features)


@settings(max_examples=200, deadline=None)
@given(features_of, st.sampled_from(LOWERS), st.floats(0.01, 10))
def test_an_innocent_explanation_never_raises_it(features, name, more):
    value = getattr(features, name)
    raised = True if isinstance(value, bool) else value + (more if isinstance(value, float) else int(more) + 1)
    if name.endswith("_share"):
        raised = min(1.0, raised)
    assert score_features(replace(features, **{name: raised})) <= score_features(features)


@settings(max_examples=100, deadline=None)
@given(features_of)
def test_it_lies_between_0_and_1(features):
    assert 0.0 <= score_features(features) <= 1.0


def test_a_vault_is_put_before_people():
    assert score_features(VAULT) >= 0.6


@pytest.mark.parametrize(
    "innocent",
    [
        replace(VAULT, clusters=1, weighed_clusters=1.0),
        replace(VAULT, clusters=2, weighed_clusters=2.0, public_uploads=6),
        replace(VAULT, public_uploads=200, uploading_share=0.8),
        replace(VAULT, organisation=True, staff_share=1.0, public_uploads=30),
        replace(VAULT, clusters=8, weighed_clusters=2.75),
        replace(VAULT, clusters=5, weighed_clusters=4.0, takeover=True),
    ],
    ids=["family", "split-family", "agency", "organisation", "resetter", "victim"],
)
def test_innocent_patterns_stay_below(innocent):
    assert score_features(innocent) < 0.4


def test_a_short_look_gives_no_score_unless_something_presses():
    short = replace(VAULT, observed_days=OBSERVED_DAYS - 1)
    assert score_features(short) == 0.0
    for urgent in ("teaser_hits", "handovers", "linked"):
        assert score_features(replace(short, **{urgent: 1})) > 0.5
    assert score_features(replace(short, clusters=12, weighed_clusters=CROWD)) > 0.5


def test_without_only_me_uploads_there_is_no_vault():
    assert score_features(replace(VAULT, only_me_uploads=0)) == 0.0
    assert score_features(replace(VAULT, watched_items=0)) == 0.0
