"""Keeping tokens out of a process's environment.

What a program is started with can be read for as long as it runs, in ``/proc/PID/environ`` and by ``ps``, by everybody
with the same rights: by each decoder that has fallen to a hostile file, for one. A bot that finds tokens there writes
them into a pipe and begins again, in the same process, without them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping

TOKENS = ("GANTERPRET_DISCORD_TOKEN", "GANTERPRET_TELEGRAM_TOKEN")
_PIPE = "GANTERPRET_TOKENS_PIPE"
_MOST_BYTES = 60_000
"""A pipe holds so much without a reader on the other side."""


def begin_again_without_tokens() -> None:
    """Return once the environment of this process holds no token; until then it is replaced by its like.

    The tokens are in `os.environ` afterwards, which is memory of this process and nobody else's.
    """
    if _PIPE in os.environ:
        os.environ.update(_received())
        return
    tokens = {name: os.environ[name] for name in TOKENS if name in os.environ}
    if tokens:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], _without(tokens, os.environ))  # noqa: S606


def forget_tokens() -> None:
    """Take the tokens out, once the settings have read them: no child of this process is to inherit them."""
    for name in TOKENS:
        os.environ.pop(name, None)


def _without(tokens: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment that names a pipe with the tokens in place of them."""
    said = json.dumps(dict(tokens)).encode()
    if len(said) > _MOST_BYTES:
        raise SystemExit("a token is longer than any token is")
    reader, writer = os.pipe()
    os.write(writer, said)
    os.close(writer)
    os.set_inheritable(reader, True)
    return {name: value for name, value in environment.items() if name not in tokens} | {_PIPE: str(reader)}


def _received() -> dict[str, str]:
    with os.fdopen(int(os.environ.pop(_PIPE)), "rb") as pipe:
        told = json.loads(pipe.read())
    return {name: str(told[name]) for name in TOKENS if name in told}
