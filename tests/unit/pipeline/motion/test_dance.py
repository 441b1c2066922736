"""Things dance to what is heard: on accents, not too often, and not where nothing sounds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.generator import POSES
from pipeline.motion.dance import dance, events, pulses
from pipeline.motion.drive import LONGEST_PULSE_S, SHORTEST_PULSE_S, drive_of
from pipeline.motion.wander import phase, pushes
from tests.unit.pipeline.motion.sounds import heard

FPS = 60
DRIVE = drive_of(heard(), FPS, 12 * FPS)


def danced(drive, amount=1.0, blinks_at_s=()):
    poses = dance(drive, phase(drive), blinks_at_s, amount)
    return dict(zip(POSES, poses.T, strict=True))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(0, 11.9), max_size=60).map(sorted),
    st.integers(0, 10**6),
    st.sampled_from([0.3, 0.5, None]),
)
def test_the_whole_figure_moves_less_than_three_times_a_second(onsets_s, seed, beat_s):
    strengths = np.random.default_rng(seed).random(len(onsets_s))
    drive = replace(
        drive_of(heard(beat_s=beat_s), FPS, 12 * FPS), onsets_s=np.array(onsets_s), onset_strengths=strengths
    )
    (accents_s, _), (ticks_s, _) = events(drive)
    assert (np.diff(accents_s) > 0.33).all()
    assert (np.diff(np.sort(np.concatenate((accents_s, ticks_s)))) > 0.1).all()


def test_the_stronger_of_two_onsets_is_the_accent():
    drive = replace(
        DRIVE, beats_s=np.zeros(0), onsets_s=np.array([1.0, 1.2, 5.0]), onset_strengths=np.array([0.3, 1, 0.5])
    )
    (accents_s, strengths), (ticks_s, _) = events(drive)
    assert accents_s.tolist() == [1.2, 5.0]
    assert strengths.tolist() == [1.0, 0.5]
    assert ticks_s.tolist() == [1.0]


def test_a_beat_on_which_nothing_begins_is_hinted_at():
    silent_beats = replace(DRIVE, onsets_s=np.zeros(0), onset_strengths=np.zeros(0))
    (accents_s, strengths), _ = events(silent_beats)
    assert accents_s.size == DRIVE.beats_s.size
    assert (strengths < 0.5).all()


def test_a_movement_goes_there_quickly_and_comes_back_slowly():
    curve = pulses(DRIVE, np.array([3.0]), np.array([1.0]))
    out = int(curve.argmax())
    assert curve.max() == pytest.approx(1.0, abs=0.01)
    assert 0 <= out / FPS - 3.0 < 0.15
    assert curve[: round(2.9 * FPS)].max() == 0
    assert curve[round(3.7 * FPS) :].max() == 0
    steps = np.diff(curve)
    assert steps.max() > 2 * -steps.min() > 0


def test_from_beat_to_beat_the_side_changes():
    sway = danced(DRIVE)["sway"]
    between = [sway[round((0.5 + 0.5 * beat) * FPS)] for beat in range(2, 20)]
    assert (np.diff(np.sign(between)) != 0).all()


def test_twice_the_amount_is_twice_the_dance():
    once, twice = danced(DRIVE, 1.0), danced(DRIVE, 2.0)
    for name in POSES:
        assert twice[name] == pytest.approx(2 * once[name])


def test_where_nothing_sounds_nothing_dances():
    silent = drive_of(heard(level_db=-55.0), FPS, 12 * FPS)
    moves = danced(silent)
    assert max(np.abs(moves[name]).max() for name in ("bounce", "sway", "nod", "limbs", "wings", "mouth")) < 0.01
    assert np.ptp(pushes(silent)) == pytest.approx(0.0, abs=1e-6)


def test_mouths_open_to_voices_alone():
    assert danced(DRIVE)["mouth"].max() == 0
    rng = np.random.default_rng(0)
    voice = replace(DRIVE, voice=np.ones(DRIVE.frames), quick_level=rng.random(DRIVE.frames))
    mouth = danced(voice)["mouth"]
    assert mouth.max() > 0.5
    assert mouth.min() >= 0


def test_eyes_close_when_they_are_told_to_and_now_and_then():
    blink = danced(DRIVE, blinks_at_s=(2.0,))["blink"]
    assert blink[2 * FPS] == pytest.approx(1.0)
    assert blink[round(2.3 * FPS)] == 0
    assert (danced(DRIVE)["blink"] > 0.9).any()


def test_where_there_is_no_beat_onsets_stand_for_it_within_reason():
    def beat_s(onsets_s):
        analysis = heard(beat_s=None)
        assert analysis.hearing is not None
        onsets_s = np.array(onsets_s)
        hearing = replace(analysis.hearing, onsets_s=onsets_s, onset_strengths=np.ones(onsets_s.size))
        return drive_of(replace(analysis, hearing=hearing), FPS, 60).beat_s

    assert DRIVE.beat_s == pytest.approx(0.5)
    assert beat_s([]) == beat_s([1.0]) == beat_s([1.0, 9.0]) == LONGEST_PULSE_S
    assert beat_s(np.arange(0, 9, 0.1)) == SHORTEST_PULSE_S
    assert beat_s(np.arange(0, 9, 0.8)) == pytest.approx(0.8)
