"""Made-up sounds: the same seed gives the same sound, and what is said of it can be heard in it."""

import itertools
import json

import numpy as np
import pytest

from benchmarks.changes.features import peer_features
from benchmarks.changes.recordings import catalogue, conditions
from benchmarks.changes.recordings.catalogue import BY_NAME, FAMILIES, Ticket
from benchmarks.changes.recordings.harmony import keys, loop, wandering
from benchmarks.changes.truth import CONDITIONS, SAMPLE_RATE_HZ

SAMPLED = ("pads", "strums", "timbres", "one change", "drums", "volume", "broken harmony", "choir", "speech over music")


def skip_unless_available(name):
    if not BY_NAME[name].available:
        pytest.skip(f"a program that {name!r} needs is not installed")


def test_there_are_at_least_120_sounds_of_which_30_do_not_change():
    assert sum(family.seeds for family in FAMILIES) >= 120
    assert sum(family.seeds for family in FAMILIES if family.group == "still" and family.name != "impulses") >= 30


@pytest.mark.parametrize("name", ["pads", "drums", "steady beat", "impulses"])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(name):
    first, again, other = (catalogue.make(Ticket(name, seed, "plain")) for seed in (0, 0, 1))
    assert first.samples.tobytes() == again.samples.tobytes()
    assert first.truth == again.truth
    assert first.samples.tobytes() != other.samples.tobytes()


def test_a_spoken_sound_is_the_same_again():
    skip_unless_available("speech")
    first, again = (catalogue.make(Ticket("speech", 0, "plain")) for _ in range(2))
    assert first.samples.tobytes() == again.samples.tobytes()
    assert first.truth == again.truth


@pytest.mark.parametrize("name", SAMPLED)
def test_before_and_after_a_true_change_the_sound_is_more_different_than_it_usually_is(name):
    skip_unless_available(name)
    made = catalogue.make(Ticket(name, 1, "plain"))
    assert made.truth.asked
    features, step_s = peer_features(made.samples, SAMPLE_RATE_HZ)
    span = round(1.2 / step_s)
    sums = np.concatenate([np.zeros((1, features.shape[1])), np.cumsum(features, axis=0)])
    means = (sums[span:] - sums[:-span]) / span
    apart = np.linalg.norm(means[span:] - means[:-span], axis=1)  # apart[i] is about frame i + span
    usual = np.median(apart)
    for change in made.truth.asked:
        near = round(change.time_s / step_s) - span
        if 3 <= near < apart.size - 3:
            assert apart[near - 3 : near + 4].max() > 1.25 * usual, change


def test_a_voice_begins_and_ends_where_it_is_said_to():
    skip_unless_available("speech")
    made = catalogue.make(Ticket("speech", 0, "plain"))
    power = made.samples.astype(np.float64) ** 2
    for change in made.truth.changes:
        # A beginning is sharp; an ending dies away, so a longer look at what follows.
        span = int((0.04 if change.kind == "voice enters" else 0.15) * SAMPLE_RATE_HZ)
        at = round(change.time_s * SAMPLE_RATE_HZ)
        before, after = power[at - span : at].mean(), power[at : at + span].mean()
        louder, softer = (after, before) if change.kind == "voice enters" else (before, after)
        assert louder > 3 * softer, change


@pytest.mark.parametrize("name", ["broken chords", "drum solo", "funk drums", "rock song"])
def test_a_rendered_score_sounds_when_it_is_written(name):
    skip_unless_available(name)
    made = catalogue.make(Ticket(name, 0, "plain"))
    rise = rises(made.samples, frame_s=0.01)
    written = np.zeros(rise.size)
    written[(np.array(made.truth.onsets_s) * 100).astype(int).clip(0, rise.size - 1)] = 1
    lags = range(-8, 9)
    fit = [float(np.dot(np.roll(written, lag), rise)) for lag in lags]
    assert abs(lags[int(np.argmax(fit))]) <= 2  # hundredths of a second


@pytest.mark.parametrize("family", [family for family in FAMILIES if family.needs is None], ids=lambda each: each.name)
def test_every_recipe_keeps_within_bounds(family):
    made = catalogue.make(Ticket(family.name, 0, "plain"))
    duration_s = made.samples.size / SAMPLE_RATE_HZ
    truth = made.truth
    assert made.samples.dtype == np.float32
    assert np.isfinite(made.samples).all()
    assert np.abs(made.samples).max() <= 1
    assert 14 <= duration_s <= 100
    assert (len(truth.asked) > 0) == (family.group != "still")
    assert all(0.5 < change.time_s < duration_s - 0.5 for change in truth.asked)
    assert set(truth.downbeats_s) <= set(truth.beats_s) or not truth.beats_s
    for times_s in (truth.onsets_s, truth.beats_s, truth.downbeats_s, [change.time_s for change in truth.changes]):
        assert list(times_s) == sorted(times_s)


