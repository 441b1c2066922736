"""Which category is shown at each inflection point."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.recipe import SEED_LIMIT, Recipe, Scene
from pipeline.themes.categories import category_name
from pipeline.themes.scenes import choose_category, choose_scenes, fit_scenes, latent_seed, replace_scene
from pipeline.themes.themes import curated_themes, resolve_theme

seeds = st.integers(0, SEED_LIMIT - 1)
counts = st.integers(0, 60)
sets = st.sampled_from([*curated_themes(), *map(resolve_theme, ("primates", "dogs", "wolves", "crane", "everything"))])
lists = st.lists(st.sampled_from(["moon", "rocket", "baboon", "dogs", "281", "voyage"]), min_size=2, max_size=5).map(
    lambda items: resolve_theme(" > ".join(items))
)
scene_lists = st.lists(st.builds(Scene, st.integers(0, 999), seeds), min_size=1, max_size=12).map(tuple)


def shown(scenes: tuple[Scene, ...]) -> list[str]:
    return [category_name(scene.category) for scene in scenes]


# --- from a set ------------------------------------------------------------------------------------------------------


@given(sets, counts, seeds)
@settings(deadline=None, max_examples=40)
def test_a_set_is_drawn_from_without_repeats_until_it_is_exhausted(theme, count, seed) -> None:
    drawn = [scene.category for scene in choose_scenes(theme, count, seed)]
    assert len(drawn) == count
    size = len(theme.categories)
    for start in range(0, count, size):
        a_round = drawn[start : start + size]
        assert len(set(a_round)) == len(a_round)
        assert set(a_round) <= set(theme.categories)


@given(sets, counts, seeds)
@settings(deadline=None, max_examples=40)
def test_no_category_follows_itself(theme, count, seed) -> None:
    assert all(a.category != b.category for a, b in pairwise(choose_scenes(theme, count, seed)))


@given(sets | lists, counts, counts, seeds)
@settings(deadline=None, max_examples=40)
def test_fewer_scenes_are_the_beginning_of_more(theme, count, more, seed) -> None:
    assert choose_scenes(theme, count + more, seed)[:count] == choose_scenes(theme, count, seed)


@given(sets | lists, seeds)
@settings(deadline=None, max_examples=40)
def test_latents_differ_and_fit_a_recipe(theme, seed) -> None:
    scenes = choose_scenes(theme, 40, seed)
    assert len({scene.latent_seed for scene in scenes}) == 40
    Recipe(theme=theme.name, scenes=scenes, seed=seed)


def test_a_single_category_is_shown_with_ever_new_latents() -> None:
    scenes = choose_scenes(resolve_theme("red fox"), 5, 3)
    assert shown(scenes) == ["red fox"] * 5
    assert len({scene.latent_seed for scene in scenes}) == 5


def test_another_seed_is_another_clip() -> None:
    theme = resolve_theme("voyage")
    assert shown(choose_scenes(theme, 8, 0)) != shown(choose_scenes(theme, 8, 1))


def test_a_seed_gives_these_scenes_on_every_platform_and_version() -> None:
    # Recipes without scenes are promises too: this may only change together with the recipe's format.
    assert choose_scenes(resolve_theme("primates"), 3, 7) == (
        Scene(365, 3127402199),
        Scene(383, 3615694991),
        Scene(376, 4198186165),
    )


def test_every_category_of_a_set_comes_first_sooner_or_later() -> None:
    theme = resolve_theme("wolves")
    assert {choose_scenes(theme, 1, seed)[0].category for seed in range(60)} == set(theme.categories)


# --- from a list -----------------------------------------------------------------------------------------------------


def test_a_list_is_followed_in_order_and_begun_again() -> None:
    theme = resolve_theme("red fox > volcano > goldfish")
    assert shown(choose_scenes(theme, 7, 5)) == ["red fox", "volcano", "goldfish"] * 2 + ["red fox"]
    assert shown(choose_scenes(theme, 2, 5)) == ["red fox", "volcano"]


@given(lists, counts, seeds)
@settings(deadline=None, max_examples=40)
def test_each_scene_of_a_list_shows_what_its_item_stands_for(theme, count, seed) -> None:
    scenes = choose_scenes(theme, count, seed)[: len(theme.steps)]
    for scene, step in zip(scenes, theme.steps, strict=False):
        assert scene.category in step


def test_a_list_that_ends_as_it_begins_does_not_stutter_where_it_begins_again() -> None:
    theme = resolve_theme("red fox > volcano > red fox")
    assert shown(choose_scenes(theme, 6, 0)) == ["red fox", "volcano", "red fox", "volcano", "red fox", "volcano"]


def test_a_list_that_repeats_a_category_on_purpose_is_obeyed() -> None:
    theme = resolve_theme("red fox > red fox > volcano")
    assert shown(choose_scenes(theme, 4, 0)) == ["red fox", "red fox", "volcano", "red fox"]


def test_the_same_word_twice_in_a_list_shows_two_of_its_categories() -> None:
    for seed in range(20):
        first, second = choose_scenes(resolve_theme("rocket > rocket"), 2, seed)
        assert first.category != second.category


# --- on another sound, and one by one --------------------------------------------------------------------------------


@given(scene_lists, st.integers(0, 30), seeds)
@settings(deadline=None, max_examples=40)
def test_fitting_keeps_what_is_there_and_adds_no_new_category(scenes, count, seed) -> None:
    fitted = fit_scenes(scenes, count, seed)
    assert len(fitted) == count
    assert fitted[: len(scenes)] == scenes[:count]
    assert {scene.category for scene in fitted} <= {scene.category for scene in scenes}
    assert fit_scenes(scenes, len(scenes), seed) == scenes


@given(scene_lists, seeds)
@settings(deadline=None, max_examples=40)
def test_where_a_clip_begins_again_nothing_follows_itself(scenes, seed) -> None:
    fitted = fit_scenes(scenes, len(scenes) + 1, seed)
    if len({scene.category for scene in scenes}) > 1:
        assert fitted[-1].category != fitted[-2].category


def test_scenes_added_by_fitting_look_new() -> None:
    scenes = choose_scenes(resolve_theme("moon > rocket"), 2, 9)
    fitted = fit_scenes(scenes, 8, 10)
    assert len({scene.latent_seed for scene in fitted}) == 8


def test_no_scenes_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="no scenes"):
        fit_scenes((), 3, 0)


@given(scene_lists, st.data(), st.integers(0, 999), seeds)
@settings(deadline=None, max_examples=40)
def test_replacing_one_scene_leaves_the_others(scenes, data, category, seed) -> None:
    position = data.draw(st.integers(0, len(scenes) - 1))
    changed = replace_scene(scenes, position, category, seed)
    assert changed[position].category == category
    assert changed[:position] + changed[position + 1 :] == scenes[:position] + scenes[position + 1 :]


@pytest.mark.parametrize("position", [-1, 3, 99])
def test_there_is_no_replacing_what_is_not_there(position: int) -> None:
    scenes = choose_scenes(resolve_theme("voyage"), 3, 0)
    with pytest.raises(PipelineError) as refused:
        replace_scene(scenes, position, 1, 0)
    assert refused.value.code is ErrorCode.BAD_RECIPE


def test_a_word_for_one_scene_is_a_category_or_one_of_many() -> None:
    assert category_name(choose_category("volcano", seed=1)) == "volcano"
    dogs = resolve_theme("dogs").categories
    assert len({choose_category("dogs", seed) for seed in range(30)} & set(dogs)) > 10
    with pytest.raises(PipelineError) as refused:
        choose_category("volcona", seed=1)
    assert refused.value.code is ErrorCode.UNKNOWN_THEME


@given(seeds, st.integers(0, 1000))
def test_latent_seeds_are_in_range_and_the_same_each_time(seed: int, position: int) -> None:
    assert 0 <= latent_seed(seed, position) < SEED_LIMIT
    assert latent_seed(seed, position) == latent_seed(seed, position)
