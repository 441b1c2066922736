"""The ear answers with the changes that are there, and with no others."""

import numpy as np
import pytest

from pipeline.analysis.ear.changes import Change, changes
from pipeline.analysis.ear.hearing import Hearing
from pipeline.analysis.ear.listener import Listener

SAMPLE_RATE_HZ = 44_100
WINDOW_S = 0.15


def seconds(duration_s: float, rate_hz: int = SAMPLE_RATE_HZ) -> np.ndarray:
    return np.arange(int(duration_s * rate_hz)) / rate_hz


def tone(frequency_hz: float, times_s: np.ndarray, partials: int = 5) -> np.ndarray:
    return sum(np.sin(2 * np.pi * frequency_hz * k * times_s) / k for k in range(1, partials + 1)) / 4


def hiss(times_s: np.ndarray, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(times_s.size) / 10


def clicks(times_s: np.ndarray, every_s: float) -> np.ndarray:
    since_s = times_s % every_s
    return hiss(times_s) * 5 * np.exp(-since_s / 0.02)


def listen(samples: np.ndarray, rate_hz: int = SAMPLE_RATE_HZ, block: int = 65_536) -> Hearing:
    shaped = np.atleast_2d(samples.astype(np.float32).T).T
    listener = Listener(shaped.shape[1], rate_hz)
    for first in range(0, len(shaped), block):
        listener.push(shaped[first : first + block])
    return listener.finish()


def times(found: tuple[Change, ...]) -> list[float]:
    return [change.time_s for change in found]


LONG = seconds(12)
PAD_CHORDS = ((262, 330, 392), (220, 262, 330), (175, 220, 262))


def pad(rate_hz: int = SAMPLE_RATE_HZ) -> np.ndarray:
    span = seconds(4, rate_hz)
    return np.concatenate([sum(tone(pitch, span) for pitch in chord) / 3 for chord in PAD_CHORDS])


def vibrato(times_s: np.ndarray) -> np.ndarray:
    angle = 2 * np.pi * 440 * times_s + 5 * np.sin(2 * np.pi * 5.5 * times_s)
    return sum(np.sin(k * angle) / k for k in range(1, 5)) / 4


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(tone(262, LONG), id="a held tone"),
        pytest.param(np.sin(2 * np.pi * 262 * LONG) + np.sin(2 * np.pi * 331 * LONG), id="two pure sines"),
        pytest.param(vibrato(LONG), id="vibrato"),
        pytest.param(tone(262, LONG) * np.linspace(0.03, 1, LONG.size), id="a crescendo"),
        pytest.param(hiss(LONG) * np.linspace(1, 0.03, LONG.size), id="a hiss that fades"),
        pytest.param(hiss(LONG), id="noise"),
        pytest.param(clicks(LONG, 0.5), id="a steady beat"),
        pytest.param(np.zeros(LONG.size), id="silence"),
        pytest.param(np.full(LONG.size, 0.5), id="a constant"),
    ],
)
def test_nothing_changes_inside(sound):
    assert changes(listen(sound)) == ()


@pytest.mark.parametrize("samples", [0, 1, 100, 5000])
def test_the_shortest_sounds_are_listened_to(samples):
    hearing = listen(np.ones((samples, 1)))

    assert changes(hearing) == ()
    assert hearing.duration_s == samples / SAMPLE_RATE_HZ


def test_one_tone_then_another_is_one_change_at_its_time():
    sound = np.where(LONG < 5, tone(262, LONG), tone(330, LONG))

    (change,) = changes(listen(sound))

    assert change.time_s == pytest.approx(5, abs=0.03)
    assert change.strength > 0.9
    assert change.reason in ("chord", "key")


def test_each_new_chord_of_a_pad_is_a_change():
    assert times(changes(listen(pad()))) == pytest.approx([4, 8], abs=WINDOW_S)


def test_what_grows_louder_at_once_is_a_change_that_says_so():
    sound = tone(262, LONG) * np.where(LONG < 6, 0.1, 0.8)

    (change,) = changes(listen(sound))

    assert change.time_s == pytest.approx(6, abs=WINDOW_S)
    assert change.reason == "louder"


def test_gain_changes_nothing():
    loud, soft = changes(listen(pad())), changes(listen(pad() / 300))

    assert times(soft) == pytest.approx(times(loud), abs=1e-6)


def everywhere() -> dict[str, np.ndarray]:
    mono = pad()
    zero = np.zeros_like(mono)
    return {
        "both sides": np.stack([mono, mono], axis=1),
        "the right": np.stack([zero, mono], axis=1),
        "antiphase": np.stack([mono, -mono], axis=1),
        "the centre of 7.1": np.stack([zero, zero, mono, *[zero] * 5], axis=1),
    }


@pytest.mark.parametrize("where", ["both sides", "the right", "antiphase", "the centre of 7.1"])
def test_a_sound_is_heard_alike_wherever_it_comes_from(where):
    assert times(changes(listen(everywhere()[where]))) == pytest.approx(times(changes(listen(pad()))), abs=1e-6)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 48_000, 96_000])
def test_a_sound_is_heard_alike_at_every_sample_rate(rate_hz):
    expected = times(changes(listen(pad())))

    assert times(changes(listen(pad(rate_hz), rate_hz))) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("block", [1_000, 44_100, 10_000_000])
def test_how_the_sound_is_cut_into_blocks_changes_nothing_at_all(block):
    whole, cut = listen(pad()), listen(pad(), block=block)

    np.testing.assert_array_equal(cut.level_db, whole.level_db)
    np.testing.assert_array_equal(cut.candidates.scores, whole.candidates.scores)
    assert changes(cut) == changes(whole)


def test_samples_that_are_no_numbers_do_no_harm():
    sound = pad()
    sound[1000:1010] = np.nan

    assert np.isfinite(listen(sound).candidates.scores).all()


def test_as_many_changes_as_asked_for_where_the_sound_holds_them():
    hearing = listen(pad())

    assert times(changes(hearing, count=2)) == pytest.approx([4, 8], abs=WINDOW_S)
    assert len(changes(hearing, count=1)) == 1


def test_more_than_there_are_divide_the_longest_stretches_evenly():
    hearing = listen(np.zeros(LONG.size))

    found = changes(hearing, count=3)

    assert times(found) == pytest.approx([3, 6, 9])
    assert {change.reason for change in found} == {"even"}


def test_never_more_than_the_sound_is_long_enough_for():
    hearing = listen(np.zeros(2 * SAMPLE_RATE_HZ))

    found = changes(hearing, count=50, shortest_s=0.5)

    assert len(found) == 3
    assert np.diff([0.0, *times(found), 2.0]).min() >= 0.5


def test_a_more_sensitive_ear_hears_at_least_as_much():
    hearing = listen(pad() + hiss(seconds(12)))
    counts = [len(changes(hearing, sensitivity=sensitivity)) for sensitivity in (0.1, 1.0, 4.0)]

    assert counts == sorted(counts)


def test_a_block_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="is not"):
        Listener(2, SAMPLE_RATE_HZ).push(np.zeros((10, 1), dtype=np.float32))
