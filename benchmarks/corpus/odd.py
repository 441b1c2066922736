"""Files that are whole and yet unlike what programs write: tags in front, chains, late sounds, lying headers."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.corpus import surgery
from benchmarks.corpus.kitchen import RATE_HZ, SOUND_S, Case, Kitchen, source, write_float_wav

_FIRST_S = 4.0
"""Within the first of several sounds in one file."""

_MP3 = (".mp3", "-c:a", "libmp3lame", "-ar", "44100", "-b:a", "128k", "-write_xing", "0", "-id3v2_version", "0")
_ADTS = (".aac", "-c:a", "aac", "-f", "adts")
_FLAC = (".flac", "-c:a", "flac")
_AIFF = (".aiff", "-c:a", "pcm_s16be")
_WAV = (".wav", "-c:a", "pcm_s16le")


def cases() -> Iterator[Case]:
    """Yield them all."""
    yield from _tagged()
    yield from _joined()
    yield from _chained()
    yield from _late()
    yield from _films()
    yield from _placed()
    yield from _wavs()
    yield from _short()


def _bytes(
    name: str, content: Callable[[Kitchen], bytes], length_s: float | None = None, compared_s: float | None = None
) -> Case:
    def make(kitchen: Kitchen, out: Path) -> None:
        out.write_bytes(content(kitchen))

    return Case(name, "odd", make, length_s, compared_s=compared_s)


def _tagged() -> Iterator[Case]:
    kinds = {"mp3": _MP3, "aac": _ADTS, "flac": _FLAC, "aiff": _AIFF, "wav": _WAV}
    prefixes: dict[str, bytes] = {
        "id3v2.2": surgery.id3(500, version=2),
        "id3v2.3": surgery.id3(2000),
        "id3v2.4-footer": surgery.id3(300, version=4, footer=True),
        "id3-cover": surgery.id3(700_000),
        "two-id3": surgery.id3(100) + surgery.id3(300, version=4),
    }
    for (kind, options), (tag, prefix) in product(kinds.items(), prefixes.items()):
        yield _bytes(f"{tag}-before.{kind}", lambda kitchen, o=options, p=prefix: p + kitchen.encoded(*o))  # type: ignore[misc]
    more: dict[str, bytes] = {
        "ape": surgery.ape_tag(3000),
        "ape-id3": surgery.ape_tag(90_000) + surgery.id3(200),
        "zeros": bytes(5000),
        "many-zeros": bytes(1_000_000),
        "id3-zeros": surgery.id3(200) + bytes(3000),
    }
    for (kind, options), (tag, prefix) in product({"mp3": _MP3, "aac": _ADTS}.items(), more.items()):
        yield _bytes(
            f"{tag}-before.{kind}",
            lambda kitchen, o=options, p=prefix: p + kitchen.encoded(*o),  # type: ignore[misc]
            SOUND_S,
        )
    for kind, cut in product(("mp3", "aac"), (1, 50, 200, 1000)):
        options = kinds[kind]
        yield _bytes(f"cut-{cut}-bytes.{kind}", lambda kitchen, o=options, c=cut: kitchen.encoded(*o)[c:], SOUND_S)  # type: ignore[misc]
    for name, tail in {"id3v1": b"TAG" + bytes(125), "ape": surgery.ape_tag(500), "zeros": bytes(4000)}.items():
        yield _bytes(f"{name}-behind.mp3", lambda kitchen, t=tail: kitchen.encoded(*_MP3) + t)  # type: ignore[misc]
    yield _bytes(
        "xing-claims-an-hour.mp3", lambda kitchen: surgery.lying_xing(kitchen.encoded(*_MP3), 137_812), SOUND_S
    )
    yield _bytes("xing-claims-a-frame.mp3", lambda kitchen: surgery.lying_xing(kitchen.encoded(*_MP3), 1), SOUND_S)


def _joined() -> Iterator[Case]:
    """Files one after another in one file, with what changes between them."""
    mp3 = (*_MP3[:3], "-write_xing", "0", "-id3v2_version", "0")
    variants = {
        "mono": ("-ac", "1"),
        "stereo": ("-ac", "2"),
        "22k": ("-ar", "22050", "-b:a", "64k"),
        "48k": ("-ar", "48000"),
    }
    for first, second in product(variants, variants):
        if first != second:
            one, other = (*mp3, *variants[first]), (*mp3, *variants[second])
            yield _bytes(
                f"{first}-{second}-joined.mp3",
                lambda kitchen, a=one, b=other: (kitchen.encoded(*a) + kitchen.encoded(*b)) * 2,  # type: ignore[misc]
                None,
                _FIRST_S,
            )
    for first, second in (("mono", "stereo"), ("stereo", "mono"), ("stereo", "22k"), ("22k", "stereo")):
        one, other = (*_ADTS, *variants[first][:2]), (*_ADTS, *variants[second][:2])
        yield _bytes(
            f"{first}-{second}-joined.aac",
            lambda kitchen, a=one, b=other: kitchen.encoded(*a) + kitchen.encoded(*b),  # type: ignore[misc]
            None,
            _FIRST_S,
        )
    tagged = (*_MP3[:3], "-id3v2_version", "3")
    yield _bytes("joined-with-tags.mp3", lambda kitchen: kitchen.encoded(*tagged) * 3, None, _FIRST_S)


def _chained() -> Iterator[Case]:
    links = {
        "opus": (".opus", "-c:a", "libopus"),
        "opus-mono": (".opus", "-c:a", "libopus", "-ac", "1"),
        "vorbis": (".ogg", "-c:a", "libvorbis"),
        "vorbis-22k": (".ogg", "-c:a", "libvorbis", "-ar", "22050", "-ac", "1"),
    }
    for first, second in product(links, links):
        yield _bytes(
            f"{first}-{second}-chain.ogg",
            lambda kitchen, a=links[first], b=links[second]: (  # type: ignore[misc]
                kitchen.encoded(*a) + kitchen.encoded(*b) + kitchen.encoded(*a)
            ),
            3 * SOUND_S,
            _FIRST_S,
        )
    yield _bytes("forty-links.ogg", lambda kitchen: _short_vorbis(kitchen) * 40, 40 * 0.25, 0.2)


def _short_vorbis(kitchen: Kitchen) -> bytes:
    return kitchen.encoded(".ogg", "-c:a", "libvorbis", "-t", "0.25")


def _late() -> Iterator[Case]:
    films = {
        "late.mp4": "-c:a aac",
        "late-b.mp4": "-c:a aac -c:v libx264 -pix_fmt yuv420p -bf 3",
        "late.mkv": "-c:a aac",
        "late-b.mkv": "-c:a libopus -c:v libx264 -pix_fmt yuv420p -bf 3",
        "late.mov": "-c:a pcm_s16le",
        "late.ts": "-c:a aac -c:v mpeg2video",
        "late.webm": "-c:a libopus -c:v libvpx",
    }
    for (name, options), delay_s in product(films.items(), (0.2, 1.1, 3.0)):

        def make(kitchen: Kitchen, out: Path, options: str = options, delay_s: float = delay_s) -> None:
            kitchen.film(out, *options.split(), delay_s=delay_s)

        yield Case(f"{delay_s:g}-s-{name}", "odd", make, SOUND_S + delay_s, delay_s)


def _films() -> Iterator[Case]:
    def film(name: str, options: str, change: Callable[[bytes], bytes] = lambda raw: raw) -> Case:
        def make(kitchen: Kitchen, out: Path) -> None:
            whole = out.with_name("whole" + out.suffix)
            kitchen.film(whole, *options.split())
            out.write_bytes(change(whole.read_bytes()))
            whole.unlink()

        return Case(name, "odd", make, SOUND_S)

    yield film("without-ftyp.mov", "-c:a pcm_s16le", surgery.without_first_box)
    yield film("wide-before-mdat.mov", "-c:a pcm_s16le", partial(surgery.without_first_box, wide=True))
    yield film("without-ftyp.mp4", "-c:a aac", surgery.without_first_box)
    yield film("fragments.mp4", "-c:a aac -movflags frag_keyframe+empty_moov")
    yield film("short-fragments.mp4", "-c:a aac -movflags empty_moov+default_base_moof -frag_duration 200000")
    yield film("index-first.mp4", "-c:a aac -movflags +faststart")
    yield film("live.mkv", "-c:a libopus -live 1")

    def two_tracks(suffix: str, default: int) -> Case:
        def make(kitchen: Kitchen, out: Path) -> None:
            silence = ("-f", "lavfi", "-i", f"anullsrc=r=48000:d={SOUND_S}")
            tracks = [silence, ("-i", str(kitchen.sound))] if default == 1 else [("-i", str(kitchen.sound)), silence]
            marks = ["-disposition:a:0", "0" if default else "default", f"-disposition:a:{default}", "default"]
            inputs = [word for track in tracks for word in track]
            kitchen.run(*inputs, "-map", "0:a", "-map", "1:a", "-c:a", "aac", *marks, str(out))

        return Case(f"track-{default + 1}-is-default{suffix}", "odd", make, SOUND_S)

    for suffix, default in product((".mp4", ".mkv"), (0, 1)):
        yield two_tracks(suffix, default)

    def hole(suffix: str, codec: str, length_s: float) -> Case:
        def make(kitchen: Kitchen, out: Path) -> None:
            filters = f"asetpts=if(gt(T\\,2)\\,PTS+{length_s}*SR\\,PTS)"
            kitchen.encode(out, "-af", filters, "-c:a", codec)

        return Case(f"hole-of-{length_s:g}-s{suffix}", "odd", make, SOUND_S + length_s, compared_s=1.5)

    for (suffix, codec), length_s in product(
        ((".webm", "libopus"), (".mkv", "aac"), (".mka", "libvorbis")), (0.5, 7, 240)
    ):
        yield hole(suffix, codec, length_s)


def _placed() -> Iterator[Case]:
    def sound(name: str, layout: str, gains: str) -> Case:
        def make(kitchen: Kitchen, out: Path) -> None:
            kitchen.encode(
                out, "-af", f"pan={layout}|{gains}", "-c:a", "flac" if out.suffix == ".flac" else "pcm_s16le"
            )

        return Case(name, "odd", make, SOUND_S)

    yield sound("right-only.wav", "stereo", "c1=c0")
    yield sound("left-only.wav", "stereo", "c0=c0")
    yield sound("antiphase.wav", "stereo", "c0=c0|c1=-1*c0")
    yield sound("centre-of-7.1.flac", "7.1", "FC=c0")
    yield sound("back-of-5.1.flac", "5.1", "BL=c0|BR=c1")
    for channels in (9, 10, 12, 16, 24, 32, 64):

        def make(kitchen: Kitchen, out: Path, channels: int = channels) -> None:
            two = source(kitchen.rng)
            many = np.zeros((len(two), channels))
            many[:, 0], many[:, channels - 1] = two[:, 0], two[:, 1]
            write_float_wav(out, many, RATE_HZ)

        yield Case(f"{channels}-channels.wav", "odd", make, SOUND_S)

    def scaled(name: str, gain: float) -> Case:
        def make(kitchen: Kitchen, out: Path) -> None:
            write_float_wav(out, gain * source(kitchen.rng), RATE_HZ)

        return Case(name, "odd", make, SOUND_S)

    yield scaled("silence.wav", 0.0)
    yield scaled("far-too-loud.wav", 40.0)
    yield scaled("hardly-there.wav", 1e-6)


def _wavs() -> Iterator[Case]:
    def pcm(kitchen: Kitchen) -> bytes:
        return (source(kitchen.rng)[:, 0] * 20_000).astype("<i2").tobytes()

    claims = {"nothing": 0, "everything": 0xFFFFFFFF, "twice-as-much": round(4 * SOUND_S * RATE_HZ)}
    for name, claim in claims.items():
        yield _bytes(
            f"claims-{name}.wav",
            lambda kitchen, c=claim: surgery.wav(pcm(kitchen), rate_hz=RATE_HZ, claimed_bytes=c),  # type: ignore[misc]
            SOUND_S,
        )
    chunks = {
        "list": b"LIST" + struct.pack("<I", 4) + b"INFO",
        "junk": b"JUNK" + struct.pack("<I", 5000) + bytes(5000),
        "odd-chunk": b"abcd" + struct.pack("<I", 3) + bytes(4),
        "bext": b"bext" + struct.pack("<I", 700) + bytes(700),
    }
    for name, chunk in chunks.items():
        yield _bytes(
            f"{name}-first.wav",
            lambda kitchen, c=chunk: surgery.wav(pcm(kitchen), rate_hz=RATE_HZ, before=c),  # type: ignore[misc]
            SOUND_S,
        )
    for rate_hz in (1000, 5512, 37_800, 384_000, 768_000):
        yield _bytes(
            f"at-{rate_hz}-hz.wav",
            lambda _, r=rate_hz: surgery.wav(_soft_noise(r, 2 * r), rate_hz=r),  # type: ignore[misc]
            2.0,
        )


def _soft_noise(seed: int, samples: int) -> bytes:
    """Return noise without its highest frequencies, as 16-bit samples."""
    kernel = np.hanning(33)
    noise = np.convolve(np.random.default_rng(seed).normal(0, 1, samples), kernel / kernel.sum(), "same")
    return (30_000 * noise).clip(-32_000, 32_000).astype("<i2").tobytes()


def _short() -> Iterator[Case]:
    """Sounds of a few samples; a player plays them, too."""
    encodings = {
        "wav": ("-c:a", "pcm_s16le"),
        "flac": ("-c:a", "flac"),
        "mp3": ("-c:a", "libmp3lame"),
        "m4a": ("-c:a", "aac"),
        "opus": ("-c:a", "libopus"),
        "ogg": ("-c:a", "libvorbis"),
    }
    for (kind, options), samples in product(encodings.items(), (40, 2000)):

        def make(kitchen: Kitchen, out: Path, options: tuple[str, ...] = options, samples: int = samples) -> None:
            kitchen.encode(out, "-af", f"atrim=end_sample={samples}", *options)

        yield Case(f"{samples}-samples.{kind}", "odd", make)
