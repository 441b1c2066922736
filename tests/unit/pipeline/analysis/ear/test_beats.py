"""Beats where there is a beat, and none made up elsewhere."""

import numpy as np
import pytest

from pipeline.analysis.ear.listener import Listener

SAMPLE_RATE_HZ = 44_100
TIMES_S = np.arange(16 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ


def listen(samples):
    listener = Listener(1, SAMPLE_RATE_HZ)
    listener.push(samples.astype(np.float32)[:, None])
    return listener.finish()


def clicks(every_s):
    noise = np.random.default_rng(0).standard_normal(TIMES_S.size)
    return noise * np.exp(-(TIMES_S % every_s) / 0.02)


@pytest.mark.parametrize("every_s", [0.4, 0.5, 0.6])
def test_a_click_is_a_beat_at_its_time(every_s):
    hearing = listen(clicks(every_s))
    inner = hearing.beats_s[1:-1]

    assert inner.size > 0.8 * TIMES_S[-1] / every_s - 2
    off_s = inner - np.rint(inner / every_s) * every_s
    assert np.abs(off_s).max() < 0.03
    assert np.nanmedian(hearing.tempo_bpm) == pytest.approx(60 / every_s, rel=0.03)


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.sin(2 * np.pi * 220 * TIMES_S), id="a held tone"),
        pytest.param(np.random.default_rng(1).standard_normal(TIMES_S.size), id="noise"),
        pytest.param(np.zeros(TIMES_S.size), id="silence"),
    ],
)
def test_where_nothing_beats_there_is_no_beat(sound):
    hearing = listen(sound)

    assert hearing.beats_s.size == 0
    assert hearing.downbeats_s.size == 0


def test_every_downbeat_is_a_beat():
    hearing = listen(clicks(0.5))

    assert set(hearing.downbeats_s) <= set(hearing.beats_s)
