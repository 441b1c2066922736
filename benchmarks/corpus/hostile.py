"""Small files that would cost much, and things that are no sound at all."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.corpus import surgery
from benchmarks.corpus.kitchen import RATE_HZ, Case, Kitchen, source, write_float_wav


def cases() -> Iterator[Case]:
    """Yield them all."""
    made: dict[str, Callable[[Kitchen], bytes]] = {
        "22-million-samples-x1.mp4": lambda _: surgery.mp4_that_counts_in_its_header(22_000_000, 1),
        "22-million-samples-x3.mp4": lambda _: surgery.mp4_that_counts_in_its_header(22_000_000, 3),
        "22-million-samples-x8.mp4": lambda _: surgery.mp4_that_counts_in_its_header(22_000_000, 8),
        "4-billion-samples.mp4": lambda _: surgery.mp4_that_counts_in_its_header(2**32 - 1, 1),
        "nested.mp4": lambda _: surgery.nested_boxes(20_000),
        "hides-four-hours.flac": lambda _: surgery.flac_that_hides_its_length(10_000),
        "eight-channels-at-655-khz.flac": lambda _: surgery.flac_that_hides_its_length(
            4000, rate_hz=655_350, channels=8
        ),
        "one-hertz.wav": lambda _: surgery.wav(bytes(2_000_000), rate_hz=1),
        "two-billion-hertz.wav": lambda _: surgery.wav(bytes(200_000), rate_hz=2**31 - 1),
        "no-hertz.wav": lambda _: surgery.wav(bytes(200_000), rate_hz=0),
        "eight-megahertz.wav": lambda _: surgery.wav(bytes(8_000_000), rate_hz=8_000_000),
        "no-channel.wav": lambda _: surgery.wav(bytes(2000), channels=0),
        "65535-channels.wav": lambda _: surgery.wav(bytes(200_000), channels=65_535, bits=8),
        "100-channels.wav": lambda _: surgery.wav(bytes(200_000), channels=100),
        "no-bits.wav": lambda _: surgery.wav(bytes(2000), bits=0),
        "unheard-of-codec.wav": lambda _: surgery.wav(bytes(20_000), tag=0x1234),
        "pages-of-nothing.ogg": lambda _: surgery.empty_ogg_pages(60_000),
        "hundreds-of-links.ogg": lambda kitchen: kitchen.encoded(".ogg", "-c:a", "libvorbis", "-t", "0.02") * 300,
        "tag-of-256-mb.mp3": lambda _: surgery.id3(0)[:6] + b"\x7f\x7f\x7f\x7f" + bytes(1000),
        "tags-alone.mp3": lambda _: surgery.id3(100) * 500,
        "zeros.mp3": lambda _: bytes(20_000_000),
        "free-format.mp3": lambda kitchen: surgery.in_free_format(
            kitchen.encoded(
                *(".mp3", "-c:a", "libmp3lame", "-ar", "44100", "-b:a", "128k"),
                *("-write_xing", "0", "-id3v2_version", "0"),
            )
        ),
        "ebml-of-nothing.mkv": lambda _: b"\x1a\x45\xdf\xa3" + b"\x01" + b"\xff" * 7 + bytes(100_000),
        "playlist.mp3": lambda _: b"#EXTM3U\n#EXTINF:3,\n/etc/passwd\n",
        "playlist.wav": lambda _: b"ffconcat version 1.0\nfile /etc/passwd\n",
        "page.mp3": lambda _: b"<!doctype html><html><body>404</body></html>",
        "noise.mp3": lambda kitchen: kitchen.rng.bytes(300_000),
        "noise.ogg": lambda kitchen: b"OggS" + kitchen.rng.bytes(300_000),
        "noise.mp4": lambda kitchen: b"\0\0\0\x18ftypmp42" + kitchen.rng.bytes(300_000),
        "noise.avi": lambda kitchen: b"RIFF\0\0\0\0AVI " + kitchen.rng.bytes(300_000),
        "noise.wma": lambda kitchen: (
            b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c" + kitchen.rng.bytes(300_000)
        ),
        "noise.caf": lambda kitchen: b"caff\0\1\0\0" + kitchen.rng.bytes(300_000),
        "noise.aiff": lambda kitchen: b"FORM\0\0\x10\0AIFF" + kitchen.rng.bytes(300_000),
        "empty.wav": lambda _: b"",
        "archive.wav": lambda _: _zip(),
    }
    for name, content in made.items():

        def make(kitchen: Kitchen, out: Path, content: Callable[[Kitchen], bytes] = content) -> None:
            out.write_bytes(content(kitchen))

        yield Case(name, "hostile", make, refused=name in _REFUSED)

    def pause(kitchen: Kitchen, out: Path) -> None:
        kitchen.encode(out, "-af", "asetpts=if(gt(T\\,1)\\,PTS+36000*SR\\,PTS)", "-c:a", "libopus")

    yield Case("pauses-for-ten-hours.mkv", "hostile", pause, refused=True)

    def mute(kitchen: Kitchen, out: Path) -> None:
        kitchen.run("-f", "lavfi", "-i", "testsrc=d=1:s=64x64", "-c:v", "mpeg4", str(out))

    yield Case("mute.mp4", "hostile", mute, refused=True)

    def encoded_otherwise(kitchen: Kitchen, out: Path) -> None:
        kitchen.encode(out, "-c:a", "tta")

    def not_numbers(kitchen: Kitchen, out: Path) -> None:
        samples = source(kitchen.rng)
        samples[::1000] = np.nan
        samples[500::1000] = np.inf
        write_float_wav(out, samples, RATE_HZ)

    yield Case("not-numbers.wav", "hostile", not_numbers)
    yield Case("not-our-codec.mka", "hostile", encoded_otherwise, refused=True)


_REFUSED = frozenset(
    (
        *("hides-four-hours.flac", "one-hertz.wav", "no-hertz.wav", "no-channel.wav", "zeros.mp3", "playlist.mp3"),
        *("playlist.wav", "page.mp3", "empty.wav", "archive.wav", "tags-alone.mp3", "ebml-of-nothing.mkv"),
        "free-format.mp3",
    )
)


def _zip() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("song.txt", "la" * 1000)
    return held.getvalue()
