"""The command line: ``ganterpret``.

This file imports next to nothing, so that Ctrl-C is noticed while everything else is still being loaded.
"""

from __future__ import annotations

import sys

INTERRUPTED = 130
"""What a shell reports for a command that Ctrl-C ended."""


def main() -> None:
    """Run the command line; the console script's entry point."""
    try:
        if sys.argv[1:2] == ["serve"]:
            from bot.cli.hidden_tokens import begin_again_without_tokens

            begin_again_without_tokens()
        from bot.cli.commands import run

        run()
    except KeyboardInterrupt:
        code: object = INTERRUPTED
    except SystemExit as end:
        code = end.code
    else:
        return
    if code == INTERRUPTED:
        # A library that was being loaded may have executed a text, as scipy does: CPython remembers that an interrupt
        # left one, and `python -m` would then end by the signal. The next text that is executed makes it forget.
        exec("")  # noqa: S102
        # Wherever it came, in a command or while one was loaded; nothing that prints prettily may be there yet.
        sys.stderr.write("Interrupted; nothing half-made was left behind.\n")
    sys.exit(code)  # type: ignore[arg-type]
