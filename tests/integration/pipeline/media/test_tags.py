"""The recipe travels inside the clip, whatever is in it and however long it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.mp4 import read_mp4
from pipeline.media.tags import ARTIST, clip_tags, read_recipe
from pipeline.recipe import Recipe, Scene

HOSTILE = "a=b;c#d\\e\n<b>@everyone</b> \"'`$(x) 日本語 😀\t\x1b[31m"


def write_clip(path: Path, tags: dict[str, str]) -> Path:
    metadata = [word for key, text in tags.items() for word in ("-metadata", f"{key}={text}")]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", "color=s=16x16:d=0.2"]
    subprocess.run([*command, *metadata, "-movflags", "+faststart", str(path)], check=True)
    return path


@pytest.mark.parametrize("scene_count", [0, 2, 1000])
def test_a_recipe_comes_back_from_a_clip(scene_count: int, tmp_path: Path) -> None:
    scenes = tuple(Scene(position % 1000, 4_294_967_295 - position) for position in range(scene_count))
    recipe = Recipe(theme=HOSTILE, scenes=scenes, seed=7, truncation=0.37, model="random:biggan-deep-128")
    clip = write_clip(tmp_path / "a.mp4", clip_tags(recipe, title=HOSTILE, labels=["red fox"] * scene_count))
    assert read_recipe(clip) == recipe


def test_a_copy_of_a_clip_keeps_its_recipe(tmp_path: Path) -> None:
    recipe = Recipe(theme="birds", seed=3)
    clip = write_clip(tmp_path / "a.mp4", clip_tags(recipe, title=None, labels=()))
    copy = tmp_path / "b.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(clip), "-c", "copy", str(copy)]
    subprocess.run(command, check=True)
    assert read_recipe(copy) == recipe


def test_a_recipe_comes_from_a_json_file_too(tmp_path: Path) -> None:
    recipe = Recipe(theme="moon > rocket > baboon", seed=3)
    (tmp_path / "recipe.json").write_text("\n" + recipe.to_json(), encoding="utf-8")
    assert read_recipe(tmp_path / "recipe.json") == recipe


def test_credits_are_one_clean_line_each(tmp_path: Path) -> None:
    tags = clip_tags(Recipe(theme="primates"), title=HOSTILE, labels=["gorilla", "baboon"])
    credits_read = read_mp4(write_clip(tmp_path / "a.mp4", tags)).tags
    assert credits_read["title"] == "a=b;c#d\\e <b>@everyone</b> \"'`$(x) 日本語 😀 [31m"
    assert credits_read["artist"] == ARTIST
    assert credits_read["description"] == "primates: gorilla → baboon"


def test_long_texts_are_cut() -> None:
    tags = clip_tags(Recipe(), title="x" * 5000, labels=["harvestman"] * 1000)
    assert len(tags["title"]) == 200
    assert len(tags["description"]) == 1000
    assert tags["description"].endswith("…")


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_an_argument_of_a_process(text: str) -> None:
    for tag in clip_tags(Recipe(theme=text), title=text, labels=[text]).values():
        assert "\0" not in tag
        tag.encode("utf-8")


def test_half_a_surrogate_pair_does_no_harm() -> None:
    for tag in clip_tags(Recipe(), title="\udfff", labels=["\ud800"]).values():
        tag.encode("utf-8")


def test_a_clip_of_somebody_else_has_no_recipe(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", {"comment": "holiday"})
    with pytest.raises(PipelineError) as caught:
        read_recipe(clip)
    assert caught.value.code is ErrorCode.NO_RECIPE


def test_a_recipe_that_was_tampered_with_is_refused(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", {"comment": '{"ganterpret":1,"fps":100000}'})
    with pytest.raises(PipelineError) as caught:
        read_recipe(clip)
    assert caught.value.code is ErrorCode.BAD_RECIPE


def test_what_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        read_recipe(tmp_path / "none.mp4")
    assert caught.value.code is ErrorCode.FILE_MISSING


@pytest.fixture(scope="module")
def sound_clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("clip")
    return write_clip(folder / "a.mp4", clip_tags(Recipe(), title="t", labels=())).read_bytes()


@settings(deadline=None)
@given(st.data())
def test_broken_files_are_refused_and_never_crash(
    tmp_path_factory: pytest.TempPathFactory, sound_clip: bytes, data: st.DataObject
) -> None:
    content = bytearray(sound_clip[: data.draw(st.integers(0, 3000))])
    for position in data.draw(st.lists(st.integers(0, 2999), max_size=20)):
        if position < len(content):
            content[position] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "broken.mp4"
    path.write_bytes(content)
    codes = []
    for read in (read_recipe, read_mp4):
        try:
            read(path)
        except PipelineError as error:
            codes.append(error.code)
    assert set(codes) <= {ErrorCode.NO_RECIPE, ErrorCode.BAD_RECIPE, ErrorCode.NOT_MEDIA}
