"""What a worker and its render process say to each other: one JSON value a line, both ways.

The worker writes a `RenderTask`; the render process answers with progress, the storyboard when there is one, and at
last either the clip or the reason why there is none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args

from pipeline.errors import CodedError, ErrorCode, PipelineError
from pipeline.media.probe import SoundInfo
from pipeline.media.sound_file import Sound
from pipeline.motion.flash_meter import Flashes
from pipeline.recipe import Recipe
from pipeline.render.values import RenderedClip
from pipeline.render.watch import Progress, Stage

EventKind = Literal["progress", "storyboard", "done", "failed"]


@dataclass(frozen=True, slots=True)
class RenderTask:
    """One clip to make.

    Attributes
    ----------
    sound : Path
        A canonical sound, in `folder`.
    info : SoundInfo
        What was heard when it was decoded.
    recipe : Recipe
        What was asked for.
    folder : Path
        Empty; all that is made is put there.
    title : str or None
        Title of the source; untrusted text.
    max_duration_s : float
        Longest part of a sound that is rendered.
    max_bytes : int or None
        Largest clip that can be delivered.
    timeout_s : float
        How long it may take from now, by the wall clock.
    """

    sound: Path
    info: SoundInfo
    recipe: Recipe
    folder: Path
    title: str | None
    max_duration_s: float
    max_bytes: int | None
    timeout_s: float

    def chosen_sound(self) -> Sound:
        """Return the part of the sound that the recipe uses."""
        return Sound(self.sound, self.info, self.recipe.start_s, self.recipe.duration_s)

    def to_line(self) -> str:
        """Write it as one line."""
        values = asdict(self) | {"sound": str(self.sound), "folder": str(self.folder), "recipe": self.recipe.to_json()}
        return json.dumps(values)

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read what `to_line` wrote."""
        values = json.loads(line)
        return cls(
            **values
            | {
                "sound": Path(values["sound"]),
                "info": SoundInfo(**values["info"]),
                "folder": Path(values["folder"]),
                "recipe": Recipe.from_json(values["recipe"]),
            }
        )


@dataclass(frozen=True, slots=True)
class RenderEvent:
    """One answer of the render process; `kind` says which of the fields it has."""

    kind: EventKind
    progress: Progress | None = None
    storyboard: Path | None = None
    recipe: Recipe | None = None
    clip: RenderedClip | None = None
    error: PipelineError | None = None

    def to_line(self) -> str:
        """Write it as one line."""
        values: dict[str, Any] = {"kind": self.kind}
        if self.progress is not None:
            values["progress"] = asdict(self.progress)
        if self.storyboard is not None:
            values["storyboard"] = str(self.storyboard)
        if self.recipe is not None:
            values["recipe"] = self.recipe.to_json()
        if self.clip is not None:
            values["clip"] = _plain(self.clip)
        if self.error is not None:
            values["error"] = {"code": self.error.code, "facts": self.error.facts}
        return json.dumps(values)

    def files(self) -> Iterator[Path]:
        """Yield the files that it speaks of."""
        if self.storyboard is not None:
            yield self.storyboard
        if self.clip is not None:
            yield from (path for name in _PATHS if (path := getattr(self.clip, name)) is not None)

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read what `to_line` wrote.

        Raises
        ------
        ValueError
            It is something else: half a line, another kind, an answer without what its kind promises.
        """
        try:
            event = cls._from_values(json.loads(line))
            whole = line.endswith("\n") and event._is_whole()
        except (ArithmeticError, AttributeError, LookupError, TypeError, RecursionError, CodedError) as error:
            raise ValueError("not an answer") from error
        if not whole:
            raise ValueError("not a whole answer")
        return event

    def _is_whole(self) -> bool:
        """Whether it has what its kind promises, of the types that it should be."""
        match self:
            case RenderEvent("progress", progress=Progress(stage, int(), int())):
                return stage in get_args(Stage)
            case RenderEvent("storyboard", storyboard=Path(), recipe=Recipe()):
                return True
            case RenderEvent("done", clip=RenderedClip(duration_s=int() | float(), title=str() | None) as clip):
                counts = (clip.size_px, clip.fps, clip.frame_count, clip.bytes)
                return isinstance(clip.path, Path) and all(isinstance(count, int) for count in counts)
            case RenderEvent("failed", error=PipelineError()):
                return True
            case _:
                return False

    @classmethod
    def _from_values(cls, values: dict[str, Any]) -> Self:
        return cls(
            kind=values["kind"],
            progress=Progress(**values["progress"]) if "progress" in values else None,
            storyboard=Path(values["storyboard"]) if "storyboard" in values else None,
            recipe=Recipe.from_json(values["recipe"]) if "recipe" in values else None,
            clip=_clip(values["clip"]) if "clip" in values else None,
            error=_error(**values["error"]) if "error" in values else None,
        )


_PATHS = ("path", "poster", "storyboard", "thumbnail")


def _plain(clip: RenderedClip) -> dict[str, Any]:
    values = {name: getattr(clip, name) for name in clip.__dataclass_fields__}
    return (
        values
        | {"recipe": clip.recipe.to_json(), "flashes": asdict(clip.flashes)}
        | {name: str(values[name]) for name in _PATHS if values[name] is not None}
    )


def _clip(values: dict[str, Any]) -> RenderedClip:
    paths = {name: Path(values[name]) for name in _PATHS if values[name] is not None}
    made = {"recipe": Recipe.from_json(values["recipe"]), "flashes": Flashes(**values["flashes"])}
    return RenderedClip(**values | made | paths)


def _error(code: str, facts: dict[str, Any]) -> PipelineError:
    # A tuple of words comes back from JSON as a list.
    return PipelineError(ErrorCode(code), **{name: tuple(v) if isinstance(v, list) else v for name, v in facts.items()})
