"""The command line: ``ganterpret``.

One file a command; this one puts them together and turns every failure into one sentence and an exit status:
0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import typer

from bot.cli import analyze, database, demo, doctor, recipe, render, serve, sketch, themes, worker
from bot.cli.console import fail
from bot.messages import explain
from bot.settings import Settings
from pipeline.errors import CodedError

INTERRUPTED = 130
"""What a shell reports for a command that Ctrl-C ended."""

Options = ParamSpec("Options")


def spoken(command: Callable[Options, None]) -> Callable[Options, None]:
    """Make a command say its failures in a sentence, never in a stack trace."""

    @wraps(command)
    def run(*args: Options.args, **kwargs: Options.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except CodedError as error:
            fail(explain(error, Settings().language))
            raise typer.Exit(1) from error
        except KeyboardInterrupt as interrupt:
            fail("Interrupted; nothing half-made was left behind.")
            raise typer.Exit(INTERRUPTED) from interrupt

    return run


app = typer.Typer(
    name="ganterpret",
    help="Turns sound into music videos by the method of GANterpretations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("render")(spoken(render.command))
app.command("analyze")(spoken(analyze.command))
app.command("themes")(spoken(themes.command))
app.command("recipe")(spoken(recipe.command))
app.command("sketch")(spoken(sketch.command))
app.command("demo")(spoken(demo.command))
app.command("serve")(spoken(serve.command))
app.command("worker")(spoken(worker.command))
app.command("doctor")(spoken(doctor.command))
app.add_typer(database.app, name="db")


def main() -> None:
    """Run the command line; the console script's entry point."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of every look at the schema
    app()
