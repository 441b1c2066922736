"""Who looks on while a clip is made, and may call a halt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.errors import ErrorCode, PipelineError
from pipeline.recipe import Recipe

Stage = Literal["analyzing", "loading", "storyboard", "rendering", "encoding", "done"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a clip is.

    Attributes
    ----------
    stage : str
        The step that is being taken.
    done, total : int
        Seconds while analyzing, scenes of the storyboard, frames while rendering; else 0 of 1 or 1 of 1.
    """

    stage: Stage
    done: int
    total: int


def _ignore(*_: object) -> None:
    """Show it to nobody."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Watch:
    """Passes progress on, and is where a cancel is noticed.

    Attributes
    ----------
    progress : callable
        Told of every `Progress`, often, so it should be quick.
    cancelled : callable
        Asked often; once it says True, ``CANCELLED`` is raised.
    on_storyboard : callable
        Told of the storyboard's file and of the recipe with its scenes, long before the clip is there.
    """

    progress: Callable[[Progress], None] = _ignore
    cancelled: Callable[[], bool] = _never
    on_storyboard: Callable[[Path, Recipe], None] = _ignore

    def report(self, stage: Stage, done: int, total: int) -> None:
        """Say how far it is.

        Raises
        ------
        PipelineError
            ``CANCELLED``
        """
        if self.cancelled():
            raise PipelineError(ErrorCode.CANCELLED)
        self.progress(Progress(stage, done, total))
