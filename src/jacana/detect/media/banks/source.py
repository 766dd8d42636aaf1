"""Turn a file an operator points at into bank entries: a list of hashes, or a known media file itself.

A media file is decoded by the locked-down child like any other; only its digests and frame hashes are kept.
"""

import hashlib
from pathlib import Path

from jacana.detect.media.banks.lists import BankFile, BankFileInvalidError, read_csv, read_vpdq
from jacana.detect.media.screener import MediaScreener
from jacana.model.bank import BankEntry, RowProblem
from jacana.model.upload import Digests

_TEXT_READERS = {".csv": "csv", ".txt": "vpdq", ".vpdq": "vpdq"}


def read_bank_source(path: Path, screener: MediaScreener) -> BankFile:
    """Return the entries of a file: `.csv`, `.txt` and `.vpdq` are lists of hashes, anything else is media.

    The label of vPDQ text is the file's stem, that of a media file its name. Media that cannot be read whole is refused
    as a problem, because a bank must be right. Raises BankFileInvalidError, and DecoderUnavailableError.
    """
    if not path.is_file():
        raise BankFileInvalidError(f"there is no file {path}", field="FILE", remedy="check the path")
    reader = _TEXT_READERS.get(path.suffix.lower())
    if reader is None:
        return _read_media(path, screener)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BankFileInvalidError(f"{path.name} is not UTF-8 text", field="FILE", remedy="save it as UTF-8") from None
    return read_csv(text) if reader == "csv" else read_vpdq(text, path.stem)


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


def _read_media(path: Path, screener: MediaScreener) -> BankFile:
    digests = digest_file(path)
    facts = screener.analyse(path, digests.sha256, every_frame=True)
    if not facts.readable:
        remedy = "import an intact copy, or its hashes as CSV"
        return BankFile((), (RowProblem(0, "file", f"{path.name}: {facts.problem_detail}", remedy),))
    entry = BankEntry(
        label=path.name[:255],
        md5=digests.md5,
        sha1=digests.sha1,
        sha256=digests.sha256,
        frame_count=facts.frame_count,
        frames=facts.frames,
    )
    return BankFile((entry,), ())
