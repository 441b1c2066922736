"""The recipe of a clip: everything but the sound.

The same sound and the same recipe give the same clip, and a remix is a recipe made from another. A recipe without
scenes is a wish; the renderer answers it with a recipe whose scenes are chosen, and that one travels in the clip.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from pipeline.errors import ErrorCode, PipelineError
from pipeline.generator import NUM_CLASSES, SIZES_PX
from pipeline.given_points import MAX_GIVEN_POINTS, GivenPoints, misplaced, moved
from pipeline.unknown_fields import MOST_LETTERS, UnknownFields, letters, take_unknown, with_unknown

Preset = Literal["auto", "paper"]
Channel = Literal["all", "left", "right", "mix"]
Motion = Literal["auto", "paper", "arrive", "flow"]

PRESETS: tuple[Preset, ...] = ("auto", "paper")
CHANNELS: tuple[Channel, ...] = ("all", "left", "right", "mix")
MOTIONS: tuple[Motion, ...] = ("auto", "paper", "arrive", "flow")
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
    """What is shown at one inflection point: a category and the seed of its latent z; unknown fields as in `Recipe`."""

    category: int
    latent_seed: int
    unknown_fields: UnknownFields = ()


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
    points_s : tuple of float or None
        Inflection points that somebody has placed, without the two ends: see `pipeline.given_points`. Where they are
        given, none are looked for. Since version 2.
    generator_version : int or None
        Version of the model that has drawn it; None while nothing has, or where a model counts none.
    unknown_fields : tuple of pairs of str
        What a later program has written and this one does not know, by name, as JSON; written again as it was read.
    motion : {"auto", "paper", "arrive", "flow"}
        How the pictures move on their way; ``auto`` is ``arrive``. Version 1 and preset ``paper`` move as the paper
        has it, whatever stands here: see `moves`.
    dance : float
        How much things dance to the beat, 0 not at all.
    loop : bool
        The clip ends with the picture that it begins with.
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
    points_s: GivenPoints | None = None
    generator_version: int | None = None
    unknown_fields: UnknownFields = ()
    motion: Motion = "auto"
    dance: float = 1.0
    loop: bool = False

    def __post_init__(self) -> None:
        _check(self)

    @property
    def moves(self) -> Literal["paper", "arrive", "flow"]:
        """How its pictures move."""
        if self.version == 1 or self.preset == "paper":
            return "paper"
        return "arrive" if self.motion == "auto" else self.motion

    def with_changes(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, checked like a new one."""
        return replace(self, **changes)

    def remixed(self, **changes: Any) -> Self:
        """Return a changed copy that chooses anew what the changes make meaningless.

        Scenes, where theme or seed are another; given points, where it is said how points are to be found. Where
        another part of the sound is asked for, given points stay at their moments of the sound.
        """
        if changes.keys() & {"theme", "seed"} and "scenes" not in changes:
            changes["scenes"] = ()
        if changes.get("points_s") is not None:
            # What a version settles is how points are found: there is nothing left of version 1 in such a recipe.
            changes = {"scene_count": None, "version": NEWEST_VERSION} | changes
        elif changes.keys() & _HOW_POINTS_ARE_FOUND:
            changes = {"points_s": None} | changes
        elif self.points_s is not None and changes.keys() & {"start_s", "duration_s"} and "points_s" not in changes:
            later_s = changes.get("start_s", self.start_s) - self.start_s
            changes["points_s"] = moved(self.points_s, later_s, changes.get("duration_s", self.duration_s))
        if "model" in changes:
            changes = {"generator_version": None} | changes
        return self.with_changes(**changes)

    def to_json(self) -> str:
        """Write it as one line of JSON, keys in order."""
        values = {name: getattr(self, name) for name in _FIELDS}
        values["scenes"] = [
            with_unknown({"category": scene.category, "latent_seed": scene.latent_seed}, scene.unknown_fields)
            for scene in self.scenes
        ]
        version = {"ganterpret": values.pop("version")}
        return json.dumps(
            with_unknown(version | values, self.unknown_fields), separators=(",", ":"), ensure_ascii=False
        )

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
        known, unknown = take_unknown(raw, _FIELDS)
        values = before | known | {"version": version, "unknown_fields": unknown}
        if isinstance(values.get("points_s"), list):
            values["points_s"] = tuple(values["points_s"])
        try:
            values["scenes"] = _scenes(values.get("scenes", ()))
        except (TypeError, AttributeError) as error:
            raise PipelineError(ErrorCode.BAD_RECIPE, field="scenes") from error
        return cls(**values)


_SCENE_FIELDS = ("category", "latent_seed")
_FIELDS = tuple(name for name in Recipe.__dataclass_fields__ if name != "unknown_fields")
_HOW_POINTS_ARE_FOUND = {"preset", "scene_count", "threshold", "sensitivity", "shortest_scene_s", "version"}


def _scenes(values: list[dict[str, Any]]) -> tuple[Scene, ...]:
    parted = (take_unknown(scene, _SCENE_FIELDS) for scene in values)
    scenes = tuple(Scene(**known, unknown_fields=unknown) for known, unknown in parted)
    if sum(letters(scene.unknown_fields) for scene in scenes) > MOST_LETTERS:
        raise PipelineError(ErrorCode.BAD_RECIPE, field="scenes")
    return scenes


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
        "motion": recipe.motion in MOTIONS,
        "dance": number(recipe.dance, 0.0, 2.0),
        "loop": isinstance(recipe.loop, bool),
        "truncation": number(recipe.truncation, 1e-3, 1.0),
        "model": text(recipe.model, 200) and recipe.model != "",
        "fps": integer(recipe.fps, 1, MAX_FPS),
        "start_s": number(recipe.start_s, 0.0, day_s),
        "duration_s": recipe.duration_s is None or (number(recipe.duration_s, 0.0, day_s) and recipe.duration_s > 0),
        "points_s": recipe.points_s is None
        or (
            recipe.version >= 2
            and isinstance(recipe.points_s, tuple)
            and len(recipe.points_s) <= MAX_GIVEN_POINTS
            and all(number(point_s, 0.0, day_s) for point_s in recipe.points_s)
            and misplaced(recipe.points_s) is None
        ),
        "generator_version": recipe.generator_version is None or integer(recipe.generator_version, 1, 1_000_000),
    }
    size: object = recipe.size_px
    # 128.0 is equal to a size, but no number of pixels.
    if size is not None and not (integer(size, SIZES_PX[0], SIZES_PX[-1]) and size in SIZES_PX):
        raise PipelineError(ErrorCode.UNKNOWN_SIZE, size=str(size)[:20], sizes=tuple(str(known) for known in SIZES_PX))
    for field, holds in rules.items():
        if not holds:
            raise PipelineError(ErrorCode.BAD_RECIPE, field=field)
