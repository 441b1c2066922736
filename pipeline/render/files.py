"""The files of one clip: made out of sight, shown when they are whole, gone again if what follows fails."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.atomic_files import publish, workspace
from pipeline.render.values import Targets


class UnfinishedFiles:
    """A place for each wanted file while it is made; a context manager.

    Every place that will be written to is tried before any work is done. Left by an exception, a ``KeyboardInterrupt``
    included, no file of this clip remains.

    Attributes
    ----------
    targets : Targets
        Where the files are wanted.

    Raises
    ------
    PipelineError
        ``OUTPUT_NOT_WRITABLE`` or ``DISK_FULL``.
    """

    def __init__(self, targets: Targets) -> None:
        self.targets = targets
        self._stack = ExitStack()
        self._places: dict[Path, Path] = {}
        self._shown: list[Path] = []

    def place(self, target: Path) -> Path:
        """Return where a wanted file is made."""
        return self._places[target]

    def show(self, target: Path) -> None:
        """Move a finished file to where it is wanted."""
        publish(self._places[target], target)
        self._shown.append(target)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for target in self.targets.all():
                self._places[target] = stack.enter_context(workspace(target)) / target.name
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._stack:
            if kind is not None:
                for target in self._shown:
                    target.unlink(missing_ok=True)
