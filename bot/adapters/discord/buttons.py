"""What people press and fill in: buttons that outlive every restart, and the box for a word.

Everything about a press is in the button's id, which Discord keeps with the message: nothing has to be remembered
here, and no message is too old. Whoever may press it is decided at the dispatcher.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Sequence
from typing import Any, Protocol, Self

import discord

from bot.adapters.discord import showing
from bot.adapters.discord.reading import Interaction
from bot.chat.answers import AskText
from bot.chat.port import Button

TITLE = "GANterpreter"
MOST_WORDS = 200
_STYLES = {
    "plain": discord.ButtonStyle.secondary,
    "good": discord.ButtonStyle.success,
    "danger": discord.ButtonStyle.danger,
}


class HearsPresses(Protocol):
    """A client that is told of presses."""

    def pressed(self, interaction: Interaction, action: str) -> Awaitable[None]:
        """Answer a press of the button with this id."""
        ...


class ActionButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"[a-z][a-z_]*:[0-9a-z_.:-]+"):
    """A button whose id says what it does (`bot.chat.actions`).

    Ids of verbs that are no longer known fit too: the dispatcher says that the button is an old one.
    """

    @classmethod
    async def from_custom_id(  # type: ignore[override]  # the library's type is wider than a button
        cls, _interaction: Interaction, item: discord.ui.Button[Any], _match: re.Match[str], /
    ) -> Self:
        """Make the button of a press."""
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:
        """Hand the press on."""
        client: HearsPresses = interaction.client
        await client.pressed(interaction, self.custom_id)


def view_of(buttons: Sequence[showing.Row]) -> discord.ui.View | None:
    """Return the buttons under a message; None if there are none, which takes away those that are there."""
    if not buttons:
        return None
    view = discord.ui.View(timeout=None)
    for destination, row in enumerate(showing.rows(buttons)):
        for button in row:
            view.add_item(ActionButton(_button(button), row=destination))
    return view


def modal_of(ask: AskText, *, required: bool = True) -> discord.ui.Modal:
    """Return the box in which somebody writes a word; what it is about is in its id."""
    modal = discord.ui.Modal(title=TITLE, custom_id=ask.action)
    box: discord.ui.TextInput[Any] = discord.ui.TextInput(
        placeholder=ask.placeholder[:100], max_length=MOST_WORDS, required=required
    )
    modal.add_item(discord.ui.Label(text=ask.question[:45], component=box))
    modal.stop()  # so that the library keeps it not: what is sent is heard by its id, after a restart too
    return modal


def _button(button: Button) -> discord.ui.Button[Any]:
    label = button.label[: showing.LABEL_LIMIT]
    return discord.ui.Button(label=label, custom_id=button.action, style=_STYLES[button.style])
