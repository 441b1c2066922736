"""Every command, one file each, loaded when it is called.

Every failure becomes one sentence and an exit status: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial, wraps
from importlib import import_module
from typing import Any, ParamSpec

import typer

from bot.cli import INTERRUPTED
from bot.cli.console import fail
from bot.cli.ending import end_when_terminated
from bot.cli.group import lazy_group
from pipeline.errors import CodedError

COMMANDS = (
    *("render", "analyze", "themes", "recipe", "flashes", "sketch"),
    *("demo", "chat", "serve", "worker"),
    *("doctor", "backup", "restore"),
)

Options = ParamSpec("Options")


def spoken(command: Callable[Options, None]) -> Callable[Options, None]:
    """Make a command say its failures in a sentence, never in a stack trace."""

    @wraps(command)
    def run(*args: Options.args, **kwargs: Options.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except CodedError as error:
            from bot.screens.messages import advise, explain
            from bot.settings import Settings

            language = Settings().language
            fail(explain(error, language), advise(error, language))
            raise typer.Exit(1) from error
        except KeyboardInterrupt as interrupt:
            raise typer.Exit(INTERRUPTED) from interrupt

    return run


def _load(name: str) -> Any:
    one = typer.Typer(add_completion=False)
    one.command(name)(spoken(import_module(f"bot.cli.{name}").command))
    return typer.main.get_command(one)


def _load_database() -> Any:
    from bot.cli.database import app

    return typer.main.get_command(app)


app = typer.Typer(
    name="ganterpret",
    help="Turns sound into music videos by the method of GANterpretations.",
    cls=lazy_group({**{name: partial(_load, name) for name in COMMANDS}, "db": _load_database}),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def _group() -> None:
    """Without a function of its own, Typer would take the group for one command."""


def run() -> None:
    """Run the command that the arguments name."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    end_when_terminated()
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of every look at the schema
    app()
