import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, truncnorm

from pipeline.analysis.analyze import Analysis, analyze
from pipeline.analysis.latent_path import FramePath, frame_count, frame_path, latent, mix
from pipeline.recipe import Scene

STEP_S = 128 / 44_100


def analysis_of(tv: list[float], points: list[int]) -> Analysis:
    return Analysis(
        preset="paper",
        threshold=0.0,
        duration_s=(len(tv) + 1) * STEP_S,
        step_s=STEP_S,
        tv=np.array(tv),
        points=np.array(points),
        spectrogram=np.zeros((129, 1), np.float32),
        column_s=1.0,
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), steps=st.integers(2, 2000), fps=st.integers(1, 60), data=st.data())
def test_the_path_only_ever_goes_forward_and_is_everywhere_on_the_way(seed, steps, fps, data):
    tv = np.random.default_rng(seed).random(steps) ** 6
    inner = data.draw(st.sets(st.integers(1, max(1, steps - 2)), max_size=8)) if steps > 2 else set()
    analysis = analysis_of(tv.tolist(), [0, *sorted(inner), steps - 1])
    path = frame_path(analysis, fps)
    progress = path.segments + path.alphas
    assert progress[0] == 0.0
    assert (np.diff(progress) >= 0).all()
    assert progress[-1] <= len(analysis.points) - 1
    assert ((path.alphas >= 0) & (path.alphas <= 1)).all()


def test_a_frame_at_an_inflection_point_shows_that_scene_alone():
    rng = np.random.default_rng(0)
    analysis = analysis_of(rng.random(3000).tolist(), [0, 861, 1722, 2999])
    for number, time_s in enumerate(analysis.point_times_s):
        path = frame_path(analysis, 1000, frames=9000)
        frame = min(round(time_s * 1000), 8999)
        assert path.segments[frame] + path.alphas[frame] == pytest.approx(number, abs=0.01)


def test_the_alphas_are_the_analysis_s_read_at_the_end_of_each_step():
    analysis = analysis_of(np.random.default_rng(1).random(500).tolist(), [0, 200, 499])
    at_steps = FramePath(*_at(analysis, (np.arange(1, 499) * 128 + 128) / 44_100))
    # The first of the paper's segments leaves out step 0; the others begin at their point.
    segment = slice(200, 498)
    np.testing.assert_allclose(at_steps.alphas[segment], analysis.alphas[199:497], atol=1e-5)


def _at(analysis, moments_s):
    """Read the path at any moments, through frames that are dense enough to hold them all."""
    fps = 344_531  # a thousand for each step
    path = frame_path(analysis, fps, frames=round(analysis.duration_s * fps))
    frames = np.clip(np.round(moments_s * fps).astype(int), 0, path.segments.size - 1)
    return path.segments[frames], path.alphas[frames]


def test_the_picture_moves_where_the_sound_changes():
    tv = np.full(1000, 0.01)
    tv[500:520] = 5.0
    path = frame_path(analysis_of(tv.tolist(), [0, 999]), 50, frames=145)
    moves = np.diff(path.alphas)
    moving_s = np.flatnonzero(moves > 0.05) / 50
    assert moving_s.size == 4
    assert moving_s[0] == pytest.approx(500 * STEP_S, abs=1 / 50)
    assert moves[moves > 0.05].sum() > 0.9


def test_a_segment_without_change_goes_evenly():
    tv = np.concatenate((np.ones(500), np.zeros(500)))
    path = frame_path(analysis_of(tv.tolist(), [0, 600, 999]), 100, frames=290)
    quiet = path.alphas[path.segments == 1]
    np.testing.assert_allclose(np.diff(quiet), np.diff(quiet)[0], atol=1e-9)


def test_frames_past_the_end_stay_at_the_last_scene():
    path = frame_path(analysis_of([1.0] * 100, [0, 99]), 10, frames=20)
    assert path.segments[-1] == 0
    assert path.alphas[-1] == 1.0


@pytest.mark.parametrize(
    ("duration_s", "fps", "frames"), [(0.0, 24, 1), (0.001, 24, 1), (1.0, 24, 24), (0.1, 24, 2), (10.03, 30, 301)]
)
def test_a_film_is_as_long_as_its_sound_to_one_frame(duration_s, fps, frames):
    assert frame_count(duration_s, fps) == frames


def test_a_latent_is_a_normal_cut_off_at_two():
    z = np.concatenate([latent(seed, 1.0) for seed in range(100)])
    assert np.abs(z).max() <= 2.0
    assert kstest(z, truncnorm(-2, 2).cdf).pvalue > 0.01


def test_a_latent_belongs_to_its_seed_and_scales_with_the_truncation():
    assert latent(7, 0.2).dtype == np.float32
    assert latent(7, 0.2).shape == (128,)
    assert (latent(7, 0.2) == latent(7, 0.2)).all()
    assert (latent(7, 0.2) != latent(8, 0.2)).any()
    np.testing.assert_allclose(latent(7, 1.0), 5 * latent(7, 0.2), rtol=1e-6)


def test_a_recipe_of_today_is_the_same_clip_in_ten_years():
    # Rounded, so that a last bit of a library's inverse error function may differ.
    rounded = np.round(latent(2026, 0.5).astype(np.float64) * 1e5).astype("<i8")
    assert hashlib.sha256(rounded.tobytes()).hexdigest()[:16] == "653f39278e230154"


SCENES = (Scene(10, 1), Scene(20, 2), Scene(20, 3))


def test_mixing_gives_both_scenes_their_share():
    path = FramePath(np.array([0, 0, 1]), np.array([0.0, 0.25, 0.5]))
    latents, class_vectors = mix(path, SCENES, 0.2, slice(0, 3))
    assert latents.dtype == class_vectors.dtype == np.float32
    assert latents.shape == (3, 128)
    assert class_vectors.shape == (3, 1000)
    assert class_vectors[0, 10] == 1.0
    assert class_vectors[1, [10, 20]].tolist() == [0.75, 0.25]
    assert class_vectors[2, 20] == 1.0  # both scenes are of one category
    np.testing.assert_allclose(class_vectors.sum(axis=1), 1.0)
    np.testing.assert_allclose(latents[1], 0.75 * latent(1, 0.2) + 0.25 * latent(2, 0.2), atol=1e-6)
    np.testing.assert_allclose(latents[2], (latent(2, 0.2) + latent(3, 0.2)) / 2, atol=1e-6)


def test_frames_may_be_asked_for_in_parts():
    analysis = analyze([np.random.default_rng(0).standard_normal(44_100)], scene_count=3, shortest_scene_s=0.2)
    path = frame_path(analysis, 24, frames=24)
    whole = mix(path, SCENES, 0.3, slice(None))
    parts = [mix(path, SCENES, 0.3, slice(start, start + 7)) for start in range(0, 24, 7)]
    for index in range(2):
        assert (np.concatenate([part[index] for part in parts]) == whole[index]).all()
