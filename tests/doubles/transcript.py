"""A conversation written down as screens, for `docs/chats.md`; the test that makes it also checks it.

    transcript = Transcript("Telegram: a clip and its remix")
    transcript.tell("Ada answers a voice note with `/ganterpret`.")
    transcript.show(band.screen())
    transcript.hold_against(Path("docs/chats.md"))

With GANTERPRET_WRITE_DOCS=1 in the environment the page is written instead of checked.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path

REWRITE = "GANTERPRET_WRITE_DOCS"

# What differs from run to run, and what stands in the page for it.
UNSTABLE: Mapping[str, str] = {
    r"http://127\.0\.0\.1:\d+": "https://example.org",
    r"\b\d+ s left\b": "… s left",
}


class Transcript:
    """One section of the page: sentences and screens, in order.

    Parameters
    ----------
    title : str
        The section's heading; also the mark by which it is found in the page.
    unstable : mapping of str to str
        More patterns to be replaced in screens.
    """

    def __init__(self, title: str, unstable: Mapping[str, str] | None = None) -> None:
        self.title = title
        self._unstable = {**UNSTABLE, **(unstable or {})}
        self._parts: list[str] = []

    def tell(self, sentence: str) -> None:
        self._parts.append(sentence)

    def show(self, screen: str) -> None:
        for pattern, stable in self._unstable.items():
            screen = re.sub(pattern, stable, screen)
        self._parts.append(f"```text\n{screen.rstrip()}\n```")

    def section(self) -> str:
        """Return the section as Markdown."""
        return "\n\n".join([f"## {self.title}", *self._parts]) + "\n"

    def hold_against(self, page: Path) -> None:
        """Fail unless the page holds this section to the letter; or put it there, if asked to."""
        text = page.read_text() if page.exists() else ""
        found = re.search(rf"^## {re.escape(self.title)}\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        if os.environ.get(REWRITE):
            new = self.section()
            page.write_text(
                text[: found.start()] + new + ("\n" if text[found.end() :] else "") + text[found.end() :]
                if found
                else f"{text.rstrip()}\n\n{new}".lstrip()
            )
            return
        written = found[0].rstrip() if found else "(the page has no such section)"
        lines = difflib.unified_diff(
            written.splitlines(), self.section().rstrip().splitlines(), "page", "now", lineterm=""
        )
        if difference := "\n".join(lines):
            raise AssertionError(f"{page} is out of date: run the test again with {REWRITE}=1\n{difference}")
