"""Files that point elsewhere: playlists, references, subtitles and fonts that reach for a file or an address."""

import struct
from collections.abc import Iterator
from pathlib import Path

from hostile.built import drawn_moov, element, matroska, mp4_with_moov, number, riff, track
from hostile.drawn import box, draw, full_box

Pointer = tuple[str, bytes, bool]


def list_pointers(canary: Path, port: int) -> Iterator[Pointer]:
    """Yield name, bytes and whether the file has to be held. They point at a local clip and at a loopback address."""
    address = f"http://127.0.0.1:{port}/clip.mp4"
    for where, target in (("file", f"file://{canary}"), ("path", str(canary)), ("http", address)):
        yield from _list_playlists(where, target)
        yield f"reference_{where}.mov", _reference_movie(target), True
        yield f"data_{where}.mov", _data_reference(target), False
        yield f"subtitle_{where}.ass", _ass(target), True
        yield f"subtitle_{where}.srt", f"1\n00:00:00,000 --> 00:00:09,000\n<img src='{target}'>\n".encode(), True
        yield f"subtitle_{where}.vtt", f"WEBVTT\n\nSTYLE\n::cue {{ background: url({target}) }}\n".encode(), True
        yield f"subtitled_{where}.mkv", _subtitled(target), False
        yield f"only_subtitles_{where}.mkv", _only_subtitles(target), True
        yield f"gab2_{where}.avi", _gab2(target), True
        yield f"sequence_{where}%03d.png", target.encode(), True
    for protocol in ("rtmp", "rtsp", "tcp", "udp", "rtp", "srt", "ftp", "gopher", "tls"):
        yield f"hls_{protocol}.mp4", _hls(f"{protocol}://127.0.0.1:{port}/x"), True
    tricks = {
        "concat": f"concat:{canary}|{canary}",
        "subfile": f"subfile,,start,0,end,0,,:{canary}",
        "crypto": f"crypto+file://{canary}",
        "async": f"async:{canary}",
        "cache": f"cache:{canary}",
        "pipe": "pipe:0",
        "fd": "fd:0",
        "data": f"data:video/mp4;base64,{'A' * 40}",
    }
    for name, target in tricks.items():
        yield f"hls_{name}.m3u8", _hls(target), True


def _list_playlists(where: str, target: str) -> Iterator[Pointer]:
    texts = {
        "m3u8": _hls(target).decode(),
        "master.m3u8": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{target}\n",
        "key.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n"
        f'#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n#EXTINF:9,\n{target}\n',
        "map.m3u8": f'#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-MAP:URI="{target}"\n#EXTINF:9,\n{target}\n',
        "ffconcat": f"ffconcat version 1.0\nfile '{target}'\n",
        "mpd": f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        f'mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
        f'bandwidth="1"><BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>',
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
        f"a=rtpmap:96 H264/90000\na=control:{target}\n",
        "cpl.xml": '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2013">'
        f"<Id>urn:uuid:0</Id><SegmentList><Segment><Id>{target}</Id></Segment></SegmentList></CompositionPlaylist>",
        "entity.xml": f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "{target}">]><MPD>&y;</MPD>',
        "pls": f"[playlist]\nFile1={target}\nNumberOfEntries=1\n",
        "asx": f'<asx version="3.0"><entry><ref href="{target}"/></entry></asx>',
        "smil": f'<smil><body><video src="{target}"/></body></smil>',
        "ism": f'<SmoothStreamingMedia><StreamIndex Type="video" Url="{target}"/></SmoothStreamingMedia>',
        "ffmeta": f";FFMETADATA1\ntitle={target}\n",
        "avs": f'AviSource("{target}")\n',
        "vpy": f"import os; os.open({target!r}, 0)\n",
        "rtsp": f"RTSPtextRTSP://{target}\n",
        "filter": f"movie={target}\n",
    }
    for name, text in texts.items():
        yield f"playlist_{where}.{name}", text.encode(), True
        yield f"playlist_{where}.{name}.mp4", text.encode() + b"\n" * 4000, True
    hidden = draw("mpegts_mpeg2")[:188] + texts["m3u8"].encode()
    yield f"playlist_{where}_behind.ts", hidden, True


