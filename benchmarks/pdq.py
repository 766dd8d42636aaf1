"""PDQ of one frame, ours beside the reference's C++ as Python has it: pdqhash, and threatexchange, which calls it."""

from collections.abc import Iterator

import numpy as np

from benchmarks import Row, compare
from benchmarks.peers import explain_absence, find_peer
from jacana.detect.media.hashing.pdq import hash_luma, hash_orientations, hash_rgb
from jacana.detect.media.hashing.reduce import reduce_plane, reduce_rgb
from jacana.simulate.clips import draw_picture

SIZES = ((512, 512), (1280, 720), (1920, 1080))


def run() -> Iterator[Row]:
    """Yield a row for each size, input and peer."""
    reference, exchange = find_peer("pdqhash"), find_peer("threatexchange.signal_type.pdq.pdq_hasher")
    for width, height in SIZES:
        picture = draw_picture(1, size=(width, height))
        luma = np.ascontiguousarray(np.round(picture @ [0.299, 0.587, 0.114]).astype(np.uint8))
        size = f"{width}x{height}"
        peer = (lambda picture=picture: reference.compute(picture)) if reference else None
        note = describe(reference, picture)
        yield compare(f"pdq {size} from luma", lambda luma=luma: hash_luma(luma), peer, f"peer from RGB; {note}")
        yield compare(f"pdq {size} from RGB", lambda picture=picture: hash_rgb(picture), peer, note)
        eight = (lambda picture=picture: reference.compute_dihedral(picture)) if reference else None
        yield compare(
            f"pdq {size}, eight orientations, from luma",
            lambda luma=luma: hash_orientations(reduce_plane(luma)),
            eight,
            f"peer from RGB; {describe_eight(reference, picture)}",
        )
        other = (lambda picture=picture: exchange._pdq_from_numpy_array(picture)) if exchange else None
        yield compare(
            f"pdq {size} from RGB to hex",
            lambda picture=picture: hash_rgb(picture).hex,
            other,
            "threatexchange, which calls pdqhash" if exchange else explain_absence("threatexchange"),
        )


def describe(reference, picture: np.ndarray) -> str:
    if reference is None:
        return explain_absence("pdqhash")
    bits, _ = reference.compute(picture)
    ours = np.unpackbits(np.frombuffer(hash_rgb(picture).pdq, np.uint8))
    return f"pdqhash; our RGB hash differs from its in {int((np.asarray(bits) != ours).sum())} bits"


def describe_eight(reference, picture: np.ndarray) -> str:
    if reference is None:
        return explain_absence("pdqhash")
    theirs, _ = reference.compute_dihedral(picture)
    ours = np.unpackbits(hash_orientations(reduce_rgb(picture)), axis=1)
    return f"pdqhash; from RGB our eight differ from its in {int((np.asarray(theirs) != ours).sum())} bits"
