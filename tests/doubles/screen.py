"""What a person sees of a chat, drawn as text: for `docs/chats.md` and for the message of a failing test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 72


@dataclass(frozen=True)
class Bubble:
    """One message as it looks on the screen."""

    author: str
    text: str
    quoted: str | None = None  # the message it replies to, in one line
    attachments: tuple[str, ...] = ()  # "video clip.mp4, 512 × 512, 0:12"
    rows: tuple[tuple[str, ...], ...] = ()  # the labels of its buttons
    note: str | None = None  # "only Ada sees this"
    text_first: bool = False  # Discord shows files below the text, Telegram above it


def draw_screen(title: str, bubbles: Iterable[Bubble]) -> str:
    """Draw the messages from top to bottom under the chat's name."""
    lines = [f"── {title} ".ljust(WIDTH, "─")]
    for bubble in bubbles:
        lines += ["", *_draw(bubble)]
    return "\n".join(lines) + "\n"


def one_line(text: str, most: int = 48) -> str:
    """Shorten a text to one line, as the quotation above a reply does."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def clock_time(duration_s: float) -> str:
    """Write a duration as a player does: 0:12."""
    minutes, seconds = divmod(round(duration_s), 60)
    return f"{minutes}:{seconds:02d}"


def _draw(bubble: Bubble) -> list[str]:
    lines = [bubble.author + (f"  · {bubble.note}" if bubble.note else "")]
    if bubble.quoted:
        lines.append(f"  ┃ {bubble.quoted}")
    files = [f"  ▣ {attachment}" for attachment in bubble.attachments]
    text = [f"  {line}".rstrip() for line in bubble.text.splitlines()]
    lines += text + files if bubble.text_first else files + text
    lines += ["  " + " ".join(f"[ {label} ]" for label in row) for row in bubble.rows]
    return lines