@pytest.mark.parametrize("seed", range(20))
def test_keys_never_repeat_and_chords_of_neighbours_share_at_most_one_note(seed):
    rng = np.random.default_rng(seed)
    drawn = keys(rng, 5)
    assert len(set(drawn)) == 5
    chords = wandering(rng, 8)
    assert all(len(one.pitch_classes & next_.pitch_classes) <= 1 for one, next_ in itertools.pairwise(chords))
    # Heard with its first chord: that one has a note which the key before does not have.
    for old, new in itertools.pairwise(drawn):
        scale = {(old + step) % 12 for step in (0, 2, 4, 5, 7, 9, 11)}
        assert not loop(rng, new)[0].pitch_classes <= scale


def test_the_tuning_side_hands_out_nothing_that_is_held_out(tmp_path):
    handed = list(catalogue.sounds(families=["crescendo", "middle C"], cache=tmp_path))
    assert {sound.seed for sound in handed} == {0, 1}
    assert not any(sound.held_out for sound in handed)
    assert not any(ticket.held_out for ticket in catalogue.tickets("tuning"))
    with pytest.raises(ValueError, match="held-out"):
        next(catalogue.sounds("held-out", cache=tmp_path))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="layers"):
        next(catalogue.sounds(families=["layers"], cache=tmp_path))


def test_the_two_sides_are_everything_and_a_third_of_the_seeds_is_held_out():
    tuning, held_out, everything = (catalogue.tickets(split) for split in ("tuning", "held-out", "all"))
    assert sorted(map(repr, [*tuning, *held_out])) == sorted(map(repr, everything))
    assert {ticket.seed for ticket in tuning if ticket.family == "pads"} == {0, 1, 3, 4}
    assert {ticket.family for ticket in held_out} > {"choir", "layers", "densities", "hum"}


def test_a_sound_from_the_cache_is_the_one_that_was_made(tmp_path):
    ticket = Ticket("volume", 0, "noise")
    made, first, again = catalogue.make(ticket), catalogue.fetch(ticket, tmp_path), catalogue.fetch(ticket, tmp_path)
    assert first.truth == again.truth == made.truth
    np.testing.assert_array_equal(first.samples, again.samples)
    np.testing.assert_allclose(first.samples, made.samples, atol=2e-4)  # kept in 16 bits, the plain one before it too
    assert json.dumps(first.truth.changes[0].kind)


@pytest.mark.parametrize("condition", [each for each in CONDITIONS if each in {"noise", "mp3"}])
def test_neither_noise_nor_mp3_moves_a_sound(condition):
    made = catalogue.make(Ticket("strums", 0, "plain"))
    heard = conditions.apply(condition, made.samples, np.random.default_rng(3))
    assert heard.shape == made.samples.shape
    assert heard.dtype == np.float32
    assert np.abs(heard).max() <= 1
    likeness = [float(np.dot(np.roll(rises(heard), lag), rises(made.samples))) for lag in range(-20, 21)]
    assert abs(int(np.argmax(likeness)) - 20) <= 2  # frames of 5 ms


def rises(samples, frame_s=0.005):
    """How much louder each frame is than the one before."""
    frame = round(frame_s * SAMPLE_RATE_HZ)
    power = (samples[: samples.size // frame * frame].astype(np.float64) ** 2).reshape(-1, frame).mean(axis=1)
    return np.maximum(0, np.diff(np.sqrt(power)))


def test_a_room_dies_away_by_60_decibels_in_1_7_seconds_and_the_direct_sound_comes_first():
    tail = conditions.room(np.random.default_rng(0))
    assert np.argmax(np.abs(tail)) == 0
    remaining = np.cumsum(tail[::-1] ** 2)[::-1]
    decibels = 10 * np.log10(remaining / remaining[0])
    # The slope after the direct sound, as rooms are measured.
    here, there = int(0.3 * SAMPLE_RATE_HZ), int(1.2 * SAMPLE_RATE_HZ)
    per_s = (decibels[here] - decibels[there]) / 0.9
    assert 60 / per_s == pytest.approx(1.7, rel=0.1)


def test_noise_lies_15_decibels_below():
    samples = (0.2 * np.sin(np.arange(SAMPLE_RATE_HZ * 5) * 0.05)).astype(np.float32)
    added = conditions.with_noise(samples, np.random.default_rng(0)) - samples
    assert 10 * np.log10(np.mean(samples**2) / np.mean(added**2)) == pytest.approx(15, abs=0.3)
