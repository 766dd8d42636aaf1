from datetime import timedelta

from evaluation_world import START, event, truth_of

from jacana.model.account_finding import AccountFindingKind
from jacana.pipeline.evaluation.outcome import Outcome, Sighting
from jacana.pipeline.evaluation.reach import gather_reach, measure_reach

EVENTS = [
    event(1, "upload_registered", "v", 0, upload_id="u1", visibility="only_me", device_id="own"),
    event(2, "upload_registered", "v", 0, upload_id="u2", visibility="public", device_id="own"),
    event(3, "video_viewed", "v", 1, upload_id="u1", device_id="own"),
    event(4, "video_viewed", "v", 2, upload_id="u1", device_id="d1"),
    event(5, "video_viewed", "v", 3, upload_id="u1", device_id="d1"),
    event(6, "video_viewed", "x", 3, upload_id="u2", device_id="d9"),
    event(7, "video_viewed", "v", 10, upload_id="u1", device_id="d2"),
    event(8, "video_viewed", "v", 20, upload_id="u1", device_id="d3"),
    event(9, "video_viewed", "x", 20, upload_id="other", device_id="d9"),
]


def test_strangers_views_from_inside_and_public_ones_are_told_apart():
    reach = gather_reach([EVENTS], ["v"])["v"]
    assert len(reach.public) == 1
    assert [device for _, device in reach.credentialed] == ["d1", "d1", "d2", "d3"]


def test_views_are_counted_until_found_until_shut_out_and_after():
    outcome = Outcome(
        sightings=[Sighting("v", AccountFindingKind.VAULT_ACCOUNT, 1.0, START + timedelta(hours=5))],
        shut_out_at={"v": START + timedelta(hours=15)},
    )
    figures = measure_reach(gather_reach([EVENTS], ["v"]), outcome, truth_of(v="ring_vault"))
    assert (figures.credentialed_before, figures.credentialed_after, figures.prevented) == (2, 1, 1)
    assert (figures.credentialed_median, figures.devices_median) == (2, 1)
    assert (figures.public_before, figures.found) == (1, 1)


def test_of_an_account_never_found_every_view_counts():
    figures = measure_reach(gather_reach([EVENTS], ["v"]), Outcome(), truth_of(v="ring_vault"))
    assert (figures.credentialed_before, figures.credentialed_after, figures.found) == (4, 0, 0)
