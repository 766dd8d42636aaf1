"""How `jacana media` says what it found: lines for a person, plain values for a program. Changes nothing."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from jacana.cli.context import console
from jacana.detect.media.hashing.frames import unpack_frames
from jacana.detect.media.matching.contrast import FARTHEST, Contrast
from jacana.detect.media.matching.segments import describe_speed
from jacana.detect.media.matching.words import say_moment
from jacana.model.bank import EXACT_DISTANCE
from jacana.model.finding import Finding
from jacana.model.media import MediaFacts


def describe_facts(path: Path, facts: MediaFacts, *, frames: bool = False) -> dict[str, Any]:
    """Return what was found of a file, for a program; with `frames` every hash."""
    hashes = unpack_frames(facts.frames)
    rows = [
        {"seconds": round(float(seconds), 3), "quality": int(quality), "pdq": pdq.tobytes().hex()}
        for seconds, quality, pdq in zip(hashes.seconds, hashes.quality, hashes.pdq, strict=True)
    ]
    return {
        "file": str(path),
        "sha256": facts.sha256,
        "kind": facts.kind.value,
        "container": facts.container,
        "codec": facts.codec,
        "width": facts.width,
        "height": facts.height,
        "duration_seconds": facts.duration_seconds,
        "problem": facts.problem,
        "hasher_version": facts.hasher_version,
        "sampling": facts.sampling,
        "frame_count": facts.frame_count,
        "window_count": facts.window_count,
        "median_quality": int(np.median(hashes.quality)) if len(hashes) else None,
    } | ({"frames": rows} if frames else {})


def print_facts(path: Path, facts: MediaFacts, *, frames: bool) -> None:
    """Print what was found of a file, for a person."""
    hashes = unpack_frames(facts.frames)
    console.print(Text(str(path), style="bold"), soft_wrap=True)
    length = f", {facts.duration_seconds:.2f} s" if facts.duration_seconds else ""
    if facts.container:
        names = facts.container.split(",")
        container = "mp4" if "mp4" in names else names[0]
        print_row("is", f"{facts.kind.value}, {facts.codec} in {container}, {facts.width} × {facts.height}{length}")
    if facts.problem:
        print_row("problem", f"{facts.problem_detail} ({facts.problem})", style="red")
    if len(hashes):
        print_row("hashed", f"{facts.frame_count} frames ({facts.sampling}), {facts.window_count} windows of them")
        low, middle, high = (int(part) for part in np.percentile(hashes.quality, (0, 50, 100)))
        print_row("quality", f"{middle} in the middle, {low} to {high}; below 50 a frame tells nothing")
    print_row("SHA-256", facts.sha256)
    if frames:
        for seconds, quality, pdq in zip(hashes.seconds, hashes.quality, hashes.pdq, strict=True):
            console.print(Text(f"  {seconds:10.3f}  {quality:3d}  {pdq.tobytes().hex()}"), soft_wrap=True)


def describe_finding(finding: Finding) -> dict[str, Any]:
    """Return a finding, for a program."""
    match = asdict(finding.match) if finding.match else None
    return {
        "kind": finding.kind.value,
        "score": finding.score,
        "reasons": list(finding.reasons),
        "match": match,
        "details": finding.details,
    }


def print_findings(path: Path, findings: list[Finding]) -> None:
    """Print what is to be said of a file, for a person."""
    console.print(Text(str(path), style="bold"), soft_wrap=True)
    if not findings:
        console.print(Text("  no match in any bank"))
    for finding in findings:
        colour = "red" if finding.kind.value == "bank_match" else "yellow"
        console.print(Text(f"  {finding.kind.value.replace('_', ' ')}, score {finding.score:.2f}", style=colour))
        for reason in finding.reasons:
            console.print(Text(f"    {reason}"), soft_wrap=True)


def describe_contrast(contrast: Contrast) -> dict[str, Any]:
    """Return how two files compare, for a program."""
    told = contrast.as_shown[contrast.as_shown < FARTHEST]
    any_way = contrast.any_way[contrast.signed & (contrast.any_way < FARTHEST)]
    match = contrast.match
    return {
        "matches": match is not None,
        "matched_seconds": match.matched_seconds if match else 0,
        "matched_fraction": round(match.matched_fraction, 4) if match else 0.0,
        "ways": list(match.ways) if match else [],
        "speed": describe_speed(contrast.runs),
        "distance_as_shown": _summarise(told),
        "distance_any_way": _summarise(any_way),
        "segments": [
            {
                "from_seconds": run.from_seconds,
                "to_seconds": run.to_seconds,
                "entry_from_seconds": run.entry_from_seconds,
                "entry_to_seconds": run.entry_to_seconds,
                "frames": len(run.pairs),
            }
            for run in contrast.runs
        ],
    }


def _summarise(distances: Any) -> dict[str, float] | None:
    if not len(distances):
        return None
    return {
        "least": int(distances.min()),
        "median": float(np.median(distances)),
        "most": int(distances.max()),
        "share_within_31": round(float((distances <= EXACT_DISTANCE).mean()), 4),
    }


def print_contrast(contrast: Contrast, described: dict[str, Any], first: str, second: str) -> None:
    """Print how two files compare, for a person."""
    match = contrast.match
    if match is None:
        console.print(Text(f"{first} does not match {second}", style="bold"), soft_wrap=True)
    else:
        console.print(Text(f"{first} matches {second}: {'; '.join(match.ways)}", style="bold"), soft_wrap=True)
        share = f"{match.matched_fraction:.0%} of its frames"
        speed = f", played at {described['speed']:.2f} times the speed" if described["speed"] else ""
        print_row("matched", f"{match.matched_seconds} distinct seconds of {first}, {share}{speed}")
        table = Table(f"in {first}", f"in {second}", "frames")
        for run in contrast.runs:
            table.add_row(
                f"{say_moment(run.from_seconds)} – {say_moment(run.to_seconds)}",
                f"{say_moment(run.entry_from_seconds)} – {say_moment(run.entry_to_seconds)}",
                str(len(run.pairs)),
            )
        console.print(table)
    for name, key in (("as shown", "distance_as_shown"), ("any way", "distance_any_way")):
        if told := described[key]:
            within = f"{told['share_within_31']:.0%} within {EXACT_DISTANCE}"
            print_row(name, f"{told['least']} to {told['most']} of 256 bits, half below {told['median']:g}; {within}")


def print_row(name: str, value: str, *, style: str = "") -> None:
    """Print one named line."""
    console.print(Text.assemble((f"  {name:<10}", "dim"), (value, style)), soft_wrap=True)
