"""The compact tree against RFC 6962's definition, written out recursively, and against its published test vectors."""

from hypothesis import given
from hypothesis import strategies as st

from jacana.audit.merkle import EMPTY_ROOT, CompactTree, hash_leaf, hash_node


def root_by_definition(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, by the letter."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return hash_node(root_by_definition(hashes[:split]), root_by_definition(hashes[split:]))


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_root_is_the_definition(leaves: list[bytes]) -> None:
    tree = CompactTree()
    for leaf in leaves:
        tree = tree.append(hash_leaf(leaf))
    assert tree.size == len(leaves)
    assert tree.root() == root_by_definition([hash_leaf(leaf) for leaf in leaves])
    assert len(tree.peaks) == tree.size.bit_count()


def test_known_roots() -> None:
    # The eight leaves and roots of the Certificate Transparency reference tests.
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    tree = CompactTree()
    for leaf in leaves:
        tree = tree.append(hash_leaf(bytes.fromhex(leaf)))
        assert tree.root().hex() == roots.get(tree.size, tree.root().hex())
