"""Read plain hash text: vPDQ (one file is one video) and PDQ (one line is one picture). Pure: text in, entries out."""

import hashlib

from jacana.detect.media.banks.cells import (
    LABEL_LENGTH,
    BankFile,
    RowRefusedError,
    read_hex,
    read_quality,
    read_rows,
    read_seconds,
    split_lines,
)
from jacana.detect.media.hashing.frames import collect_frames
from jacana.model.bank import BankEntry

_LOOKED_AT = 20
"""Lines from which vPDQ and PDQ text are told apart."""


def read_vpdq(text: str, label: str) -> BankFile:
    """Read vPDQ text, one `frame,quality,pdq,seconds` a line and no header, as one entry of this label."""
    frames: list[tuple[float, int, bytes]] = []

    def read(row: str) -> None:
        cells = [cell.strip() for cell in row.split(",")]
        if len(cells) != 4:
            raise RowRefusedError("row", f"{len(cells)} values instead of 4", "write frame,quality,pdq,seconds")
        frames.append((read_seconds(cells[3]), read_quality(cells[1]), bytes.fromhex(read_hex("pdq", cells[2]))))

    problems = read_rows(split_lines(text), read)
    packed = collect_frames(sorted(frames, key=lambda frame: frame[0])).pack()
    entries = (BankEntry(label[:LABEL_LENGTH], frame_count=len(frames), frames=packed),) if frames else ()
    return BankFile(entries, problems)


def read_pdq(text: str, list_name: str) -> BankFile:
    """Read PDQ text, one hash a line with an optional `,quality`, as one entry a line.

    The label is the list's name and a number made from the hash, so that the same line is the same entry wherever it
    stands in the next edition of the list. A hash given twice is one entry, of the better quality.
    """
    hashes: dict[str, int] = {}

    def read(row: str) -> None:
        cells = [cell.strip() for cell in row.split(",")]
        if len(cells) > 2:
            raise RowRefusedError("row", f"{len(cells)} values instead of 1 or 2", "write pdq or pdq,quality")
        pdq = read_hex("pdq", cells[0])
        quality = read_quality(cells[1] if len(cells) == 2 else "")
        hashes[pdq] = max(quality, hashes.get(pdq, 0))

    problems = read_rows(split_lines(text), read)
    entries = (
        BankEntry(
            label=f"{list_name[:200]}-{hashlib.sha256(pdq.encode()).hexdigest()[:16]}",
            frame_count=1,
            frames=collect_frames([(0.0, quality, bytes.fromhex(pdq))]).pack(),
        )
        for pdq, quality in hashes.items()
    )
    return BankFile(tuple(entries), problems)


def looks_like_vpdq(text: str) -> bool:
    """Return whether text is vPDQ rather than PDQ: most of its first lines have four values."""
    rows = [line for _, (_, line) in zip(range(_LOOKED_AT), split_lines(text), strict=False)]
    return 2 * sum(row.count(",") == 3 for row in rows) > len(rows)
