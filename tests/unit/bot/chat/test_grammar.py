"""The grammar of a request, by example and by property."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.grammar import (
    Command,
    CommandCode,
    CommandError,
    RecipeOptions,
    SceneChange,
    parse_command,
    parse_time_s,
)
from bot.chat.reader.read import read_words


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/ganterpret", Command("ganterpret", None, "")),
        ("/ganterpret@OurBot theme:birds", Command("ganterpret", "OurBot", "theme:birds")),
        ("/Help me", Command("help", None, "me")),
        ("/remix\nscene:3 volcano", Command("remix", None, "scene:3 volcano")),
        ("hello /ganterpret", None),
        ("/ 1", None),
    ],
)
def test_a_command_begins_the_message(text: str, command: Command | None) -> None:
    assert parse_command(text) == command


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("", RecipeOptions()),
        ("primates", RecipeOptions(changes={"theme": "primates"})),
        ("musical instruments", RecipeOptions(changes={"theme": "musical instruments"})),
        ('theme:"red fox"', RecipeOptions(changes={"theme": "red fox"})),
        ("theme:red fox seed:1", RecipeOptions(changes={"theme": "red fox", "seed": 1})),
        ("scenes:moon > rocket > baboon", RecipeOptions(changes={"theme": "moon > rocket > baboon", "scene_count": 3})),
        ("scenes:8 primates", RecipeOptions(changes={"scene_count": 8, "theme": "primates"})),
        ("theme:“red fox”", RecipeOptions(changes={"theme": "red fox"})),
        (
            "https://youtu.be/dQw4w9WgXcQ?t=10 theme:primates",
            RecipeOptions(links=("https://youtu.be/dQw4w9WgXcQ?t=10",), changes={"theme": "primates"}),
        ),
        (
            "(<https://a.example/1>) theme:red\u2068https://a.example/2\u2069 fox",
            RecipeOptions(links=("https://a.example/1", "https://a.example/2"), changes={"theme": "red fox"}),
        ),
        ("youtu.be/dQw4w9WgXcQ", RecipeOptions(links=("youtu.be/dQw4w9WgXcQ",))),
        ("www.youtube.com/watch?v=x", RecipeOptions(links=("www.youtube.com/watch?v=x",))),
        ("scenes:8 size:256px fps:30", RecipeOptions(changes={"scene_count": 8, "size_px": 256, "fps": 30})),
        ("scenes:auto", RecipeOptions(changes={"scene_count": None})),
        (
            'scenes:"moon > rocket > baboon"',
            RecipeOptions(changes={"theme": "moon > rocket > baboon", "scene_count": 3}),
        ),
        ("start:1:30 length:45", RecipeOptions(changes={"start_s": 90.0, "duration_s": 45.0})),
        ("truncation:0,4 preset:Paper", RecipeOptions(changes={"truncation": 0.4, "preset": "paper"})),
        ("points:3.2,7.5,1:04", RecipeOptions(changes={"points_s": (3.2, 7.5, 64.0)})),
        ('points:"0; 3.2 7.5,"', RecipeOptions(changes={"points_s": (3.2, 7.5)})),
        ("points:auto birds", RecipeOptions(changes={"points_s": None, "theme": "birds"})),
        (
            'points:3,7 scenes:"moon > rocket > baboon > fox"',
            RecipeOptions(changes={"points_s": (3.0, 7.0), "theme": "moon > rocket > baboon > fox"}),
        ),
        ("seed:7", RecipeOptions(changes={"seed": 7})),
        ("seed:new", RecipeOptions(new_seed=True)),
        ("scene:3 volcano", RecipeOptions(scene=SceneChange(3, "volcano"))),
        ("scene:3 red fox", RecipeOptions(scene=SceneChange(3, "red fox"))),
        ("moon > rocket > baboon", RecipeOptions(changes={"theme": "moon > rocket > baboon"})),
    ],
)
def test_words_become_options(words: str, options: RecipeOptions) -> None:
    assert read_words(words) == options


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("colour:red", CommandCode.UNKNOWN_OPTION),
        ("seed:1 seed:2", CommandCode.REPEATED_OPTION),
        ("theme:", CommandCode.EMPTY_OPTION),
        ("scenes:many", CommandCode.NOT_A_NUMBER),
        ("scenes:1", CommandCode.OUT_OF_RANGE),
        ("fps:0", CommandCode.OUT_OF_RANGE),
        ("truncation:nan", CommandCode.OUT_OF_RANGE),
        ("size:300", CommandCode.NOT_A_CHOICE),
        ("start:soon", CommandCode.NOT_A_TIME),
        ("duration:0", CommandCode.NOT_A_TIME),
        ('theme:"red fox', CommandCode.OPEN_QUOTE),
        ("dogs theme:birds", CommandCode.TWO_THEMES),
        ("scenes:a>b theme:birds", CommandCode.TWO_THEMES),
        ("scene:3", CommandCode.SCENE_WITHOUT_CATEGORY),
    ],
)
def test_words_that_make_no_sense_are_refused_by_name(words: str, code: CommandCode) -> None:
    with pytest.raises(CommandError) as refusal:
        read_words(words)
    assert refusal.value.code is code


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("83", 83.0), ("1:23", 83.0), ("1:02:03", 3723.0), ("1m23s", 83.0), ("2.5s", 2.5), ("1h", 3600.0)],
)
def test_times_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert parse_time_s("start", text) == seconds


@given(st.text(max_size=200))
def test_any_text_is_options_or_a_clear_refusal(text: str) -> None:
    with suppress(CommandError):
        assert isinstance(read_words(text), RecipeOptions)


@given(st.dictionaries(st.sampled_from(["seed", "fps", "scenes"]), st.integers(2, 60), max_size=3), st.randoms())
def test_the_order_of_options_does_not_matter(options: dict[str, int], random: Any) -> None:
    words = [f"{name}:{value}" for name, value in options.items()]
    shuffled = random.sample(words, len(words))
    assert read_words(" ".join(words)).changes == read_words(" ".join(shuffled)).changes


@pytest.mark.parametrize(
    ("words", "code", "facts"),
    [
        ("points:7.5,3.2", CommandCode.POINT_MISPLACED, {"point_s": 3.2, "shortest_s": 0.05}),
        ("points:3,3.01", CommandCode.POINT_MISPLACED, {"point_s": 3.01, "shortest_s": 0.05}),
        ("points:3,soon", CommandCode.NOT_A_TIME, {"option": "points", "value": "soon"}),
        ("points:3 scenes:8", CommandCode.POINTS_AND_SCENES, {}),
        ("points:3 scenes:8 theme:birds", CommandCode.POINTS_AND_SCENES, {}),
        (
            "points:" + ",".join(map(str, range(1, 1000))),
            CommandCode.TOO_MANY_POINTS,
            {"count": 999, "most": 998},
        ),
    ],
)
def test_points_are_moments_in_order_and_no_number_of_scenes_beside_them(
    words: str, code: CommandCode, facts: dict[str, Any]
) -> None:
    with pytest.raises(CommandError) as refusal:
        read_words(words)
    assert (refusal.value.code, refusal.value.facts) == (code, facts)
