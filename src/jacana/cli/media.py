"""`jacana media`: what is in a file, what known media it matches, and how two files compare. Records nothing."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from jacana.cli.context import console, current_settings, open_stages
from jacana.cli.media_chart import draw_contrast
from jacana.cli.media_words import (
    describe_contrast,
    describe_facts,
    describe_finding,
    print_contrast,
    print_facts,
    print_findings,
)
from jacana.detect.media.banks.source import digest_file
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.matching.contrast import contrast_files
from jacana.detect.media.matching.match import UploadRows
from jacana.detect.media.matching.rows import add_turned, lay_out
from jacana.detect.media.screener import MediaScreener
from jacana.model.clock import utc_now
from jacana.model.errors import InputInvalidError
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Digests, Upload, UploadState, Visibility

app = typer.Typer(
    help="Look at media files: hash them, match them, compare two. Records nothing.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of text for a person.")]
Files = Annotated[list[Path], typer.Argument(help="Videos or pictures.")]


class MediaUnreadableError(InputInvalidError):
    """Files that were given cannot be read as media, in whole or in part."""

    code = "media.unreadable"


class ChartFormatError(InputInvalidError):
    """The picture of a comparison cannot be drawn where or as asked: it is SVG, in a folder that exists."""

    code = "media.chart_format"


@app.command("hash")
def hash_files(
    files: Files,
    frames: Annotated[bool, typer.Option("--frames", help="Also print each frame's time, quality and PDQ.")] = False,
    thorough: Annotated[bool, typer.Option("--thorough", help="Hash every frame, as for a bank.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a file is, how it was sampled and what was hashed of it."""
    described = []
    _require_files(files)
    with _open_screener() as screener:
        for path in files:
            facts = _analyse(screener, path, thorough=thorough)
            described.append(describe_facts(path, facts, frames=frames))
            if not as_json:
                print_facts(path, facts, frames=frames)
    _finish(described, as_json)


@app.command("match")
def match_files(files: Files, as_json: AsJson = False) -> None:
    """Compare files with the banks as an upload would be. Nothing is recorded, nobody is told."""
    described = []
    _require_files(files)
    with open_stages() as stages:

        def find_leads(facts: MediaFacts) -> Any:
            with stages.db.read() as connection:
                return stages.screener.find_leads(connection, facts)

        for path in files:
            digests = _digest(path)
            facts = stages.screener.analyse(path, digests.sha256, leads=find_leads)
            now = stages.clock()
            as_upload = Upload(
                path.name, path.name, "", Visibility.ONLY_ME, UploadState.RECEIVED, digests, 0, received_at=now
            )
            with stages.db.read() as connection:
                findings = stages.screener.find(connection, as_upload, facts)
            described.append(describe_facts(path, facts) | {"findings": [describe_finding(each) for each in findings]})
            if not as_json:
                print_findings(path, findings)
    if not as_json:
        console.print(Text("Nothing was recorded.", style="dim"))
    _finish(described, as_json)


@app.command("compare")
def compare_files(
    first: Annotated[Path, typer.Argument(help="A video or picture, taken as an upload.")],
    second: Annotated[Path, typer.Argument(help="Another, taken as the known file.")],
    picture: Annotated[Path | None, typer.Option(help="Draw the distance over time into this SVG file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which seconds of one file match which of another, and how far apart they are at each moment."""
    if picture and picture.suffix.lower() != ".svg":
        raise ChartFormatError(
            f"{picture} is no SVG file", field="--picture", remedy="name it .svg; every browser shows and prints it"
        )
    if picture and (picture.is_dir() or not picture.absolute().parent.is_dir()):
        raise ChartFormatError(
            f"{picture} cannot be written", field="--picture", remedy="name a file in a folder that exists"
        )
    _require_files([first, second])
    with _open_screener() as screener:
        upload = _look(screener, first, "upload")
        entry = _look(screener, second, "entry")
    _require_frames(first, upload)
    _require_frames(second, entry)
    rows = UploadRows.of(
        add_turned(lay_out(upload.frames, upload.windows)), single_picture=upload.kind is MediaKind.PICTURE
    )
    contrast = contrast_files(rows, lay_out(entry.frames, entry.windows))
    if picture:
        try:
            picture.write_text(draw_contrast(contrast, first.name, second.name), encoding="utf-8")
        except OSError as problem:
            raise ChartFormatError(
                f"{picture} cannot be written ({problem.strerror})", field="--picture", remedy="name another file"
            ) from None
    described = describe_contrast(contrast)
    if as_json:
        typer.echo(json.dumps({"first": str(first), "second": str(second), **described}, indent=2))
    else:
        print_contrast(contrast, described, first.name, second.name)
        if picture:
            console.print(Text(f"drawn: {picture}"))
    for path, facts in ((first, upload), (second, entry)):
        if not facts.readable:
            raise MediaUnreadableError(f"only part of {path} could be read: {facts.problem_detail}", field="FILE")


@contextmanager
def _open_screener() -> Iterator[MediaScreener]:
    """Open what hashes files; needs no database."""
    screener = MediaScreener(current_settings().settings, utc_now)
    try:
        yield screener
    finally:
        screener.close()


def _require_files(files: Iterable[Path]) -> None:
    """Refuse a wrong path before any slow work."""
    for path in files:
        if not path.is_file():
            raise MediaUnreadableError(f"there is no file {path}", field="FILE", remedy="check the path")


def _digest(path: Path) -> Digests:
    try:
        return digest_file(path)
    except OSError as problem:
        raise MediaUnreadableError(f"{path} cannot be read ({problem.strerror})", field="FILE") from problem


def _require_frames(path: Path, facts: MediaFacts) -> None:
    if not facts.frame_count:
        detail = facts.problem_detail or "It holds no frame that can be hashed."
        raise MediaUnreadableError(f"{path}: {detail}", field="FILE", remedy="compare videos or pictures")


def _analyse(screener: MediaScreener, path: Path, *, thorough: bool) -> MediaFacts:
    return screener.analyse(path, _digest(path).sha256, for_bank=thorough)


def _look(screener: MediaScreener, path: Path, windows: Any) -> MediaFacts:
    """Look at every frame, with the windows that a file of this side gets."""
    return screener.look(path, _digest(path).sha256, SamplingPlan("thorough", windows=windows))


def _finish(described: list[dict[str, Any]], as_json: bool) -> None:
    """Print JSON if that is wanted, and fail if a file could not be read whole."""
    if as_json:
        typer.echo(json.dumps(described, indent=2))
    unread = [each["file"] for each in described if each["problem"]]
    if unread:
        files = "file" if len(unread) == 1 else "files"
        raise MediaUnreadableError(f"{len(unread)} {files} could not be read whole: {', '.join(unread)}", field="FILE")
