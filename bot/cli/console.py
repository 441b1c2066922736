"""How the command line speaks: results on standard output, everything else on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

STAGES = {
    "queued": "Waiting",
    "fetching": "Fetching the sound",
    "analyzing": "Listening",
    "loading": "Waking the model",
    "storyboard": "Choosing the scenes",
    "rendering": "Drawing",
    "encoding": "Finishing the clip",
    "done": "Done",
}


def fail(sentence: str, advice: str | None = None) -> None:
    """Say what went wrong, and what can be done about it."""
    err.print(sentence, style="bold red", markup=False)
    if advice:
        err.print(advice, markup=False)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar while something long is under way; yields what moves it: ``show(stage, done, total)``."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=None)
        shown: str | None = None

        def show(stage: str, done: int, total: int) -> None:
            nonlocal shown
            if stage != shown:
                shown = stage
                bar.reset(task, description=STAGES[stage], total=total or None)
            bar.update(task, completed=done, total=total or None)

        yield show
