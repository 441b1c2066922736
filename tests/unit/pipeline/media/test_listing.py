"""How ffmpeg's listing of a file is read; nothing is run."""

import pytest

from pipeline.media.listing import Hole, Listing, Track, in_order_of_playing, parse_listing, with_packets

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
    assert parse_listing(MP4) == Listing(
        tracks=(Track(1, "aac", is_default=True, sample_rate_hz=44_100),),
        duration_s=3723.5,
        has_streams=True,
        pictures=(0,),
        title="A Title: with colons",
    )


def test_a_voice_note_claims_no_duration_and_keeps_its_title_with_the_stream():
    tracks = (Track(0, "opus", sample_rate_hz=48_000),)
    assert parse_listing(VOICE_NOTE) == Listing(tracks, None, 0.0, True, (), "Voice note")


def test_a_cover_picture_is_no_video_and_its_name_no_title():
    tracks = (Track(0, "mp3", sample_rate_hz=44_100),)
    assert parse_listing(MP3_WITH_COVER) == Listing(tracks, 3.03, 0.025057, True, (), None)


def test_pictures_without_sound():
    assert parse_listing(SILENT_FILM) == Listing((), 1.0, 0.0, True, (0,), None)


def test_a_file_that_cannot_be_opened_has_no_streams():
    assert parse_listing("[in#0] Error opening input: Invalid data found\n") == Listing()


def test_a_title_is_one_clean_line_of_bounded_length():
    listing = parse_listing("  Metadata:\n    title           : a\u202e\x07 b" + "c" * 300 + "\n")
    assert listing.title == "a b" + "c" * 196 + "…"


TWO_TRACKS = """\
  Duration: 00:00:08.00, start: 1.480000, bitrate: 176 kb/s
  Stream #0:0[0x100]: Video: h264 (High), yuv420p, 64x64, 25 fps, start 1.480000
  Stream #0:1(eng): Audio: aac (LC), 44100 Hz, stereo, fltp, start 2.580000
  Stream #0:2(deu): Audio: ac3, 48000 Hz, 5.1(side), fltp, 448 kb/s, start 1.480000 (default)
"""


def test_a_player_plays_the_track_that_is_marked_else_the_first():
    tracks = parse_listing(TWO_TRACKS).tracks
    assert [track.index for track in in_order_of_playing(tracks)] == [2, 1]
    assert [track.index for track in in_order_of_playing(tracks[:1])] == [1]


def test_a_track_is_late_by_what_it_begins_after_the_file():
    listing = parse_listing(TWO_TRACKS)
    assert listing.delay_s(listing.tracks[0]) == pytest.approx(1.1)
    assert listing.delay_s(listing.tracks[1]) == 0.0


def test_what_begins_before_zero_is_there_for_the_decoder_and_no_reason_to_wait():
    listing = Listing((Track(0, "opus", start_s=-0.0065),), start_s=-0.0065)
    assert listing.delay_s(listing.tracks[0]) == 0.0


def test_the_first_packets_know_better_than_the_header_when_things_begin():
    packets = b"""\
#software: Lavf63
#tb 0: 1/1000
#tb 1: 1/44100
0,          0,        40,       40,     1000, 0xa
1,      48510,     48510,     1024,      371, 0xb
"""
    corrected = with_packets(Listing((Track(1, "aac"),), start_s=1.1, pictures=(0,)), packets)
    assert corrected.start_s == 0.04
    assert corrected.delay_s(corrected.tracks[0]) == pytest.approx(1.06)
    primed = with_packets(Listing((Track(1, "aac", start_s=1.12),), start_s=1.1, pictures=(0,)), packets)
    assert primed.delay_s(primed.tracks[0]) == pytest.approx(1.08), "the first packet only primes the decoder"
    listing = Listing((Track(1, "aac", start_s=0.5),), start_s=0.5, pictures=(0,))
    assert with_packets(listing, b"0, NOPTS, NOPTS, 1, 2, 0xa\n") == listing


def test_a_pause_of_which_nothing_is_stored_is_a_hole():
    lines = [f"0, {at}, {at}, 20, 3, 0xa" for at in (0, 20, 40, 560, 580, 650)]
    packets = "\n".join(["#tb 0: 1/1000", *lines, ""]).encode()
    corrected = with_packets(Listing((Track(0, "opus"),)), packets)
    assert corrected.tracks[0].holes == (Hole(pytest.approx(0.06), pytest.approx(0.5)),)


def test_where_packets_do_not_say_how_long_they_are_the_one_before_was_as_long():
    packets = b"#tb 0: 1/1000\n0, 0, 0, 20, 3, 0xa\n0, 20, 20, 0, 3, 0xa\n0, 540, 540, 0, 3, 0xa\n"
    corrected = with_packets(Listing((Track(0, "opus"),)), packets)
    assert corrected.tracks[0].holes == (Hole(pytest.approx(0.04), pytest.approx(0.5)),)
