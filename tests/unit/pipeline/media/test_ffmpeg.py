"""What ffmpeg is asked, and how its answer is read; nothing is run."""

from pathlib import Path

import pytest

from pipeline.media.ffmpeg import input_arguments, pan_filter, part_filters
from pipeline.media.media_type import media_type
from pipeline.media.probe import Listing, parse_listing


def test_the_input_is_one_local_file_of_one_kind(tmp_path):
    path = tmp_path / "sound.mp3"
    path.write_bytes(b"ID3\x04")
    assert input_arguments(path, media_type(path)) == [
        "-protocol_whitelist",
        "file,pipe",
        "-f",
        "mp3",
        "-i",
        f"file:{path}",
    ]


def test_a_name_can_neither_be_an_option_nor_an_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("-y", "concat:a|b", "http:", "%03d"):
        path = Path(name)
        path.write_bytes(b"OggS")
        assert input_arguments(path, media_type(path))[-1] == f"file:{tmp_path}/{name}"


@pytest.mark.parametrize(
    ("channel", "channels", "gains"),
    [
        ("left", 1, "c0"),
        ("right", 1, "c0"),
        ("mix", 1, "c0"),
        ("left", 2, "c0"),
        ("right", 2, "c1"),
        ("mix", 2, "0.5*c0+0.5*c1"),
        ("left", 6, "c0"),
        ("mix", 4, "0.25*c0+0.25*c1+0.25*c2+0.25*c3"),
    ],
)
def test_one_channel_is_left(channel, channels, gains):
    assert pan_filter(channel, channels).endswith(f",aformat=sample_fmts=dblp,pan=mono|c0={gains}")


def test_a_part_is_counted_in_samples_after_resampling():
    assert part_filters(1.5, 2.0) == ["aresample=44100", "atrim=start_sample=66150:end_sample=154350"]


def test_even_the_shortest_part_has_a_sample():
    assert part_filters(0.0, 1e-9)[1] == "atrim=start_sample=0:end_sample=1"


MP4 = """\
Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:/x/clip.mp4':
  Metadata:
    major_brand     : isom
    title           : A  Title:\twith colons
  Duration: 01:02:03.50, start: 0.000000, bitrate: 141 kb/s
  Chapters:
    Chapter #0:0: start 0.000000, end 1.000000
      Metadata:
        title           : Chapter one
  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p, 64x64, 18 kb/s (default)
    Metadata:
      handler_name    : VideoHandler
  Stream #0:1[0x2](eng): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, stereo, fltp, 127 kb/s (default)
Output #0, wav, to 'pipe:1':
  Stream #0:0(eng): Audio: pcm_s16le, 44100 Hz, stereo, s16, 1411 kb/s (default)
"""

VOICE_NOTE = """\
Input #0, ogg, from 'file:/x/voice.ogg':
  Duration: N/A, start: 0.000000, bitrate: N/A
  Stream #0:0: Audio: opus, 48000 Hz, mono, fltp
    Metadata:
      TITLE           : Voice note
"""

MP3_WITH_COVER = """\
Input #0, mp3, from 'file:/x/song.mp3':
  Duration: 00:00:03.03, start: 0.025057, bitrate: 130 kb/s
  Stream #0:0: Audio: mp3 (mp3float), 44100 Hz, stereo, fltp, 128 kb/s
  Stream #0:1: Video: png, rgb24(pc), 64x64, 90k tbr, 90k tbn (attached pic)
    Metadata:
      title           : Front
"""

SILENT_FILM = """\
Input #0, matroska,webm, from 'file:/x/film.webm':
  Duration: 00:00:01.00, start: 0.000000, bitrate: 27 kb/s
  Stream #0:0: Video: vp8, yuv420p(tv), 64x64, 25 fps
Stream map '' matches no streams.
"""


def test_a_video_s_listing():
    assert parse_listing(MP4) == Listing("aac", 3723.5, True, True, "A Title: with colons")


def test_a_voice_note_claims_no_duration_and_keeps_its_title_with_the_stream():
    assert parse_listing(VOICE_NOTE) == Listing("opus", None, True, False, "Voice note")


def test_a_cover_picture_is_no_video_and_its_name_no_title():
    assert parse_listing(MP3_WITH_COVER) == Listing("mp3", 3.03, True, False, None)


def test_pictures_without_sound():
    assert parse_listing(SILENT_FILM) == Listing(None, 1.0, True, True, None)


def test_a_file_that_cannot_be_opened_has_no_streams():
    assert parse_listing("[in#0] Error opening input: Invalid data found\n") == Listing()


def test_a_title_is_one_clean_line_of_bounded_length():
    listing = parse_listing("  Metadata:\n    title           : a\u202e\x07 b" + "c" * 300 + "\n")
    assert listing.title == "a b" + "c" * 196 + "…"
