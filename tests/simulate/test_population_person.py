from random import Random

from test_population_world import make_world

from jacana.simulate.population.kinds import Habits, Kind
from jacana.simulate.population.person import Person, draw_count, settle_in


def make_person(world, **habits):
    return Person(world, Kind.ORDINARY, settle_in(world), habits=Habits(sessions=3.0, spread=0.0, **habits))


def test_joining_makes_the_account_before_the_first_day():
    world = make_world()
    person = make_person(world)
    person.join(world)
    (created,) = world.take_events()
    assert created["type"] == "account_created"
    assert created["occurred_at"] < "2026-01-05"
    assert world.truth.accounts[person.id].kind == "ordinary"


def test_a_day_is_made_of_sessions():
    world = make_world()
    person = make_person(world, uploads=1.0, only_me=1.0)
    for world.day in range(5):
        person.live(world)
    events = world.take_events()
    kinds = {event["type"] for event in events}
    assert {"session_started", "upload_registered"} <= kinds
    assert {event["visibility"] for event in events if event["type"] == "upload_registered"} == {"only_me"}
    assert not world.public_videos


def test_public_uploads_can_be_watched_by_others():
    world = make_world()
    author, viewer = make_person(world, uploads=1.0, only_me=0.0), make_person(world, views=5.0)
    author.live(world)
    author.live(world)
    viewer.live(world)
    viewed = [event for event in world.take_events() if event["type"] == "video_viewed"]
    assert {event["upload_id"] for event in viewed} <= {upload_id for upload_id, _, _ in world.public_videos}
    assert any(event["account_id"] == viewer.id for event in viewed)


def test_poisson_draws_have_the_mean_asked_for():
    rng = Random(7)
    draws = [draw_count(rng, 1.5) for _ in range(4000)]
    assert 1.4 < sum(draws) / len(draws) < 1.6
    assert draw_count(rng, 0.0) == 0
