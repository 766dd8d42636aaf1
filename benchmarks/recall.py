"""Recall per transformation: edited copies found and unrelated clips not found, ours beside vpdq.

Ours is the product itself: files analysed in the child by adaptive sampling with a second look, an index, a bank, its
default rules; once with banks that were filled from the bytes, once with banks that hold only vPDQ text at one hash a
second, as shared lists do. vpdq is compared as threatexchange does (80 % of the frames looked at), and with a softer
rule: two seconds that match.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Row
from benchmarks.clips import CACHE, SHARED
from benchmarks.edits import list_edits
from benchmarks.peers import explain_absence, find_peer
from benchmarks.transforms import PLAIN, Picture, Variant, edit_pictures, read_pictures, write_pictures, write_variant
from jacana.db.engine import Database
from jacana.db.schema import migrate_schema
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.banks.source import SourceFormat, digest_file, read_bank_source
from jacana.detect.media.screener import MediaScreener
from jacana.model.clock import utc_now
from jacana.model.upload import Upload, UploadState, Visibility
from jacana.settings import Settings
from jacana.simulate.clips import draw_clip

FOLDER = CACHE / "recall"
TABLE = CACHE.parent / "recall.md"
"""The table of the documentation."""

SHIPPED_SHARE, MIN_QUALITY, MAX_DISTANCE = 0.8, 50, 31

SCENES = {
    "chair": ("chair-orig-22-sd-bar.mp4", [(0.0, 5.0), (5.0, 10.0), (10.0, 15.0), (15.0, 20.0)]),
    "pattern": ("pattern-sd-grey-bar.mp4", [(0.0, 5.0)]),
    "doorknob": ("doorknob-hd-no-bar.mp4", [(0.0, 4.0)]),
}
EXCERPTS = {"chair": (2.5, 7.5, 12.5, 16.3), "pattern": (1.5,)}
UNRELATED = 12

LATER = 0.37
LATER_GROUPS = (
    "half size",
    "mirrored",
    "letterbox 1.34",
    "turn 5 degrees",
    "crop 10 % all round",
    "logo, 10 % of the area",
    "caption bar 15 %",
    "inset 50 %, corner",
    "inset 42 to 60 %, anywhere",
)
"""Also made from a copy that begins this many seconds later: no frame that is looked at is then at the same moment."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One edited copy: which known file it is of, and which scenes are to be seen in it beside that one."""

    group: str
    path: Path
    label: str
    scenes: tuple[str, ...]


@dataclass
class Score:
    """Copies found and false matches of one transformation, by contestant."""

    trials: int = 0
    found: dict[str, int] = field(default_factory=dict)
    false: dict[str, int] = field(default_factory=dict)

    def count(self, contestant: str, trial: Trial, labels: set[str]) -> None:
        """Add what a contestant said of a trial."""
        self.found[contestant] = self.found.get(contestant, 0) + (trial.label in labels)
        strangers = [label for label in labels if label.split("-")[0] not in trial.scenes]
        self.false[contestant] = self.false.get(contestant, 0) + bool(strangers)


def run() -> Iterator[Row]:
    """Yield a row for each transformation; `ours` and `peer` are percent of copies found. Also writes TABLE."""
    if not SHARED.is_dir():
        yield Row("recall", 0.0, None, None, "%", "the shared clips are not here (JACANA_SHARED names their folder)")
        return
    known = make_known()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        contestants = enter_contestants(known, Path(folder), stack)
        scores: dict[str, Score] = {}
        for trial in chain(make_edits(), make_excerpts(), make_unrelated()):
            score = scores.setdefault(trial.group, Score())
            score.trials += 1
            for name, ask in contestants.items():
                score.count(name, trial, ask(trial.path))
    TABLE.write_text(write_table(scores) + "\n")
    yield from describe(scores)


def describe(scores: dict[str, Score]) -> Iterator[Row]:
    """Yield the rows: first each transformation, then false matches over all."""
    for group, score in scores.items():
        found = {name: round(100 * count / score.trials, 1) for name, count in score.found.items()}
        if group == "unrelated":
            continue
        others = ", ".join(f"{name} {share:g}" for name, share in found.items() if name not in ("ours", "vpdq"))
        peer = found.get("vpdq")
        note = f"{score.trials} copies; also {others}" + ("" if peer is not None else f"; {explain_absence('vpdq')}")
        yield Row(group, found["ours"], peer, None, "% found", note)
    for name in next(iter(scores.values())).found:
        wrong = sum(score.false.get(name, 0) for score in scores.values())
        total = sum(score.trials for score in scores.values())
        yield Row(f"false matches, {name}", wrong, None, None, "files", f"of {total} files compared with all scenes")


