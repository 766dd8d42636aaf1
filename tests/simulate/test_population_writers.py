from test_population_world import make_world

from jacana.simulate.population.words import SimTerm
from jacana.simulate.population.writers import settle_lookalike, settle_term_user, write_term


def live_days(settle, seed):
    world = make_world(seed)
    world.public_videos.append(("u1", "a9", -1.0))
    (person,) = settle(world)
    person.rate = 4.0
    for world.day in range(15):
        person.live(world)
    return world, person, world.take_events()


def test_a_term_user_is_in_the_truth_book_with_each_text():
    world, person, events = live_days(settle_term_user, 12)
    by_id = {event["id"]: event for event in events}
    assert world.truth.texts
    for text in world.truth.texts:
        assert text.account_id == person.id
        assert by_id[text.event_id]["type"] == {"comment": "comment_posted", "search": "search_performed"}[text.field]


def test_a_lookalike_never_writes_a_term():
    world, _, events = live_days(settle_lookalike, 13)
    words = {term.text for term in world.vocabulary.terms if not term.requires}
    texts = [event.get("text") or event.get("caption") or "" for event in events]
    assert any(texts)
    assert not any(set(text.split()) & words for text in texts)
    assert world.truth.texts == []


def test_an_ambiguous_word_is_written_with_its_co_term():
    world = make_world(14)
    text, how = write_term(world, ("{term} here",), SimTerm("kitten", requires="zorvalim"))
    assert (text, how) == ("kitten zorvalim here", "plain")
