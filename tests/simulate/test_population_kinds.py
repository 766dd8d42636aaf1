from jacana.simulate.population.kinds import HABITS, INNOCENT_KINDS, RING_KINDS, SHARES, Kind


def test_every_kind_has_habits():
    assert set(HABITS) == set(Kind)


def test_the_shares_leave_most_accounts_ordinary():
    assert Kind.ORDINARY not in SHARES
    assert not RING_KINDS & SHARES.keys()
    assert 0 < sum(SHARES.values()) < 0.4


def test_nobody_innocent_belongs_to_a_ring():
    assert not RING_KINDS & set(INNOCENT_KINDS)
    assert Kind.WATCHER not in INNOCENT_KINDS
