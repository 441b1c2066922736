"""How a canonical sound is read at another rate; nothing is run."""

import pytest

from pipeline.media.canonical import SampleFormat
from pipeline.media.resample import pan_filter, part_samples, playing_filter, trim_filter


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


def test_all_channels_are_left_as_they_are():
    assert pan_filter("all", 9).endswith("aformat=sample_fmts=dbl")


def test_a_part_is_counted_in_samples_after_resampling():
    assert part_samples(1.5, 2.0) == (66_150, 88_200)
    assert part_samples(21.5, 2.0, begins_s=20) == (66_150, 88_200)
    assert trim_filter(66_150, 88_200) == "atrim=start_sample=66150:end_sample=154350"


def test_even_the_shortest_part_has_a_sample():
    assert part_samples(0.0, 1e-9) == (0, 1)


def test_more_than_two_channels_are_mixed_for_two_loudspeakers():
    assert playing_filter(SampleFormat(48_000, 1)) == playing_filter(SampleFormat(48_000, 2, 3)) == "aresample=44100"
    assert playing_filter(SampleFormat(48_000, 6, 0x3F)) == "aresample=44100:ochl=stereo:rematrix_maxval=1"


def test_channels_of_an_unusual_number_that_are_for_no_loudspeaker_go_left_and_right_in_turn():
    assert playing_filter(SampleFormat(44_100, 9)) == (
        "pan=stereo|c0=0.2*c0+0.2*c2+0.2*c4+0.2*c6+0.2*c8|c1=0.25*c1+0.25*c3+0.25*c5+0.25*c7,aresample=44100"
    )