def write_table(scores: dict[str, Score]) -> str:
    """Return the table of the documentation, in Markdown."""
    names = list(next(iter(scores.values())).found)
    lines = [f"| Transformation | copies | {' | '.join(names)} |", f"|---|---:|{'---:|' * len(names)}"]
    for group, score in scores.items():
        cells = [f"{round(100 * score.found[name] / score.trials)} %" for name in names]
        cells = ["–"] * len(names) if group == "unrelated" else cells
        lines.append(f"| {group} | {score.trials} | {' | '.join(cells)} |")
    wrong = [str(sum(score.false.get(name, 0) for score in scores.values())) for name in names]
    total = sum(score.trials for score in scores.values())
    lines.append(f"| **files with a false match** | {total} | {' | '.join(wrong)} |")
    return "\n".join(lines)


# What is known, and the copies of it


def make_known() -> list[Path]:
    """Return the known files: pieces of the clips, and the clips whole for the excerpts. Made once."""
    files = []
    for scene, (name, spans) in SCENES.items():
        for span in [*spans, (0.0, 1e9)]:
            path = FOLDER / f"{scene}-{'whole' if span[1] > 1e6 else f'{span[0]:g}'}.mp4"
            make_once(path, partial(write_variant, SHARED / name, span, ORIGINAL))
            files.append(path)
    return files


def make_edits() -> Iterator[Trial]:
    """Yield every variant of every piece; insets lie over the two other scenes, which are then also to be seen."""
    for scene, (name, spans) in SCENES.items():
        others = tuple(other for other in SCENES if other != scene)
        first, second = (partial(show, SHARED / SCENES[other][0]) for other in others)
        for number, span in enumerate(spans):
            for variant in list_edits((first, second), seed=number):
                path = FOLDER / "edits" / f"{scene}-{span[0]:g} {slug(variant)}.mp4"
                make_once(path, partial(write_variant, SHARED / name, span, variant))
                scenes = (scene, *others) if "inset" in variant.group else (scene,)
                trial = Trial(variant.group, path, f"{scene}-{span[0]:g}.mp4", scenes)
                yield trial
                if variant.group in LATER_GROUPS and number % 2 == 0:
                    later = FOLDER / "later" / path.name
                    make_once(later, partial(write_variant, SHARED / name, (span[0] + LATER, span[1]), variant))
                    yield replace(trial, group=f"{variant.group}, begun later", path=later)


def show(clip: Path, number: int) -> Picture:
    """Return a frame of a clip that begins again and again."""
    frames = load_frames(clip)
    return frames[number % len(frames)]


def make_excerpts() -> Iterator[Trial]:
    """Yield five seconds of a whole clip, alone and between half minutes of something else."""
    for scene, starts in EXCERPTS.items():
        for start in starts:
            source, span = SHARED / SCENES[scene][0], (start, start + 5.0)
            alone = FOLDER / "edits" / f"{scene} excerpt {start:g}.mp4"
            make_once(alone, partial(write_variant, source, span, COPY))
            yield Trial("5 s excerpt", alone, f"{scene}-whole.mp4", (scene,))
            inside = FOLDER / "edits" / f"{scene} excerpt {start:g} inside.mp4"
            make_once(inside, partial(write_between, source, span, COPY))
            yield Trial("5 s excerpt in a minute of other video", inside, f"{scene}-whole.mp4", (scene,))
            cropped = FOLDER / "edits" / f"{scene} excerpt {start:g} cropped inside.mp4"
            make_once(cropped, partial(write_between, source, span, CROPPED))
            yield Trial("the same, cropped by 10 % all round", cropped, f"{scene}-whole.mp4", (scene,))


def make_unrelated() -> Iterator[Trial]:
    """Yield drawn clips that show nothing known."""
    for seed in range(200, 200 + UNRELATED):
        yield Trial("unrelated", draw_other(seed, seconds=5.0), "none", ())


def write_between(source: Path, span: tuple[float, float], variant: Variant, path: Path) -> None:
    """Write the edited span of a clip between two drawn half minutes, in the clip's size."""

    def walk() -> Iterator[tuple[Picture, float]]:
        offset = 0.0
        half = (0.0, 28.0)
        for part, seconds in ((draw_other(90, 28.0), half), (source, span), (draw_other(91, 28.0), half)):
            pictures = read_pictures(part, seconds)
            for picture, at in edit_pictures(pictures, variant) if part == source else pictures:
                yield picture, offset + at
            offset += seconds[1] - seconds[0]

    write_pictures(path, walk(), COPY)


@lru_cache(maxsize=4)
def load_frames(path: Path) -> list[Picture]:
    """Return the first five seconds of a clip."""
    return [picture for picture, _ in read_pictures(path, (0.0, 5.0))]


def draw_other(seed: int, seconds: float = 6.0) -> Path:
    """Return a drawn clip of the size of the shared ones."""
    path = FOLDER / f"drawn-{seed}-{seconds:g}.mp4"
    make_once(path, partial(draw_clip, seed=seed, seconds=seconds, size=(480, 720), frames_per_second=30))
    return path


