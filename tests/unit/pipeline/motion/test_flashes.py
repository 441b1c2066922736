"""What flashes is found, as WCAG 2 defines it, and smoothed away where it may be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.motion.flash_limit import MOST_AREA, FlashGuard
from pipeline.motion.flash_meter import SAFE_AREA, FlashMeter, look_at

FPS = 24
BLACK, WHITE, RED, GREY = (0, 0, 0), (255, 255, 255), (255, 0, 0), (128, 128, 128)


def film(*colours, size_px=64, share=1.0, over=BLACK):
    """Frames of one colour each, over a part of the picture from its left."""
    frames = np.empty((len(colours), size_px, size_px, 3), np.uint8)
    frames[:] = over
    frames[:, :, : round(share * size_px)] = np.array(colours, np.uint8)[:, None, None]
    return frames


def blinking(one, other, times_a_second, seconds=2, **options):
    half = FPS // (2 * times_a_second)
    colours = [(one if frame // half % 2 else other) for frame in range(seconds * FPS)]
    return film(*colours, **options)


def measured(frames, fps=FPS):
    guard = FlashGuard(fps, smooths=False)
    passed = np.concatenate(list(guard.through([frames[:10], frames[10:]])))
    assert np.array_equal(passed, frames)
    return guard.flashes


def test_a_still_picture_and_a_slow_change_do_not_flash():
    slow = film(*[(level, level, level) for level in (*range(0, 256, 4), *range(255, -1, -4))])
    for frames in (film(*[GREY] * 60), slow):
        flashes = measured(frames)
        assert (flashes.general_area, flashes.red_area, flashes.worst_s) == (0.0, 0.0, None)
        assert flashes.are_safe


@pytest.mark.parametrize("times", [3, 4, 6, 12])
def test_black_and_white_three_times_a_second_flash(times):
    flashes = measured(blinking(BLACK, WHITE, times))
    assert flashes.general_area == 1.0
    assert not flashes.are_safe
    assert flashes.worst_s is not None


@pytest.mark.parametrize("times", [1, 2])
def test_twice_a_second_is_allowed(times):
    assert measured(blinking(BLACK, WHITE, times)).general_area == 0.0


def test_less_than_a_tenth_of_luminance_is_no_flash_and_two_bright_states_are_none():
    assert measured(blinking(BLACK, (85, 85, 85), 6)).general_area == 0.0
    assert measured(blinking(BLACK, (100, 100, 100), 6)).general_area == 1.0
    assert measured(blinking(WHITE, (232, 232, 232), 6)).general_area == 0.0  # luminances 1.0 and 0.81


def test_red_counts_by_itself():
    # Red and a grey of nearly its luminance: no general flash, and a red one.
    flashes = measured(blinking(RED, (127, 127, 127), 6))
    assert flashes.general_area == 0.0
    assert flashes.red_area == 1.0
    assert measured(blinking((0, 0, 255), (76, 76, 76), 6)).red_area == 0.0


def test_a_small_part_of_the_picture_may_flash():
    assert measured(blinking(BLACK, WHITE, 6, share=0.09)).are_safe
    assert not measured(blinking(BLACK, WHITE, 6, share=0.2)).are_safe


def test_a_flashing_film_is_smoothed_until_it_does_not():
    guard = FlashGuard(FPS, smooths=True)
    out = np.concatenate(list(guard.through([blinking(BLACK, WHITE, 6), blinking(RED, BLACK, 12)])))
    assert guard.flashes.smoothed_frames > 10
    again = measured(out)
    assert max(again.general_area, again.red_area) <= MOST_AREA < SAFE_AREA
    assert np.ptp(out.mean(axis=(1, 2, 3))) > 20  # it still moves


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), cells=st.sampled_from([1, 2, 4, 8]), fps=st.sampled_from([5, 24, 60]))
def test_whatever_passes_a_guard_that_smooths_does_not_flash(seed, cells, fps):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (3 * fps, cells, cells, 3)).astype(np.uint8)
    frames = coarse.repeat(64 // cells, axis=1).repeat(64 // cells, axis=2)
    guard = FlashGuard(fps, smooths=True)
    out = np.concatenate(list(guard.through(np.array_split(frames, 4))))
    again = measured(out, fps)
    assert (again.general_area, again.red_area) == (guard.flashes.general_area, guard.flashes.red_area)
    assert max(again.general_area, again.red_area) <= MOST_AREA


def test_what_does_not_flash_passes_untouched_and_is_not_copied():
    frames = film(*[(level, 90, 40) for level in range(0, 100, 2)])
    guard = FlashGuard(FPS, smooths=True)
    (passed,) = guard.through([frames])
    assert passed is frames
    assert guard.flashes.smoothed_frames == 0


def test_trying_a_frame_does_not_count_it():
    meter = FlashMeter(FPS)
    looks = [look_at(frame) for frame in blinking(BLACK, WHITE, 6)]
    for look in looks:
        meter.would_be(looks[0])
        meter.would_be(looks[5])
        last = meter.add(look)
    assert last == (1.0, 0.0)


@pytest.mark.parametrize("size_px", [32, 100, 128, 512])
def test_any_size_of_picture_can_be_looked_at(size_px):
    look = look_at(film(RED, size_px=size_px)[0])
    assert look.luminance == pytest.approx(0.2126, abs=1e-4)
    assert look.red == pytest.approx(1.0, abs=1e-4)
    assert look.saturated == pytest.approx(1.0, abs=1e-4)


def test_a_film_that_was_held_back_catches_up_without_a_jump():
    strobe = blinking(BLACK, WHITE, 6, seconds=3)
    guard = FlashGuard(FPS, smooths=True)
    out = np.concatenate(list(guard.through([strobe, film(*[BLACK] * 30), film(*[WHITE] * 40)])))
    light = out.mean(axis=(1, 2, 3))
    assert np.abs(np.diff(light[30:72])).max() < 130
    assert light[-1] > 245
