"""A recipe travels in clips and comes back from anywhere: exact when ours, refused by field when not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.recipe import CHANNELS, PRESETS, Recipe, Scene

scenes = st.builds(Scene, category=st.integers(0, 999), latent_seed=st.integers(0, 2**32 - 1))
recipes = st.builds(
    Recipe,
    theme=st.text(max_size=60),
    scenes=st.lists(scenes, max_size=8).map(tuple),
    seed=st.integers(0, 2**32 - 1),
    preset=st.sampled_from(PRESETS),
    scene_count=st.none() | st.integers(2, 1000),
    threshold=st.none() | st.floats(0, 1),
    shortest_scene_s=st.floats(0, 3600),
    channel=st.sampled_from(CHANNELS),
    truncation=st.floats(1e-3, 1),
    model=st.sampled_from(["auto", "sketch", "biggan-deep-256"]),
    size_px=st.sampled_from([None, 128, 256, 512]),
    fps=st.integers(1, 60),
    start_s=st.floats(0, 86_400),
    duration_s=st.none() | st.floats(1e-3, 86_400),
)


@given(recipes)
def test_a_recipe_survives_its_json(recipe: Recipe) -> None:
    assert Recipe.from_json(recipe.to_json()) == recipe


@given(
    st.text(max_size=200) | st.dictionaries(st.text(max_size=9), st.integers() | st.text(max_size=9)).map(json.dumps)
)
def test_what_is_not_a_recipe_is_refused_and_never_crashes(text: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        Recipe.from_json(text)
    assert refusal.value.code is ErrorCode.BAD_RECIPE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", -1),
        ("seed", True),
        ("seed", "7"),
        ("fps", 0),
        ("fps", 61),
        ("truncation", 0.0),
        ("truncation", float("nan")),
        ("duration_s", 0.0),
        ("preset", "fancy"),
        ("scene_count", 1),
        ("scenes", [{"category": 1000, "latent_seed": 0}]),
        ("scenes", [{"category": 1}]),
        ("scenes", [7]),
        ("theme", "x" * 2001),
        ("theme", "half a pair \ud800"),
        ("threshold", 10**400),
        ("colour", "red"),
    ],
)
def test_a_foreign_recipe_is_refused_by_the_field_at_fault(field: str, value: Any) -> None:
    values = json.loads(Recipe().to_json()) | {field: value}
    with pytest.raises(PipelineError) as refusal:
        Recipe.from_json(json.dumps(values))
    assert refusal.value.facts["field"] == field


def test_a_size_that_no_model_draws_is_refused_with_those_there_are() -> None:
    with pytest.raises(PipelineError) as refusal:
        Recipe(size_px=300)
    assert refusal.value.code is ErrorCode.UNKNOWN_SIZE
    assert refusal.value.facts["sizes"] == ("128", "256", "512")


def test_a_remix_keeps_its_scenes_unless_it_asks_for_others() -> None:
    recipe = Recipe(scenes=(Scene(1, 2), Scene(3, 4)))
    assert recipe.remixed(fps=30).scenes == recipe.scenes
    assert recipe.remixed(theme="birds").scenes == ()
    assert recipe.remixed(seed=9).scenes == ()
    assert recipe.remixed(seed=9, scenes=(Scene(5, 6),)).scenes == (Scene(5, 6),)


def test_a_recipe_keeps_its_version_and_new_ones_have_the_newest() -> None:
    old = Recipe.from_json('{"ganterpret":1,"theme":"birds"}')
    assert (old.version, old.channel, old.shortest_scene_s) == (1, "left", 1.5)
    assert Recipe.from_json(old.to_json()) == old
    assert old.remixed(theme="ocean").version == 1
    assert Recipe().version == 2
    assert '"ganterpret":2' in Recipe().to_json()
    assert Recipe.from_json(Recipe().to_json()) == Recipe()


@pytest.mark.parametrize(("version", "code"), [(3, "recipe_too_new"), (10**30, "recipe_too_new"), (0, "bad_recipe")])
def test_a_recipe_of_a_version_that_is_not_known_is_refused_as_what_it_is(version: int, code: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        Recipe.from_json(f'{{"ganterpret":{version}}}')
    assert refusal.value.code == code


@pytest.mark.parametrize("text", ['{"ganterpret":true}', '{"ganterpret":"2"}', '{"ganterpret":2,"version":1}', "{}"])
def test_a_recipe_without_a_proper_version_is_none(text: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        Recipe.from_json(text)
    assert refusal.value.code == "bad_recipe"
