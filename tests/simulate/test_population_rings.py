from statistics import median

from test_population_world import make_world

from jacana.simulate.population.kinds import RING_KINDS
from jacana.simulate.population.rings import WATCHERS_LIMITS, draw_size


def test_a_ring_opens_its_vault_to_unrelated_devices(lived):
    vaults = [one for one in lived.truth.accounts.values() if one.vault_at is not None]
    assert vaults
    assert {one.kind for one in vaults} <= {kind.value for kind in RING_KINDS}
    assert max(len(lived.devices(one.account_id)) for one in vaults) >= 6


def test_who_returns_shares_what_the_truth_book_says(lived):
    assert lived.truth.returns
    for back in lived.truth.returns:
        made = next(event for event in lived.by_account[back.child_id] if event["type"] == "account_created")
        parent = {event["device_id"] for event in lived.by_account[back.parent_id] if event.get("device_id")}
        assert back.by
        assert ("same_device" in back.by) == (made["device_id"] in parent)


def test_the_old_accounts_are_silent_when_the_ring_is_back(lived):
    for back in lived.truth.returns:
        last = lived.by_account[back.parent_id][-1]["occurred_at"]
        assert last < lived.by_account[back.child_id][0]["occurred_at"]


def test_sizes_lie_in_their_limits():
    world = make_world(17)
    sizes = [draw_size(world) for _ in range(2000)]
    assert min(sizes) >= WATCHERS_LIMITS[0]
    assert max(sizes) <= WATCHERS_LIMITS[1]
    assert 12 <= median(sizes) <= 16
