"""Which scenes a clip gets: what comes again, what is closed, and what stays as it was asked for."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.analysis.ear.meaning.sections import Section
from pipeline.media.probe import SoundInfo
from pipeline.media.sound_file import Sound
from pipeline.recipe import Recipe, Scene
from pipeline.render.scenario import choose_scenario, theme_of
from pipeline.render.values import RenderJob, Targets
from tests.unit.pipeline.motion.sounds import heard

ANALYSIS = heard(
    duration_s=16.0,
    points_s=(2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0),
    sections=(Section(0.0, 4.0, "A"), Section(4.0, 8.0, "B"), Section(8.0, 12.0, "A"), Section(12.0, 16.0, "B")),
)
RECIPE = Recipe(theme="primates", seed=3, model="sketch", size_px=128)
SOUND = Sound(Path("song.wav"), SoundInfo("wav", "pcm_s16le", 16.0, 1, 44_100, False, None))


def scenes_for(**changes: Any) -> tuple[Scene, ...]:
    recipe = RECIPE.with_changes(**changes)
    job = RenderJob(SOUND, recipe, Targets(Path("clip.mp4")))
    return choose_scenario(job, ANALYSIS, theme_of(recipe), ("sketch", 128)).recipe.scenes


@pytest.mark.parametrize("motion", ["auto", "arrive", "flow"])
def test_a_section_that_is_heard_again_is_seen_again(motion: str) -> None:
    scenes = scenes_for(motion=motion)
    assert scenes[4:8] == scenes[0:4]
    assert len({scene.category for scene in scenes[:4]}) == 4


@pytest.mark.parametrize("changes", [{"motion": "paper"}, {"version": 1}, {"preset": "paper"}])
def test_as_the_paper_has_it_every_point_has_its_own(changes: dict[str, Any]) -> None:
    scenes = scenes_for(**changes, loop=True)
    assert len({scene.latent_seed for scene in scenes}) == len(scenes)


def test_an_order_that_was_asked_for_is_kept() -> None:
    scenes = scenes_for(theme="baboon > gorilla > siamang > guenon > patas > gibbon > langur > macaque > marmoset")
    assert len({scene.category for scene in scenes}) == 9


def test_the_scenes_of_a_recipe_are_kept() -> None:
    given = tuple(Scene(category, category) for category in range(9))
    assert scenes_for(scenes=given) == given


def test_a_loop_ends_with_its_first_scene_whoever_chose_it() -> None:
    given = tuple(Scene(category, category) for category in range(9))
    assert scenes_for(scenes=given, loop=True) == (*given[:-1], given[0])
    chosen = scenes_for(loop=True)
    assert chosen[-1] == chosen[0]
