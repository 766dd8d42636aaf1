from test_population_world import make_world

from jacana.simulate.population.kinds import Kind
from jacana.simulate.population.person import settle_in
from jacana.simulate.population.traders import Advertiser, Vault


def make_vault(seed=15):
    world = make_world(seed)
    vault = Vault(world, Kind.VAULT, settle_in(world))
    vault.enlist("ring0001", world.vocabulary.terms[:3])
    vault.join(world, 10.0)
    return world, vault


def test_a_vault_holds_only_what_its_owner_may_see():
    world, vault = make_vault()
    files = ["ab" * 32]
    vault.stock(world, files, first=True)
    uploads = [event for event in world.take_events() if event["type"] == "upload_registered"]
    assert {event["visibility"] for event in uploads} == {"only_me"}
    assert uploads[0]["sha256"] == "ab" * 32
    assert len(files) == len(uploads)


def test_a_stranger_watches_from_inside_and_makes_it_a_vault():
    world, vault = make_vault()
    vault.stock(world, [], first=True)
    assert world.truth.accounts[vault.id].vault_at is None
    vault.be_watched(world, world.make_device(), world.plan.home())
    viewed = [event for event in world.take_events() if event["type"] == "video_viewed"]
    assert viewed
    assert {event["account_id"] for event in viewed} == {vault.id}
    assert world.truth.accounts[vault.id].vault_at is not None


def test_teasers_are_public_and_in_the_truth_book():
    world = make_world(16)
    advertiser = Advertiser(world, Kind.ADVERTISER, settle_in(world))
    advertiser.enlist("ring0001", world.vocabulary.terms[:3])
    advertiser.advertise(world, advertiser.terms, first=True)
    uploads = [event for event in world.take_events() if event["type"] == "upload_registered"]
    assert {event["visibility"] for event in uploads} == {"public"}
    assert {text.event_id for text in world.truth.texts} == {event["id"] for event in uploads}


def test_a_password_is_handed_over_in_words():
    world, vault = make_vault()
    world.truth.texts.clear()
    vault.hand_over(world, vault.name, "plorvex77", "a42")
    event = next(event for event in world.take_events() if "text" in event)
    assert "plorvex77" in event["text"]
    assert [text.holds for text in world.truth.texts] == ["handover"]
