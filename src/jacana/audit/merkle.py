"""The Merkle tree of RFC 6962 section 2.1 as a compact range: only the roots of complete subtrees are kept. Pure."""

import hashlib
from dataclasses import dataclass

EMPTY_ROOT = hashlib.sha256(b"").digest()


def hash_leaf(leaf: bytes) -> bytes:
    """Return SHA-256(0x00 || leaf), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class CompactTree:
    """A tree of `size` leaves, known by its peaks: one root per set bit of `size`, largest subtree first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf_hash: bytes) -> "CompactTree":
        """Return the tree with one more leaf. Amortised constant time."""
        peaks, carry = list(self.peaks), self.size
        node = leaf_hash
        while carry & 1:
            node = hash_node(peaks.pop(), node)
            carry >>= 1
        return CompactTree(self.size + 1, (*peaks, node))

    def root(self) -> bytes:
        """Return the Merkle tree hash."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = hash_node(peak, node)
        return node
