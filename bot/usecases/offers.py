"""What was offered to somebody, as JSON: a command that a button may still become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.chat.events import Attachment, Command, Message
from bot.chat.grammar import RecipeOptions, SceneChange


def notes_of(command: Command) -> dict[str, Any]:
    """Write a command down, as far as making a clip needs it."""
    replied = command.reply_to
    return {
        "name": command.name,
        "words": command.words,
        "message": command.message,
        "attachments": [asdict(file) for file in command.attachments],
        "reply_to": None if replied is None else {**asdict(replied), "author": None},
        "wish": None if command.wish is None else asdict(command.wish),
    }


def command_in(notes: Mapping[str, Any]) -> Command:
    """Read what `notes_of` wrote."""
    replied = notes["reply_to"]
    return Command(
        notes["name"],
        notes["words"],
        attachments=_files(notes["attachments"]),
        reply_to=None if replied is None else Message(replied["id"], replied["text"], _files(replied["attachments"])),
        message=notes["message"],
        wish=None if notes["wish"] is None else _wish(notes["wish"]),
    )


def _files(written: list[dict[str, Any]]) -> tuple[Attachment, ...]:
    return tuple(Attachment(**file) for file in written)


def _wish(written: Mapping[str, Any]) -> RecipeOptions:
    scene = written["scene"]
    return RecipeOptions(
        links=tuple(written["links"]),
        changes=written["changes"],
        new_seed=written["new_seed"],
        scene=None if scene is None else SceneChange(**scene),
        pace=written["pace"],
        resize=written["resize"],
        title=written["title"],
    )
