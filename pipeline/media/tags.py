"""The texts inside a clip: its recipe, so that a clip found anywhere can be remixed, and its credits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import reading
from pipeline.media.mp4 import read_mp4
from pipeline.recipe import Recipe

ARTIST = "GANterpreter"

# The recipe lies in the standard comment: a key of our own would need a flag of ffmpeg's under which players no longer
# find the title, and programs that copy a clip drop keys that they do not know.
_RECIPE_KEY = "comment"
_RECIPE_START = '{"ganterpret":'
_MOST_RECIPE_BYTES = 2**20
_TITLE_LENGTH = 200
_DESCRIPTION_LENGTH = 1000


def clip_tags(recipe: Recipe, *, title: str | None, labels: Sequence[str]) -> dict[str, str]:
    """Build the metadata of a clip.

    Parameters
    ----------
    recipe : Recipe
        With its scenes chosen.
    title : str or None
        Title of the source, from wherever it came; the theme stands in for it.
    labels : sequence of str
        The scenes' category names.

    Returns
    -------
    dict of str to str
        Standard keys of ffmpeg, texts without control characters.
    """
    description = f"{recipe.theme}: {' → '.join(labels)}" if labels else recipe.theme
    return {
        "title": _plain(title or recipe.theme, _TITLE_LENGTH),
        "artist": ARTIST,
        "description": _plain(description, _DESCRIPTION_LENGTH),
        _RECIPE_KEY: recipe.to_json(),  # without control characters, which JSON escapes, and halves of pairs
    }


def read_recipe(path: Path) -> Recipe:
    """Read the recipe out of a clip, or out of a JSON file.

    Raises
    ------
    PipelineError
        ``NO_RECIPE`` where there is none; ``BAD_RECIPE`` where it is not a sound one; what
        `pipeline.file_errors.reading` raises.
    """
    return Recipe.from_json(_recipe_text(path))


def _recipe_text(path: Path) -> str:
    with reading(path) as file:
        start = file.read(_MOST_RECIPE_BYTES)
    if start.lstrip()[:1] == b"{":
        return start.decode("utf-8", "replace")
    try:
        text = read_mp4(path).tags.get(_RECIPE_KEY, "")
    except PipelineError as error:
        if error.code is not ErrorCode.NOT_MEDIA:
            raise
        text = ""
    if not text.startswith(_RECIPE_START):
        raise PipelineError(ErrorCode.NO_RECIPE, path=str(path))
    if len(text) > _MOST_RECIPE_BYTES // 2:
        # The longest of ours has not half a million letters; a million of brackets would fill the memory.
        raise PipelineError(ErrorCode.BAD_RECIPE, field="json")
    return text


def _plain(text: str, length: int) -> str:
    """Keep what can be printed, on one line, cut to a length."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
