"""The bundled sample sound, through the whole analysis."""

import numpy as np
import pytest

from pipeline.analysis.analyze import analyze
from pipeline.media.decode import decode_sound
from pipeline.media.probe import probe
from pipeline.media.sound_file import channel_blocks
from pipeline.sample import sample_sound

BAR_S = 2.5


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    return np.concatenate(list(channel_blocks(decode_sound(sample_sound(), tmp_path_factory.mktemp("sample")))))


def test_it_is_twenty_seconds_of_stereo_that_fit_in_the_package(samples):
    info = probe(sample_sound())
    assert (info.container, info.codec, info.channels) == ("mp4", "aac", 2)
    assert samples.size == 20 * 44_100
    assert sample_sound().stat().st_size < 400_000


def test_it_is_loud_but_never_clipped(samples):
    assert 0.7 < np.abs(samples).max() < 0.99
    assert 0.1 < np.sqrt(np.mean(samples**2)) < 0.3


def test_its_scenes_begin_where_its_sections_do(samples):
    times_s = analyze([samples]).point_times_s
    for section_s in (2 * BAR_S, 4 * BAR_S, 7 * BAR_S):  # plucks, drums, last chord
        assert np.abs(times_s - section_s).min() < 0.06
