"""What a browser may be given of a file: a short list of types, chosen from what our own analysis found. Pure.

Never the type or the name that the uploader claimed: that is how a file becomes a page or a script.
"""

from jacana.model.media import MediaFacts

_TYPES: dict[str, str] = {
    "mp4": "video/mp4",
    "webm": "video/webm",
    "jpeg_pipe": "image/jpeg",
    "png_pipe": "image/png",
    "webp_pipe": "image/webp",
    "gif": "image/gif",
}
"""Name of an FFmpeg demuxer -> media type."""

SHOWABLE = frozenset(_TYPES.values())


def choose_media_type(media: MediaFacts | None) -> str | None:
    """Return the type to show the bytes as, or None if they cannot be shown.

    A damaged file whose container is known may be tried: the browser shows as much as it can.
    """
    names = (media.container or "").split(",") if media else []
    return next((_TYPES[name] for name in names if name in _TYPES), None)


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the first and the end-exclusive byte that one `bytes=` range asks for (RFC 9110, 14.1.2).

    None means: send everything (no header, another unit, several ranges, or not understood). Raises ValueError for a
    range outside the file.
    """
    unit, equals, spec = (header or "").partition("=")
    if unit.strip().lower() != "bytes" or not equals or "," in spec:
        return None
    first, dash, last = (part.strip() for part in spec.partition("-"))
    if not dash or not all(part == "" or (part.isascii() and part.isdecimal()) for part in (first, last)):
        return None
    if first:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    elif last:
        start, end = max(size - int(last), 0), size
    else:
        return None
    if start >= size or start >= end:
        raise ValueError("the range lies outside the file")
    return start, end
