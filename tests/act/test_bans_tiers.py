import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.act.bans.tiers import MANY_ACCOUNTS, DeviceEvidence, choose_tier, count_independent
from jacana.model.ban import DeviceTier

EVIDENCE = st.builds(
    DeviceEvidence,
    confirmed=st.integers(0, 5),
    attested=st.booleans(),
    clean=st.integers(0, 3),
    accounts=st.integers(1, 25),
    sessions=st.integers(0, 4),
)
GROUNDS = st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("123456")), max_size=6)


@pytest.mark.parametrize(
    ("evidence", "tier"),
    [
        pytest.param(DeviceEvidence(2, True, 0, 2, 5), DeviceTier.BLOCK, id="two confirmed, attested"),
        pytest.param(DeviceEvidence(2, False, 0, 2, 5), DeviceTier.REVERIFY, id="two confirmed, not attested"),
        pytest.param(DeviceEvidence(1, True, 0, 1, 5), DeviceTier.NO_NEW_ACCOUNT, id="one confirmed"),
        pytest.param(DeviceEvidence(2, True, 1, 4, 9), DeviceTier.NO_NEW_ACCOUNT, id="family tablet"),
        pytest.param(DeviceEvidence(1, True, 0, 30, 9), DeviceTier.TAG, id="school pool"),
        pytest.param(DeviceEvidence(2, True, 0, 30, 9), DeviceTier.NO_NEW_ACCOUNT, id="pool, two confirmed"),
        pytest.param(DeviceEvidence(2, True, 0, 2, 1), DeviceTier.TAG, id="seen once"),
        pytest.param(DeviceEvidence(0, True, 0, 1, 9), DeviceTier.TAG, id="nobody confirmed"),
    ],
)
def test_the_table(evidence: DeviceEvidence, tier: DeviceTier) -> None:
    assert choose_tier(evidence)[0] is tier


@given(EVIDENCE)
def test_a_block_needs_all_of_it(evidence: DeviceEvidence) -> None:
    tier, why = choose_tier(evidence)
    assert why
    if evidence.clean or not evidence.attested or evidence.confirmed < 2:
        assert tier < DeviceTier.BLOCK
    if evidence.sessions <= 1:
        assert tier is DeviceTier.TAG
    if evidence.accounts > MANY_ACCOUNTS or evidence.clean:
        assert tier <= DeviceTier.NO_NEW_ACCOUNT


@given(EVIDENCE, EVIDENCE)
def test_more_against_never_lowers_and_more_for_never_raises(one: DeviceEvidence, other: DeviceEvidence) -> None:
    harder = DeviceEvidence(
        confirmed=max(one.confirmed, other.confirmed),
        attested=one.attested or other.attested,
        clean=min(one.clean, other.clean),
        accounts=min(one.accounts, other.accounts),
        sessions=max(one.sessions, other.sessions),
    )
    assert choose_tier(harder)[0] >= max(choose_tier(one)[0], choose_tier(other)[0])


@pytest.mark.parametrize(
    ("grounds", "count"),
    [
        pytest.param({}, 0, id="nobody"),
        pytest.param({"a": set()}, 0, id="no ground"),
        pytest.param({"a": {"1"}, "b": {"1"}}, 1, id="one file of two"),
        pytest.param({"a": {"1"}, "b": {"2"}}, 2, id="two files"),
        pytest.param({"a": {"1"}, "b": {"1", "2"}}, 2, id="a shared file and one more"),
        pytest.param({"a": {"1", "2"}, "b": {"1"}, "c": {"2"}}, 2, id="two files of three"),
    ],
)
def test_independent_grounds(grounds: dict[str, set[str]], count: int) -> None:
    assert count_independent(grounds) == count


@given(GROUNDS, st.sampled_from("abcdef"))
def test_an_account_without_a_ground_of_its_own_never_counts(grounds: dict[str, set[str]], account: str) -> None:
    counted = count_independent(grounds)
    assert counted <= min(len(set().union(*grounds.values())), sum(bool(own) for own in grounds.values()))
    assert counted <= count_independent({**grounds, account: grounds.get(account, set()) | {"9"}}) <= counted + 1
