"""What rendering is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.generator import ImageGenerator
from pipeline.media.sound_file import Sound
from pipeline.motion.flash_meter import Flashes
from pipeline.recipe import Recipe


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """What a clip may cost.

    Attributes
    ----------
    max_duration_s : float
        Longest part of a sound, in seconds.
    max_bytes : int or None
        Largest clip; None for any.
    """

    max_duration_s: float = 3600.0
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Targets:
    """The files that are wanted; each appears when it is whole.

    Attributes
    ----------
    clip : Path
        The mp4.
    poster, storyboard, thumbnail : Path or None
        Further files (PNG, JPEG, JPEG). Storyboard and thumbnail are there long before the clip.
    """

    clip: Path
    poster: Path | None = None
    storyboard: Path | None = None
    thumbnail: Path | None = None

    def all(self) -> list[Path]:
        """Return those that are wanted."""
        return [path for path in (self.clip, self.poster, self.storyboard, self.thumbnail) if path is not None]


@dataclass(frozen=True, slots=True)
class RenderJob:
    """One clip to make.

    Attributes
    ----------
    sound : Sound
    recipe : Recipe
        Scenes that it has are fitted to the sound, else they are chosen from its theme and seed.
    targets : Targets
    limits : RenderLimits
    title : str or None
        The source's title, untrusted text; None takes the one in the file.
    """

    sound: Sound
    recipe: Recipe
    targets: Targets
    limits: RenderLimits = field(default_factory=RenderLimits)
    title: str | None = None

    @property
    def heading(self) -> str | None:
        """What the clip is called: the given title, else the file's own; None where nobody has named it."""
        return self.title or self.sound.info.title


@dataclass(frozen=True, slots=True)
class Models:
    """Where generators come from.

    Attributes
    ----------
    choose : callable
        From a recipe's model and size to a name and a size in pixels; `pipeline.generators.registry.choose_model` with
        its cache.
    open : callable
        Opens a model of a size, or gives one that is open already; it stays open.
    """

    choose: Callable[[str, int | None], tuple[str, int]]
    open: Callable[[str, int], ImageGenerator]


@dataclass(frozen=True, slots=True)
class RenderedClip:
    """A finished clip.

    Attributes
    ----------
    path : Path
        The mp4 file.
    recipe : Recipe
        What it was made by: the scenes, the model and its size chosen.
    duration_s : float
        The length of its sound in seconds.
    size_px : int
        Width and height of the encoded picture: smaller than the recipe's where few bytes were allowed.
    fps, frame_count, bytes : int
    poster, storyboard, thumbnail : Path or None
        As asked for.
    title : str or None
        The source's title: as given, or else as its file says; untrusted text.
    flashes : Flashes
        What was measured of its frames as they were drawn.
    """

    path: Path
    recipe: Recipe
    duration_s: float
    size_px: int
    fps: int
    frame_count: int
    bytes: int
    poster: Path | None = None
    storyboard: Path | None = None
    thumbnail: Path | None = None
    title: str | None = None
    flashes: Flashes = field(default_factory=Flashes)
