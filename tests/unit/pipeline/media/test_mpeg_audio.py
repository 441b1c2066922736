"""Frame headers of mp3 and ADTS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.media.mpeg_audio import adts_frame_bytes, find_run, mpeg_frame_bytes

MP3_FRAME = b"\xff\xfb\x90\x64" + bytes(413)
ADTS_FRAME = b"\xff\xf1\x50\x80\x2e\x7f\xfc" + bytes(0x173 - 7)


@pytest.mark.parametrize(
    ("header", "length"),
    [
        (b"\xff\xfb\x90\x64", 417),  # MPEG 1, layer III, 128 kbit/s, 44.1 kHz
        (b"\xff\xfb\x92\x64", 418),  # the same with padding
        (b"\xff\xf3\x18\xc4", 36),  # MPEG 2, layer III, 8 kbit/s, 16 kHz
        (b"\xff\xfd\x80\x00", 417),  # MPEG 1, layer II, 128 kbit/s, 44.1 kHz
        (b"\xff\xfb\x00\x64", 0),  # free format
        (b"\xff\xfe\x90\x64", 0),  # the byte order mark of UTF-16
        (b"\xff\xfb\xf0\x64", 0),  # no such bitrate
        (b"\xff\xfb", 0),
    ],
)
def test_a_frame_of_mpeg_audio_tells_its_length(header, length):
    assert mpeg_frame_bytes(header) == length


def test_a_frame_of_adts_tells_its_length():
    assert adts_frame_bytes(ADTS_FRAME) == 0x173
    assert adts_frame_bytes(b"\xff\xf1\x7c\x80\x2e\x7f\xfc") == 0, "no such rate"
    assert adts_frame_bytes(b"\xff\xf1\x50\x80\x00\x1f\xfc") == 0, "shorter than its header"


@pytest.mark.parametrize(("kind", "frame"), [("mp3", MP3_FRAME), ("aac", ADTS_FRAME)])
def test_a_stream_that_is_cut_within_a_frame_is_found_where_the_next_begins(kind, frame):
    assert find_run(frame[100:] + 4 * frame) == (kind, len(frame) - 100)
    assert find_run(frame[100:] + 2 * frame) is None, "two could be an accident"


@given(st.binary(max_size=3000))
def test_random_bytes_hold_no_run(noise):
    assert find_run(noise) is None