def make_once(path: Path, write: Callable[..., None]) -> None:
    """Write a file unless it is there; a half-written one never takes its name."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".part-{os.getpid()}.mp4")
    write(path=part)
    part.rename(path)


def slug(variant: Variant) -> str:
    return f"{variant.group} {variant.name}".replace("%", "pc").replace("/", " per ").strip()


ORIGINAL = Variant("original", "", options={"preset": "veryfast", "crf": "18"})
COPY = Variant("copy", "", options=PLAIN)
CROPPED = Variant("cropped", "", "crop=iw*0.8:ih*0.8,scale=480:720")


# Who looks


def enter_contestants(known: list[Path], folder: Path, stack: ExitStack) -> dict[str, Callable[[Path], set[str]]]:
    """Return each contestant as what it answers for a file: the labels of the known files it finds in it."""
    own = stack.enter_context(closing(Eye(folder / "own", known)))
    found: dict[str, Callable[[Path], set[str]]] = {"ours": own.find_labels}
    vpdq = find_peer("vpdq")
    if vpdq is None:
        return found
    hashes = {path.name: hash_vpdq(vpdq, path) for path in known}
    listed = [write_list(folder, path, hashes[path.name]) for path in known]
    found["ours, lists only"] = stack.enter_context(closing(Eye(folder / "listed", listed))).find_labels

    @lru_cache(maxsize=2)
    def compare(path: Path) -> dict[str, tuple[float, int]]:
        query = hash_vpdq(vpdq, path)
        return {label: match_vpdq(query, entry) for label, entry in hashes.items()}

    found["vpdq"] = lambda path: {label for label, match in compare(path).items() if match[0] >= SHIPPED_SHARE}
    found["vpdq, two seconds"] = lambda path: {label for label, match in compare(path).items() if match[1] >= 2}
    return found


class Eye:
    """The product with one bank, in a folder of its own."""

    def __init__(self, folder: Path, sources: list[Path]) -> None:
        folder.mkdir(parents=True)
        settings = replace(Settings(), data_dir=folder)
        self._database = Database(settings.resolved_database_url())
        migrate_schema(self._database)
        self._screener = MediaScreener(settings, utc_now)
        banks = Banks(utc_now)
        with self._database.write() as connection:
            banks.create(connection, "known", "recall", actor="system")
        for source in sources:
            kind = SourceFormat.VPDQ if source.suffix == ".txt" else SourceFormat.MEDIA
            # Without digests, as nobody keeps the bytes of a file that they edit.
            entries = [
                replace(entry, md5=None, sha1=None, sha256=None)
                for entry in read_bank_source(source, self._screener, kind).entries
            ]
            with self._database.write() as connection:
                banks.add_entries(connection, "known", entries, "system")

    def close(self) -> None:
        """End its decoders and let go of its index."""
        self._screener.close()
        self._database.close()

    def find_labels(self, path: Path) -> set[str]:
        """Analyse a file as an upload and return the labels of what it matches."""
        digests = digest_file(path)

        def lead(facts: Any) -> Any:
            with self._database.read() as connection:
                return self._screener.find_leads(connection, facts)

        facts = self._screener.analyse(path, digests.sha256, leads=lead)
        upload = Upload("upload_1", "1", "account_1", Visibility.PUBLIC, UploadState.RECEIVED, digests, 1, utc_now())
        with self._database.read() as connection:
            findings = self._screener.find(connection, upload, facts)
        return {str(finding.match.entry_label).removesuffix(".mp4") + ".mp4" for finding in findings if finding.match}


def hash_vpdq(vpdq: Any, path: Path) -> list[tuple[bytes, int, float]]:
    """Return (hash, quality, seconds) at one a second, as vpdq does by default."""
    features = vpdq.computeHash(str(path), seconds_per_hash=1, thread_count=1)
    return [(bytes.fromhex(feature.hex), feature.quality, feature.timestamp) for feature in features]


def match_vpdq(query: list[tuple[bytes, int, float]], entry: list[tuple[bytes, int, float]]) -> tuple[float, int]:
    """Return the share of the query's good frames near one of the entry's, and how many of them there are."""
    asked, held = ([pdq for pdq, quality, _ in side if quality >= MIN_QUALITY] for side in (query, entry))
    if not asked or not held:
        return 0.0, 0
    left, right = (np.frombuffer(b"".join(side), np.uint64).reshape(-1, 4) for side in (asked, held))
    distance = np.bitwise_count(left[:, None] ^ right[None]).sum(axis=2)
    near = int((distance.min(axis=1) <= MAX_DISTANCE).sum())
    return near / len(asked), near


def write_list(folder: Path, path: Path, hashes: list[tuple[bytes, int, float]]) -> Path:
    """Write what a shared list says of a file: vPDQ text."""
    listed = folder / f"{path.stem}.txt"
    lines = [f"{number},{quality},{pdq.hex()},{seconds}" for number, (pdq, quality, seconds) in enumerate(hashes)]
    listed.write_text("\n".join(lines) + "\n")
    return listed
