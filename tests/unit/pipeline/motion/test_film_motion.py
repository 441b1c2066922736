"""Between points things move and never jump; as the paper has it, nothing is other than it was."""

import numpy as np
import pytest

from pipeline.analysis.analyze import analyze_by_ear
from pipeline.analysis.latent_path import frame_count, frame_path, latent, mix
from pipeline.generator import LATENT_DIM, POSES
from pipeline.motion.film_motion import PaperMotion, film_motion
from pipeline.recipe import Recipe, Scene
from tests.unit.pipeline.motion.sounds import heard

SCENES = (Scene(1, 11), Scene(404, 12), Scene(980, 13), Scene(3, 14))
RECIPE = Recipe(scenes=SCENES, fps=24)
WHOLE = slice(None)


@pytest.mark.parametrize("changes", [{"motion": "paper"}, {"version": 1}, {"version": 1, "motion": "arrive"}])
def test_as_the_paper_has_it_frames_are_drawn_from_the_same_bytes_as_ever(changes):
    analysis, recipe = heard(), RECIPE.with_changes(**changes)
    motion = film_motion(analysis, recipe)
    latents, class_vectors = mix(frame_path(analysis, 24), SCENES, recipe.truncation, WHOLE)
    rows = motion.rows(WHOLE)
    assert isinstance(motion, PaperMotion)
    assert rows.latents.tobytes() == latents.tobytes()
    assert rows.class_vectors.tobytes() == class_vectors.tobytes()
    assert rows.poses is None


@pytest.mark.parametrize("motion", ["arrive", "flow"])
def test_a_film_can_be_drawn_in_any_pieces(motion):
    lively = film_motion(heard(), RECIPE.with_changes(motion=motion))
    whole = lively.rows(WHOLE)
    pieces = [lively.rows(slice(start, start + 7)) for start in range(0, len(whole.latents), 7)]
    for name in ("latents", "class_vectors", "poses"):
        assert np.array_equal(np.concatenate([getattr(piece, name) for piece in pieces]), getattr(whole, name))


@pytest.mark.parametrize("motion", ["arrive", "flow"])
def test_latents_keep_the_length_of_the_prior_and_its_bounds(motion):
    recipe = RECIPE.with_changes(motion=motion)
    rows = film_motion(heard(), recipe).rows(WHOLE)
    lengths = np.linalg.norm(rows.latents, axis=1) / recipe.truncation
    usual = np.sqrt(LATENT_DIM) * 0.88
    assert ((lengths > 0.8 * usual) & (lengths < 1.2 * usual)).all()
    assert np.abs(rows.latents).max() <= 2 * recipe.truncation + 1e-6
    assert rows.class_vectors.sum(axis=1) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("motion", ["arrive", "flow"])
def test_nothing_jumps(motion):
    rows = film_motion(heard(), RECIPE.with_changes(motion=motion, fps=60)).rows(WHOLE)
    latents = np.linalg.norm(np.diff(rows.latents, axis=0), axis=1) / np.linalg.norm(rows.latents[0])
    assert latents.max() < 0.3
    assert np.abs(np.diff(rows.poses[:, :3], axis=0)).max() < 1.0
    assert np.abs(np.diff(rows.poses, axis=0)).max() < 0.5


def test_nothing_stands_still_even_where_nothing_changes():
    still = heard(tv=0.0, beat_s=None, points_s=())
    rows = film_motion(still, RECIPE.with_changes(scenes=SCENES[:2])).rows(WHOLE)
    assert (np.linalg.norm(np.diff(rows.latents, axis=0), axis=1) > 0).all()


def test_a_sound_that_changes_more_moves_more():
    calm, wild = heard(points_s=()), heard(points_s=())
    half = wild.tv.size // 2
    wild.tv[half:] *= 6
    pair = RECIPE.with_changes(scenes=SCENES[:2])
    steps = [
        np.linalg.norm(np.diff(film_motion(sound, pair).rows(slice(0, 250)).latents, axis=0), axis=1)
        for sound in (calm, wild)
    ]
    assert np.ptp(steps[0]) < 0.1 * steps[0].mean()
    assert steps[1][150:220].mean() > 2 * steps[1][20:100].mean()


def test_a_scene_is_its_own_latent_when_it_arrives():
    rows = film_motion(heard(points_s=(4.0, 8.0)), RECIPE.with_changes(fps=50)).rows(WHOLE)
    assert rows.latents[200] == pytest.approx(latent(12, RECIPE.truncation), abs=0.01)


def test_a_loop_ends_as_it_begins():
    scenes = (*SCENES[:3], SCENES[0])
    rows = film_motion(heard(), RECIPE.with_changes(scenes=scenes, loop=True, fps=60)).rows(WHOLE)
    for values in (rows.latents, rows.class_vectors, rows.poses):
        seam = np.abs(values[0] - values[-1]).max()
        assert seam <= 2 * np.abs(np.diff(values, axis=0)).max() + 1e-6
    assert rows.class_vectors[-1, SCENES[0].category] > 0.98


def test_things_dance_on_the_beat_and_not_at_all_where_they_should_not():
    dancing = film_motion(heard(), RECIPE).rows(WHOLE).poses
    still = film_motion(heard(), RECIPE.with_changes(dance=0.0)).rows(WHOLE).poses
    speed = np.abs(np.diff(dancing[:, POSES.index("bounce")]))
    on_beat = np.array([round((0.25 + 0.5 * beat) * 24) for beat in range(2, 20)])
    assert speed[on_beat].mean() > 1.5 * speed[on_beat + 5].mean() > 0
    assert (still[:, 3:] == 0).all()
    assert np.ptp(still[:, POSES.index("camera_zoom")]) > 0.02


def test_a_sound_that_nobody_listened_to_moves_all_the_same():
    analysis = heard()
    deaf = type(analysis)(
        **{
            name: getattr(analysis, name)
            for name in ("preset", "threshold", "duration_s", "step_s", "tv", "points", "spectrogram", "column_s")
        }
    )
    rows = film_motion(deaf, RECIPE).rows(WHOLE)
    assert len(rows.latents) == frame_count(analysis.duration_s, 24)
    assert np.isfinite(rows.poses).all()


def test_what_is_heard_moves_the_pictures_between_given_points_too():
    t = np.arange(4 * 44_100) / 44_100
    knocks = np.sin(2 * np.pi * 200 * t) * np.exp(-20 * (t % 0.5))
    analysis = analyze_by_ear([knocks[:, None]], 1, points_s=(1.0, 2.5))
    assert analysis.hearing is not None
    assert analysis.strengths == (1.0,) * 4
    poses = film_motion(analysis, RECIPE.with_changes(points_s=(1.0, 2.5))).rows(WHOLE).poses
    assert np.abs(poses[:, POSES.index("bounce")]).max() > 0.05
