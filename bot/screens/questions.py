"""Questions that are answered by typing a word."""

from __future__ import annotations

from bot.chat.actions import Action
from bot.chat.answers import AskText
from bot.screens.messages import say


def ask(question: str, language: str, action: Action, **facts: object) -> AskText:
    """Ask for a word that completes a button's action."""
    return AskText(
        question=say(question, language, **facts),
        placeholder=say(f"{question}_placeholder", language),
        action=str(action),
    )
