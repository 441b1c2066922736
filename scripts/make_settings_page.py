"""Write docs/settings.md and .env.example: every setting, from its declaration in bot/settings.py.

::

    python -m scripts.make_settings_page [--check]
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from bot.configuration.catalogue import Setting, all_settings

ROOT = Path(__file__).resolve().parent.parent
_WIDTH = 118

PAGE_INTRODUCTION = """\
# Settings

<!-- Written by scripts/make_settings_page.py from bot/settings.py; change that file, not this one. -->

A setting is a variable of the environment, or a line `NAME=value` of a file `.env` in the folder where the bot is
started; the environment goes first. Nothing has to be set but the token of a chat. Lists are separated by blanks or
commas. `.env.example` is a file to begin with.
"""

EXAMPLE_INTRODUCTION = """\
# Every setting with its default. Copy this file to .env, take the # away from the lines that you change, and keep .env
# to yourself: it holds the tokens. Variables of the environment go before it. Seconds are …_S, bytes …_BYTES; lists are
# separated by spaces or commas. Written by scripts/make_settings_page.py from bot/settings.py.
"""


def page() -> str:
    """Return the whole text of docs/settings.md."""
    return PAGE_INTRODUCTION + "".join(_page_section(*section) for section in _sections())


def example_file() -> str:
    """Return the whole text of .env.example."""
    return EXAMPLE_INTRODUCTION + "".join(
        f"\n# --- {title} ---\n\n" + "".join(map(_example_lines, settings)) for title, settings in _sections()
    )


def documents() -> dict[Path, str]:
    """Return what is written where."""
    return {ROOT / "docs" / "settings.md": page(), ROOT / ".env.example": example_file()}


def _sections() -> Iterator[tuple[str, list[Setting]]]:
    for title, settings in groupby(all_settings(), key=lambda setting: setting.section):
        yield title, list(settings)


def _page_section(title: str, settings: list[Setting]) -> str:
    rows = "".join(_row(setting) for setting in settings)
    head = "| Name | Type | Default | Meaning | Example |\n| --- | --- | --- | --- | --- |\n"
    return f"\n## {title[0].upper()}{title[1:]}\n\n{head}{rows}"


def _row(setting: Setting) -> str:
    examples = " or ".join(f"`{example}`" for example in setting.examples)
    default = f"`{setting.default}`" if setting.default else "none"
    meaning = setting.meaning.replace("|", "\\|").replace("<", "&lt;")
    return f"| `{setting.variable}` | {setting.kind} | {default} | {meaning} | {examples} |\n"


def _example_lines(setting: Setting) -> str:
    """Return the comment and the line of a setting; without a default, the comment shows an example."""
    secret = " Secret." if setting.secret else ""
    comment = _wrapped(setting.meaning + secret)
    if not setting.default:
        example = f"Example: {' or '.join(setting.examples)}"
        together = _wrapped(f"{comment[-1]} {example}")
        comment[-1:] = together if len(together) == 1 else [comment[-1], *_wrapped(example)]
    return "".join(f"# {line}\n" for line in comment) + f"#{setting.variable}={setting.default}\n"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_on_hyphens=False, break_long_words=False)


def main(arguments: list[str] | None = None) -> int:
    """Write both files, or tell with --check whether they are what would be written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 where a file is another")
    check = parser.parse_args(arguments).check
    stale = [path for path, text in documents().items() if not _holds(path, text)]
    for path in stale:
        if not check:
            path.write_text(documents()[path], encoding="utf-8", newline="\n")
        print(f"{path.relative_to(ROOT)}: {'is not what the code says' if check else 'written'}")
    return int(check and bool(stale))


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
