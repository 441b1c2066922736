"""From a wish to a recipe, and from a recipe to its remix."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.grammar import RecipeOptions, SceneChange
from bot.usecases.policy import Policy
from bot.usecases.recipes import (
    UNKNOWN_LENGTH_S,
    estimated_s,
    found_recipe,
    new_recipe,
    remixed_recipe,
    smaller_recipe,
    theme_name,
)
from pipeline.errors import CodedError, ErrorCode
from pipeline.recipe import Recipe, Scene
from storage.people.chats import ChatSettings

HOUSE = Policy()
SCENES = (Scene(1, 1), Scene(2, 2), Scene(3, 3))
OLD = Recipe(theme="birds", scenes=SCENES, seed=7, model="biggan-deep-256", size_px=256, start_s=4)


@pytest.fixture
def rng() -> random.Random:
    return random.Random(3)


def new(rng: random.Random, settings: ChatSettings | None = None, **changes: object) -> Recipe:
    return new_recipe(RecipeOptions(changes=changes), settings or ChatSettings(), HOUSE, rng)


def test_every_new_clip_has_a_seed_of_its_own(rng: random.Random) -> None:
    assert new(rng).seed != new(rng).seed
    assert new(rng, seed=5).seed == 5


def test_a_chat_s_size_does_not_contradict_a_model_that_somebody_names(rng: random.Random) -> None:
    small = ChatSettings(size_px=128)
    assert new(rng, small).size_px == 128
    assert new(rng, small, model="biggan-deep-512").size_px == 512
    assert new(rng, small, model="sketch").size_px is None


@pytest.mark.parametrize("model", ["/etc", "../weights", "random:biggan-deep-128", "dall-e", ""])
def test_a_chat_names_no_folders_and_no_unknown_models(rng: random.Random, model: str) -> None:
    with pytest.raises(CodedError) as refusal:
        new(rng, model=model)
    assert refusal.value.code is ErrorCode.UNKNOWN_MODEL


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Primates", "Primates"), ("  red   fox ", "red fox"), ("281", "tabby cat"), ("fairy-tale", "fairy tale"),
     ("moon>rocket , baboon", "moon > rocket > baboon")],
)  # fmt: skip
def test_a_theme_is_called_as_people_would_read_it(typed: str, name: str) -> None:
    assert theme_name(typed) == name
    assert theme_name(name) == name, "and by that name it is found again"


def test_a_remix_for_no_reason_is_another_roll_of_the_dice(rng: random.Random) -> None:
    remix = remixed_recipe(OLD, RecipeOptions(), rng)
    assert (remix.seed != OLD.seed, remix.scenes, remix.theme) == (True, (), "birds")


def test_a_new_sound_alone_keeps_the_pictures_and_starts_at_its_beginning(rng: random.Random) -> None:
    remix = remixed_recipe(OLD, RecipeOptions(), rng, new_sound=True)
    assert (remix.scenes, remix.seed, remix.start_s) == (OLD.scenes, OLD.seed, 0)


def test_another_theme_with_the_same_dice(rng: random.Random) -> None:
    remix = remixed_recipe(OLD, RecipeOptions(changes={"theme": "fish"}), rng)
    assert (remix.theme, remix.seed, remix.scenes) == ("fish", 7, ())


@given(number=st.integers(1, 3), seed=st.integers(0, 1000))
def test_a_changed_scene_leaves_the_others_alone(number: int, seed: int) -> None:
    options = RecipeOptions(scene=SceneChange(number, "volcano"))
    remix = remixed_recipe(OLD, options, random.Random(seed))
    assert [a == b for a, b in zip(remix.scenes, OLD.scenes, strict=True)].count(False) == 1
    assert remix.scenes[number - 1].category == 980


def test_another_size_of_a_biggan_is_its_sister(rng: random.Random) -> None:
    remix = remixed_recipe(OLD, RecipeOptions(changes={"size_px": 512}), rng)
    assert (remix.model, remix.size_px, remix.scenes) == ("biggan-deep-512", 512, OLD.scenes)
    assert smaller_recipe(OLD, 256).model == "biggan-deep-128"
    with pytest.raises(CodedError):
        smaller_recipe(OLD, 128)


def test_another_model_takes_its_own_size(rng: random.Random) -> None:
    remix = remixed_recipe(OLD, RecipeOptions(changes={"model": "sketch"}), rng)
    assert (remix.model, remix.size_px) == ("sketch", None)


def test_a_stranger_s_recipe_opens_nothing_of_ours() -> None:
    found = found_recipe(OLD.with_changes(model="/etc/passwd", duration_s=3), HOUSE)
    assert (found.model, found.start_s, found.duration_s, found.scenes) == ("auto", 0, None, OLD.scenes)


@pytest.mark.parametrize(
    ("start_s", "duration_s", "sound_s", "seconds"),
    [(0, None, 100, 100), (30, None, 100, 70), (30, 20, 100, 20), (90, 20, 100, 10), (0, 20, None, 20),
     (0, None, None, UNKNOWN_LENGTH_S)],
)  # fmt: skip
def test_what_a_clip_costs(start_s: float, duration_s: float | None, sound_s: float | None, seconds: float) -> None:
    assert estimated_s(Recipe(start_s=start_s, duration_s=duration_s), sound_s, longest_s=600) == seconds


def test_an_unknown_length_costs_no_more_than_is_allowed() -> None:
    assert estimated_s(Recipe(), None, longest_s=60) == 60


@pytest.mark.parametrize(
    ("recipe", "sound_s", "code"),
    [(Recipe(), 700.0, ErrorCode.TOO_LONG), (Recipe(duration_s=601), None, ErrorCode.TOO_LONG),
     (Recipe(start_s=50), 50.0, ErrorCode.START_AFTER_END)],
)  # fmt: skip
def test_what_is_too_long_is_refused_before_it_costs(recipe: Recipe, sound_s: float | None, code: ErrorCode) -> None:
    with pytest.raises(CodedError) as refusal:
        estimated_s(recipe, sound_s, longest_s=600)
    assert refusal.value.code is code


PLACED = OLD.with_changes(points_s=(3.0, 7.0), start_s=0.0)


def test_points_that_were_placed_stay_with_their_sound(rng: random.Random) -> None:
    assert remixed_recipe(PLACED, RecipeOptions(), rng).points_s == (3.0, 7.0)
    assert remixed_recipe(PLACED, RecipeOptions(), rng, new_sound=True).points_s is None
    assert smaller_recipe(PLACED, 256).points_s == (3.0, 7.0)
    assert found_recipe(PLACED, HOUSE).points_s == (3.0, 7.0), "moments of the clip, whose sound is now the file's"


def test_a_point_behind_the_end_is_refused_before_anything_is_charged() -> None:
    with pytest.raises(CodedError) as refusal:
        estimated_s(PLACED, 6.0, 600.0)
    assert refusal.value.code is ErrorCode.POINT_AFTER_END
    assert refusal.value.facts == {"point_s": 7.0, "duration_s": 6.0}
    assert estimated_s(PLACED, 6.95, 600.0) == 6.95, "a sound that was encoded again may be a trifle shorter"