def _hls(target: str) -> bytes:
    return (
        f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:9\n#EXTINF:9.0,\n{target}\n#EXT-X-ENDLIST\n".encode()
    )


def _reference_movie(target: str) -> bytes:
    """Return a QuickTime movie that is nothing but the address of another one (rmra)."""
    address = target.encode() + b"\0"
    reference = full_box(b"rdrf", 0, b"url " + struct.pack(">I", len(address)) + address)
    moov = box(b"moov", box(b"rmra", box(b"rmda", reference)))
    return box(b"ftyp", b"qt  \0\0\0\0qt  ") + moov


def _data_reference(target: str) -> bytes:
    """Return the drawn clip whose samples lie in another file: a `url ` entry and an alias with a path."""
    moov = drawn_moov()
    at = moov.index(b"dref") - 4
    (length,) = struct.unpack_from(">I", moov, at)
    alias = bytes(150) + struct.pack(">HH", 18, len(target)) + target.encode() + struct.pack(">hh", -1, 0)
    entries = full_box(b"url ", 0, target.encode() + b"\0") + full_box(b"alis", 0, alias)
    new = full_box(b"dref", 0, struct.pack(">I", 2) + entries)
    grown = moov[8:at] + new + moov[at + length :]
    return mp4_with_moov(_grow(grown, len(new) - length))


def _grow(content: bytes, more: int) -> bytes:
    """Return a moov whose boxes around the data reference are longer by so much."""
    for kind in (b"trak", b"mdia", b"minf", b"dinf"):
        at = content.index(kind) - 4
        (length,) = struct.unpack_from(">I", content, at)
        content = content[:at] + struct.pack(">I", length + more) + content[at + 4 :]
    return box(b"moov", content)


def _ass(target: str) -> bytes:
    return (
        "[Script Info]\nScriptType: v4.00+\n[V4+ Styles]\nFormat: Name, Fontname\n"
        f"Style: Default,{target}\n[Fonts]\nfontname: {target}\n!!!!\n[Graphics]\nfilename: {target}\n"
        f"[Events]\nFormat: Start, End, Text\nDialogue: 0:00:00.00,0:00:09.00,{{\\fn{target}}}x\n"
    ).encode()


def _subtitle_track(at: int, target: str) -> bytes:
    kind = number(0xD7, at) + number(0x73C5, at) + number(0x83, 0x11) + element(0x86, b"S_TEXT/ASS")
    return element(0xAE, kind + element(0x63A2, _ass(target)))


def _attached(target: str) -> bytes:
    """Return attachments: a font, a playlist and a subtitle, all of which name the target."""
    return element(
        0x1941A469,
        b"".join(
            element(0x61A7, element(0x466E, name) + element(0x4660, kind) + number(0x46AE, 1) + element(0x465C, data))
            for name, kind, data in (
                (target.encode(), b"application/x-truetype-font", b"\0\1\0\0" + bytes(60)),
                (b"list.m3u8", b"application/vnd.apple.mpegurl", _hls(target)),
                (b"words.ass", b"application/x-ass", _ass(target)),
            )
        ),
    )


def _subtitled(target: str) -> bytes:
    return matroska(track(1) + _subtitle_track(2, target), [draw("jpeg")] * 3, more=_attached(target))


def _only_subtitles(target: str) -> bytes:
    return matroska(_subtitle_track(1, target), [b"0,0,Default,,0,0,0,,x"], more=_attached(target))


def _gab2(target: str) -> bytes:
    """Return an AVI whose only stream is a GAB2 subtitle that is in truth a playlist."""
    words = b"GAB2\0\2\0" + struct.pack("<I", 2) + b"x\0" + struct.pack("<HI", 4, len(_hls(target))) + _hls(target)
    header = b"txts" + bytes(52)
    lists = b"hdrl" + b"avih" + struct.pack("<I", 56) + bytes(24) + struct.pack("<I", 1) + bytes(28)
    lists += b"LIST" + struct.pack("<I", 12 + len(header) + 8) + b"strl" + b"strh" + struct.pack("<I", 56) + header
    lists += b"strf" + bytes(4)
    return riff(b"AVI ", (b"LIST", lists), (b"LIST", b"movi" + b"00tx" + struct.pack("<I", len(words)) + words))
