"""The recipe of a clip: everything but the sound.

The same sound and the same recipe give the same clip, and a remix is a recipe made from another. A recipe without
scenes is a wish; the renderer answers it with a recipe whose scenes are chosen, and that one travels in the clip.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, Self

from pipeline.errors import ErrorCode, PipelineError
from pipeline.generator import NUM_CLASSES, SIZES_PX

Preset = Literal["auto", "paper"]
Channel = Literal["all", "left", "right", "mix"]

PRESETS: tuple[Preset, ...] = ("auto", "paper")
CHANNELS: tuple[Channel, ...] = ("all", "left", "right", "mix")
VERSIONS = (1, 2)
"""Version 1: preset ``auto`` picks the most prominent peaks of the total variation. Version 2: it listens (the ear).

A recipe keeps its version for ever, so that it finds its points again."""
NEWEST_VERSION = VERSIONS[-1]
MAX_SCENES = 1000
"""Most that can be asked for."""
MAX_CHOSEN_SCENES = 10_000
"""Most that a recipe can hold: preset ``paper`` finds as many points as there are, up to two a second."""
MAX_FPS = 60
SEED_LIMIT = 2**32


@dataclass(frozen=True, slots=True)
class Scene:
    """What is shown at one inflection point: a category and the seed of its latent z."""

    category: int
    latent_seed: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a sound becomes a clip.

    Attributes
    ----------
    theme : str
        What the person asked for, as typed: a theme, a category, or a list "moon > rocket > baboon".
    scenes : tuple of Scene
        One to an inflection point, in order; empty while they are still to be chosen from theme and seed.
    seed : int
        Where every random choice of this recipe comes from.
    preset : {"auto", "paper"}
        The analysis: see ``pipeline.analysis.analyze``.
    scene_count : int or None
        Wanted number of inflection points (preset ``auto``); None means as many as there are changes (version 1: about
        one every four seconds).
    threshold : float or None
        Distance of an extremum from the means around it; None lets the preset decide. Preset ``auto`` with a threshold
        looks for extrema whatever the version.
    sensitivity : float
        Preset ``auto`` without a number: above 1 it takes weaker changes too, below 1 only stronger ones.
    shortest_scene_s : float
        No two inflection points of preset ``auto`` are closer, in seconds.
    channel : {"all", "left", "right", "mix"}
        What is listened to; preset ``paper`` takes the left channel where all are asked for.
    truncation : float
        Truncation of BigGAN's latent normal, in (0, 1].
    model : str
        Generator's name; ``auto`` takes BigGAN where its weights are at hand, else ``sketch``.
    size_px : int or None
        Width and height; None means the model's own choice.
    fps : int
        Frames per second.
    start_s, duration_s : float, float or None
        The part of the sound that is used; None means up to its end.
    version : {1, 2}
        What finds its points: see `VERSIONS`.
    """

    theme: str = "voyage"
    scenes: tuple[Scene, ...] = ()
    seed: int = 0
    preset: Preset = "auto"
    scene_count: int | None = None
    threshold: float | None = None
    sensitivity: float = 1.0
    shortest_scene_s: float = 0.7
    channel: Channel = "all"
    truncation: float = 0.2
    model: str = "auto"
    size_px: int | None = None
    fps: int = 24
    start_s: float = 0.0
    duration_s: float | None = None
    version: int = NEWEST_VERSION

    def __post_init__(self) -> None:
        _check(self)

    def with_changes(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, checked like a new one."""
        return replace(self, **changes)

    def remixed(self, **changes: Any) -> Self:
        """Return a changed copy that chooses its scenes anew if the theme or the seed is another."""
        if changes.keys() & {"theme", "seed"} and "scenes" not in changes:
            changes["scenes"] = ()
        return self.with_changes(**changes)

    def to_json(self) -> str:
        """Write it as one line of JSON, keys in order."""
        values = asdict(self)
        return json.dumps({"ganterpret": values.pop("version"), **values}, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote, trusting none of it: clips come from anywhere.

        Raises
        ------
        PipelineError
            ``BAD_RECIPE`` with the field at fault; ``RECIPE_TOO_NEW`` for a version that this program does not know.
        """
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise PipelineError(ErrorCode.BAD_RECIPE, field="json") from error
        version = raw.pop("ganterpret", None) if isinstance(raw, dict) else None
        if isinstance(version, int) and not isinstance(version, bool) and version > NEWEST_VERSION:
            raise PipelineError(ErrorCode.RECIPE_TOO_NEW, version=min(version, 2**31), newest=NEWEST_VERSION)
        if version not in VERSIONS or isinstance(version, bool):
            raise PipelineError(ErrorCode.BAD_RECIPE, field="ganterpret")
        if "version" in raw:
            raise PipelineError(ErrorCode.BAD_RECIPE, field="version")
        before = _BEFORE_THERE_WERE_MORE if version == 1 else {}
        raw = before | raw | {"version": version}
        known = {field.name for field in fields(cls)}
        if unknown := sorted(raw.keys() - known):
            raise PipelineError(ErrorCode.BAD_RECIPE, field=str(unknown[0])[:40])
        try:
            raw["scenes"] = tuple(Scene(**scene) for scene in raw.get("scenes", ()))
            return cls(**raw)
        except (TypeError, AttributeError) as error:
            raise PipelineError(ErrorCode.BAD_RECIPE, field="scenes") from error


# What a recipe of version 1 means by a field that it does not have.
_BEFORE_THERE_WERE_MORE: dict[str, Any] = {"channel": "left", "shortest_scene_s": 1.5}


_SURROGATE = re.compile("[\ud800-\udfff]")


def _check(recipe: Recipe) -> None:
    """Refuse a value outside its range, naming the field."""

    def integer(value: object, low: int, high: int) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    def number(value: object, low: float, high: float) -> bool:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        return low <= value <= high  # neither NaN nor infinity is; an integer may be too long to become a float

    def text(value: object, longest: int) -> bool:
        # Half a surrogate pair can neither be printed nor kept in a database.
        return isinstance(value, str) and len(value) <= longest and _SURROGATE.search(value) is None

    day_s = 86_400.0
    rules = {
        "theme": text(recipe.theme, 2000),
        "scenes": isinstance(recipe.scenes, tuple)
        and len(recipe.scenes) <= MAX_CHOSEN_SCENES
        and all(
            integer(scene.category, 0, NUM_CLASSES - 1) and integer(scene.latent_seed, 0, SEED_LIMIT - 1)
            for scene in recipe.scenes
        ),
        "seed": integer(recipe.seed, 0, SEED_LIMIT - 1),
        "preset": recipe.preset in PRESETS,
        "scene_count": recipe.scene_count is None or integer(recipe.scene_count, 2, MAX_SCENES),
        "threshold": recipe.threshold is None or number(recipe.threshold, 0.0, 1.0),
        "sensitivity": number(recipe.sensitivity, 0.05, 20.0),
        "version": integer(recipe.version, 1, NEWEST_VERSION),
        "shortest_scene_s": number(recipe.shortest_scene_s, 0.0, 3600.0),
        "channel": recipe.channel in CHANNELS,
        "truncation": number(recipe.truncation, 1e-3, 1.0),
        "model": text(recipe.model, 200) and recipe.model != "",
        "fps": integer(recipe.fps, 1, MAX_FPS),
        "start_s": number(recipe.start_s, 0.0, day_s),
        "duration_s": recipe.duration_s is None or (number(recipe.duration_s, 0.0, day_s) and recipe.duration_s > 0),
    }
    size: object = recipe.size_px
    # 128.0 is equal to a size, but no number of pixels.
    if size is not None and not (integer(size, SIZES_PX[0], SIZES_PX[-1]) and size in SIZES_PX):
        raise PipelineError(ErrorCode.UNKNOWN_SIZE, size=str(size)[:20], sizes=tuple(str(known) for known in SIZES_PX))
    for field, holds in rules.items():
        if not holds:
            raise PipelineError(ErrorCode.BAD_RECIPE, field=field)
