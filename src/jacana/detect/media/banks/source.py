"""Turn a file an operator points at into bank entries: a list of hashes, or a known media file itself.

A media file is decoded by the locked-down child like any other; only its digests and hashes of its frames are kept.
"""

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from jacana.detect.media.banks.cells import BankFile, BankFileInvalidError
from jacana.detect.media.banks.hash_text import looks_like_vpdq, read_pdq, read_vpdq
from jacana.detect.media.banks.iwf import read_iwf
from jacana.detect.media.banks.lists import read_csv
from jacana.detect.media.hashing.frames import WINDOW_RECORD
from jacana.detect.media.index.address import MAX_ROWS
from jacana.model.bank import BankEntry, RowProblem
from jacana.model.media import MediaFacts
from jacana.model.upload import Digests

if TYPE_CHECKING:
    from jacana.detect.media.screener import MediaScreener


class SourceFormat(StrEnum):
    """How a file is read."""

    CSV = "csv"
    VPDQ = "vpdq"
    PDQ = "pdq"
    IWF = "iwf"
    MEDIA = "media"


_SUFFIXES = {".csv": SourceFormat.CSV, ".vpdq": SourceFormat.VPDQ, ".pdq": SourceFormat.PDQ}


def read_bank_source(path: Path, screener: "MediaScreener", format: SourceFormat | None = None) -> BankFile:
    """Return the entries of a file in this format; by default `.csv`, `.vpdq` and `.pdq` are what they say, `.txt` is
    vPDQ or PDQ text, whichever it looks like, and anything else is media.

    The label of vPDQ text is the file's stem, that of a media file its name. Media that cannot be read whole is refused
    as a problem, because a bank must be right. Raises BankFileInvalidError, and DecoderUnavailableError.
    """
    if not path.is_file():
        raise BankFileInvalidError(f"there is no file {path}", field="FILE", remedy="check the path")
    chosen = format or _SUFFIXES.get(path.suffix.lower())
    if chosen is None and path.suffix.lower() != ".txt":
        chosen = SourceFormat.MEDIA
    if chosen is SourceFormat.MEDIA:
        return _read_media(path, screener)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BankFileInvalidError(f"{path.name} is not UTF-8 text", field="FILE", remedy="save it as UTF-8") from None
    return _read_text(text, path.stem, chosen)


def digest_file(path: Path) -> Digests:
    """Return the three digests of a file's bytes, in one pass."""
    hashes = (
        hashlib.md5(usedforsecurity=False),
        hashlib.sha1(usedforsecurity=False),
        hashlib.sha256(),
    )
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            for each in hashes:
                each.update(block)
    return Digests(*(each.hexdigest() for each in hashes))


def describe_file(facts: MediaFacts, digests: Digests, label: str) -> BankEntry:
    """Return the entry of a file whose bytes were analysed: its digests, its frames and its extended signature.

    Of a file of many hours windows are left out from the end on, so that the index can hold the entry.
    """
    room = max(0, MAX_ROWS - facts.frame_count)
    return BankEntry(
        label=label,
        md5=digests.md5,
        sha1=digests.sha1,
        sha256=digests.sha256,
        frame_count=facts.frame_count,
        frames=facts.frames,
        windows=facts.windows[: room * WINDOW_RECORD.itemsize],
        window_count=min(facts.window_count, room),
        media_kind=facts.kind.value if facts.readable else None,
    )


def _read_text(text: str, stem: str, chosen: SourceFormat | None) -> BankFile:
    if chosen is SourceFormat.CSV:
        return read_csv(text)
    if chosen is SourceFormat.IWF:
        return read_iwf(text)
    if chosen is SourceFormat.VPDQ or (chosen is None and looks_like_vpdq(text)):
        return read_vpdq(text, stem)
    return read_pdq(text, stem)


def _read_media(path: Path, screener: "MediaScreener") -> BankFile:
    digests = digest_file(path)
    facts = screener.analyse(path, digests.sha256, for_bank=True)
    if not facts.readable:
        remedy = "import an intact copy, or its hashes as CSV"
        return BankFile((), (RowProblem(0, "file", f"{path.name}: {facts.problem_detail}", remedy),))
    return BankFile((describe_file(facts, digests, path.name[:255]),), ())
