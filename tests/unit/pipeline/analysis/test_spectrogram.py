import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import mlab

from pipeline.analysis.spectrogram import PooledSpectrogram, power_spectrogram


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(samples).standard_normal(samples)


@pytest.mark.filterwarnings("ignore:Only one segment")
@settings(max_examples=40, deadline=None)
@given(samples=st.integers(1, 3000), cuts=st.lists(st.integers(0, 3000), max_size=5))
def test_it_is_matplotlib_s_specgram_however_the_sound_is_cut(samples, cuts):
    sound = noise(samples)
    whole = mlab.specgram(np.pad(sound, (0, max(0, 256 - samples))), Fs=44_100)[0].T
    streamed = np.concatenate(list(power_spectrogram(np.split(sound, sorted(cuts)))))
    np.testing.assert_allclose(streamed, whole, rtol=1e-9, atol=1e-9 * whole.max())


def test_a_long_sound_comes_in_bounded_batches():
    assert max(len(power) for power in power_spectrogram([noise(400_000)])) <= 512


def test_no_sound_at_all_is_one_step_of_silence():
    (power,) = power_spectrogram([])
    assert power.shape == (1, 129)
    assert not power.any()


@pytest.mark.parametrize("steps", [1, 7, 8, 9, 16, 17, 100])
def test_pooled_columns_are_means_of_equally_many_steps(steps):
    power = np.random.default_rng(0).random((steps, 129))
    pooled = PooledSpectrogram(max_columns=8)
    for batch in np.array_split(power, 3):
        pooled.add(batch)
    width = pooled.steps_per_column
    means = [power[start : start + width].mean(axis=0) for start in range(0, steps, width)]
    decibels = pooled.decibels()
    assert decibels.shape == (129, len(means))
    assert len(means) <= 8
    np.testing.assert_allclose(decibels.T, 10 * np.log10(np.array(means) / np.max(means)), atol=1e-4)


def test_silence_pools_to_the_floor():
    pooled = PooledSpectrogram()
    pooled.add(np.zeros((10, 129)))
    assert (pooled.decibels() == -120.0).all()
