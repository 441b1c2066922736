"""A recipe travels in clips and comes back from anywhere: exact when ours, refused by field when not."""

import json
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.recipe import CHANNELS, MOTIONS, PRESETS, Recipe, Scene

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
    points_s=st.none() | st.lists(st.floats(0.1, 5.0), max_size=5).map(lambda gaps: tuple(accumulate(gaps))),
    generator_version=st.none() | st.integers(1, 9),
    motion=st.sampled_from(MOTIONS),
    dance=st.floats(0, 2),
    loop=st.booleans(),
)
names = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=9)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)
unknown = st.dictionaries(names.filter(lambda name: name not in Recipe.__dataclass_fields__), values, max_size=4)


@given(recipes)
def test_a_recipe_survives_its_json(recipe: Recipe) -> None:
    assert Recipe.from_json(recipe.to_json()) == recipe


@given(recipes, unknown, unknown)
def test_what_a_later_program_has_written_is_written_again(
    recipe: Recipe, beside: dict[str, Any], within: dict[str, Any]
) -> None:
    written = json.loads(recipe.to_json()) | beside
    for scene in written["scenes"]:
        scene.update(within)
    read = Recipe.from_json(json.dumps(written))
    assert json.loads(read.to_json()) == written
    assert read.to_json().startswith('{"ganterpret":2,'), "by which a clip's comment is known to be a recipe"
    assert read.with_changes(fps=30).unknown_fields == read.unknown_fields
    assert hash(read) == hash(Recipe.from_json(read.to_json()))


@pytest.mark.parametrize("name", ["\\ud800", "\\u0000", "x" * 101])
def test_a_field_whose_name_cannot_be_printed_is_refused(name: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        Recipe.from_json(f'{{"ganterpret":2,"{name}":1}}')
    assert refusal.value.code is ErrorCode.BAD_RECIPE
    assert str(refusal.value.facts["field"]).isprintable()


def test_a_remix_keeps_what_it_does_not_know() -> None:
    recipe = Recipe.from_json('{"ganterpret":2,"light":{"from":"left"},"scenes":[]}')
    remix = recipe.remixed(theme="birds", seed=9, preset="paper")
    assert json.loads(remix.to_json())["light"] == {"from": "left"}


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
        ("colour", "red" * 2000),
        ("colour", [[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]),
        ("colour", float("inf")),
        ("points_s", [3.0, 2.0]),
        ("points_s", [0.0, 2.0]),
        ("points_s", [1.0, 1.01]),
        ("points_s", [True]),
        ("points_s", ["3"]),
        ("points_s", 3.0),
        ("points_s", {"3": 4}),
        ("points_s", [float("nan")]),
        ("points_s", [90_000.0]),
        ("points_s", [float(second) for second in range(1, 1000)]),
        ("generator_version", 0),
        ("generator_version", True),
        ("motion", "wild"),
        ("dance", 2.5),
        ("loop", "yes"),
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


GIVEN = Recipe(points_s=(3.2, 7.5, 20.0), scenes=(Scene(1, 2),) * 5)


def test_a_remix_keeps_the_points_that_were_placed() -> None:
    for changes in ({"theme": "birds"}, {"seed": 9}, {"fps": 30}, {"channel": "mix"}, {"model": "sketch"}):
        assert GIVEN.remixed(**changes).points_s == GIVEN.points_s
    assert GIVEN.remixed(points_s=(1.0,)).points_s == (1.0,)


@pytest.mark.parametrize(
    "changes",
    [
        {"scene_count": 8},
        {"scene_count": None},
        {"preset": "paper"},
        {"threshold": 0.1},
        {"sensitivity": 2.0},
        {"points_s": None},
    ],
)
def test_whoever_says_how_points_are_found_lets_those_go_that_were_placed(changes: dict[str, Any]) -> None:
    assert GIVEN.remixed(**changes).points_s is None
    assert GIVEN.remixed(**changes).scenes == GIVEN.scenes, "the same pictures, elsewhere"


def test_points_stay_at_their_moments_of_the_sound_where_another_part_of_it_is_asked_for() -> None:
    assert GIVEN.remixed(start_s=5.0).points_s == (2.5, 15.0)
    assert GIVEN.remixed(duration_s=10.0).points_s == (3.2, 7.5)
    assert GIVEN.remixed(start_s=5.0, duration_s=10.0).points_s == (2.5,)
    assert GIVEN.remixed(start_s=60.0).points_s == ()
    assert GIVEN.remixed(start_s=5.0).remixed(start_s=2.0).points_s == (5.5, 18.0)


def test_points_take_the_place_of_a_number_of_scenes_and_need_a_recipe_that_can_hold_them() -> None:
    old = Recipe.from_json('{"ganterpret":1,"scene_count":8}')
    placed = old.remixed(points_s=(3.0,))
    assert (placed.points_s, placed.scene_count, placed.version) == ((3.0,), None, 2)
    assert placed.channel == "left"
    with pytest.raises(PipelineError) as refusal:
        Recipe.from_json('{"ganterpret":1,"points_s":[3]}')
    assert refusal.value.facts["field"] == "points_s"


def test_another_model_has_not_drawn_it_yet() -> None:
    drawn = Recipe(model="sketch", generator_version=1)
    assert drawn.remixed(seed=3).generator_version == 1
    assert drawn.remixed(model="biggan-deep-128").generator_version is None


def test_a_recipe_keeps_its_version_and_new_ones_have_the_newest() -> None:
    old = Recipe.from_json('{"ganterpret":1,"theme":"birds"}')
    assert (old.version, old.channel, old.shortest_scene_s) == (1, "left", 1.5)
    assert Recipe.from_json(old.to_json()) == old
    assert old.remixed(theme="ocean").version == 1
    assert Recipe().version == 2
    assert '"ganterpret":2' in Recipe().to_json()
    assert Recipe.from_json(Recipe().to_json()) == Recipe()


@pytest.mark.parametrize(
    ("recipe", "moves"),
    [
        (Recipe(), "arrive"),
        (Recipe(motion="flow"), "flow"),
        (Recipe(motion="paper"), "paper"),
        (Recipe(preset="paper"), "paper"),
        (Recipe(preset="paper", motion="arrive"), "paper"),
        (Recipe(version=1), "paper"),
        (Recipe(version=1, motion="flow"), "paper"),
    ],
)
def test_what_was_made_as_the_paper_has_it_moves_so(recipe: Recipe, moves: str) -> None:
    assert recipe.moves == moves


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
