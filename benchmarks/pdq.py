"""PDQ of one frame: from the decoder's luma plane and from RGB, against pdqhash (the reference C++ behind Python)."""

from collections.abc import Iterator
from types import ModuleType

import numpy as np

from benchmarks import Row, compare
from jacana.detect.media.hashing.pdq import hash_luma, hash_rgb
from jacana.simulate.clips import draw_picture

SIZES = ((512, 512), (1280, 720), (1920, 1080))


def run() -> Iterator[Row]:
    """Yield a row for each size and input."""
    peer = load_peer()
    for width, height in SIZES:
        picture = draw_picture(1, size=(width, height))
        luma = np.ascontiguousarray(np.round(picture @ [0.299, 0.587, 0.114]).astype(np.uint8))
        call = (lambda picture=picture: peer.compute(picture)) if peer else None
        note = describe(peer, picture)
        size = f"{width}x{height}"
        yield compare(f"pdq {size} from luma", lambda luma=luma: hash_luma(luma), call, f"peer from RGB; {note}")
        yield compare(f"pdq {size} from RGB", lambda picture=picture: hash_rgb(picture), call, note)


def load_peer() -> ModuleType | None:
    """Return pdqhash if the bench extra is installed."""
    try:
        import pdqhash
    except ImportError:
        return None
    return pdqhash


def describe(peer: ModuleType | None, picture: np.ndarray) -> str:
    if peer is None:
        return "pdqhash is not installed (extra bench): no peer"
    bits, _ = peer.compute(picture)
    ours = np.unpackbits(np.frombuffer(hash_rgb(picture).pdq, np.uint8))
    return f"pdqhash; our RGB hash differs from its in {int((np.asarray(bits) != ours).sum())} bits"
