"""Files as programs write them: every container with every codec, rate and number of channels that it is used with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpus.kitchen import Case, Kitchen

# Suffix, and the options of each encoding.
_ENCODINGS: dict[str, list[str]] = {
    ".wav": [
        *(f"-c:a {codec}" for codec in ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le")),
        *(f"-c:a {codec}" for codec in ("pcm_alaw", "pcm_mulaw", "adpcm_ms", "adpcm_ima_wav", "adpcm_yamaha")),
        *(f"-c:a pcm_s16le -ar {rate}" for rate in (8000, 11025, 16000, 22050, 32000, 44100, 88200, 96000, 192000)),
        *(f"-c:a pcm_s16le -ac {channels}" for channels in (1, 3, 4, 5, 6, 7, 8)),
        "-c:a pcm_s24le -rf64 always",
        "-c:a libmp3lame -f wav",
        "-c:a g722 -ar 16000 -ac 1",
    ],
    ".w64": ["-c:a pcm_s16le", "-c:a pcm_f32le -ac 6"],
    ".aiff": [
        "-c:a pcm_s16be",
        "-c:a pcm_s24be",
        "-c:a pcm_s8",
        "-c:a pcm_f32be",
        "-c:a pcm_alaw",
        "-c:a pcm_s16be -ac 1",
    ],
    ".caf": ["-c:a pcm_s16be", "-c:a pcm_s24le", "-c:a pcm_f32le", "-c:a alac", "-c:a pcm_mulaw", "-c:a adpcm_ima_qt"],
    ".au": ["-c:a pcm_s16be", "-c:a pcm_mulaw", "-c:a pcm_f32be -ac 1"],
    ".flac": [
        "-c:a flac",
        "-c:a flac -sample_fmt s32",
        *(f"-c:a flac -ac {channels}" for channels in (1, 6, 8)),
        *(f"-c:a flac -ar {rate}" for rate in (8000, 44100, 96000, 192000)),
    ],
    ".mp3": [
        *(f"-c:a libmp3lame -b:a {rate}k" for rate in (64, 128, 320)),
        *(f"-c:a libmp3lame -q:a {quality}" for quality in (0, 4, 9)),
        *(f"-c:a libmp3lame -ar {rate} -b:a 48k" for rate in (8000, 11025, 16000, 22050, 24000, 32000, 44100)),
        "-c:a libmp3lame -ac 1",
        "-c:a libmp3lame -joint_stereo 0",
        "-c:a libmp3lame -write_xing 0",
        "-c:a libmp3lame -id3v2_version 0",
        "-c:a libmp3lame -id3v2_version 4 -write_id3v1 1",
    ],
    ".mp2": ["-c:a mp2", "-c:a mp2 -ar 22050 -ac 1 -b:a 64k"],
    ".aac": [
        *(f"-c:a aac -f adts -ar {rate}" for rate in (8000, 16000, 22050, 44100, 48000)),
        "-c:a aac -f adts -ac 6",
    ],
    ".m4a": [
        *(f"-c:a aac -ar {rate}" for rate in (16000, 44100, 48000)),
        *(f"-c:a aac -ac {channels}" for channels in (1, 6)),
        "-c:a alac",
        "-c:a alac -ar 96000 -sample_fmt s32p",
        "-c:a aac -movflags +faststart",
    ],
    ".mp4": ["-c:a ac3", "-c:a eac3", "-c:a libmp3lame", "-c:a libopus", "-c:a flac -strict -2"],
    ".mov": [
        "-c:a pcm_s16le",
        "-c:a pcm_s16be",
        "-c:a pcm_s24le",
        "-c:a pcm_f32le",
        "-c:a pcm_mulaw",
        "-c:a adpcm_ima_qt",
    ],
    ".3gp": ["-c:a libopencore_amrnb -ar 8000 -ac 1 -b:a 12.2k", "-c:a aac"],
    ".amr": ["-c:a libopencore_amrnb -ar 8000 -ac 1 -b:a 12.2k", "-c:a libopencore_amrnb -ar 8000 -ac 1 -b:a 4.75k"],
    ".wma": ["-c:a wmav1", "-c:a wmav2", "-c:a wmav2 -ar 22050 -ac 1"],
    ".ogg": [
        *(f"-c:a libvorbis -q:a {quality}" for quality in (0, 5)),
        *(f"-c:a libvorbis -ar {rate}" for rate in (8000, 22050, 44100)),
        "-c:a libvorbis -ac 1",
        "-c:a libvorbis -ac 6",
        "-c:a flac -f ogg",
    ],
    ".opus": [
        *(f"-c:a libopus -b:a {rate}k" for rate in (12, 32, 128)),
        *(f"-c:a libopus -ac {channels}" for channels in (1, 6, 8)),
        "-c:a libopus -application voip -ac 1 -b:a 16k -frame_duration 60",
        "-c:a libopus -frame_duration 2.5",
    ],
    ".webm": ["-c:a libopus", "-c:a libvorbis"],
    ".mka": ["-c:a flac", "-c:a pcm_s16le", "-c:a pcm_f32le -ar 44100", "-c:a aac", "-c:a libmp3lame", "-c:a ac3"],
}

_FILMS = {
    "film.mp4": "-c:a aac",
    "film-h264.mp4": "-c:a aac -c:v libx264 -pix_fmt yuv420p",
    "film-h264-b.mkv": "-c:a aac -c:v libx264 -pix_fmt yuv420p -bf 3",
    "film.mov": "-c:a pcm_s16le",
    "film-mp3.avi": "-c:a libmp3lame -ar 44100",
    "film-pcm.avi": "-c:a pcm_s16le",
    "film-ac3.avi": "-c:a ac3",
    "film.ts": "-c:a aac -c:v mpeg2video",
    "film-mp2.ts": "-c:a mp2 -c:v mpeg2video",
    "film-ac3.ts": "-c:a ac3 -c:v mpeg2video",
    "film.m2ts": "-c:a ac3 -c:v mpeg2video -mpegts_m2ts_mode 1",
    "film.webm": "-c:a libopus -c:v libvpx",
    "film.mkv": "-c:a libvorbis",
    "film.wmv": "-c:a wmav2 -c:v wmv2",
    "film.ogv": "-c:a libvorbis -c:v libtheora",
    "film.3gp": "-c:a aac -c:v mpeg4",
}


def cases() -> Iterator[Case]:
    """Yield them all."""
    for suffix, encodings in _ENCODINGS.items():
        for number, options in enumerate(encodings):
            yield Case(f"{suffix[1:]}-{number:02d}{suffix}", "plain", _Encoding(options))
    for name, options in _FILMS.items():
        yield Case(name, "plain", _Film(options))


class _Encoding:
    def __init__(self, options: str) -> None:
        self._options = options.split()

    def __call__(self, kitchen: Kitchen, out: Path) -> None:
        kitchen.encode(out, *self._options)


class _Film:
    def __init__(self, options: str) -> None:
        self._options = options.split()

    def __call__(self, kitchen: Kitchen, out: Path) -> None:
        kitchen.film(out, *self._options)
