"""What may have been meant, as buttons; a button says in a few words what it will do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.chat.actions import Action
from bot.chat.grammar import RecipeOptions
from bot.chat.markup import escape
from bot.chat.port import Button, Screen
from bot.chat.reader.readings import Make, Order, Reading, Remix
from bot.screens.messages import say

_LABEL_LENGTH = 40
_QUERY_LENGTH = 60


def offers_screen(text: str, query: str, offers: Sequence[Reading], conversation_id: int, language: str) -> Screen:
    """Say that something was not understood, and offer what it may have been.

    Parameters
    ----------
    query : str
        The words that say nothing to us; untrusted, may be empty.
    offers : sequence of Reading
        One button each.
    """
    said = f"{say('unsure.query', language, query=escape(query, _QUERY_LENGTH))} {text}" if query else text
    buttons = tuple(
        (Button(label(offer, language), str(Action("offer", conversation_id, (str(place),)))),)
        for place, offer in enumerate(offers)
    )
    return Screen(said, buttons)


def label(offer: Reading, language: str) -> str:
    """Say in a few words what a reading would do; plain text."""
    match offer:
        case Order(name):
            return _short(say(f"menu.{name}", language))
        case Make(options):
            return _short(", ".join(["🎬 " + say("offer.make", language), *_wishes(options, language)]))
        case Remix(options):
            again = say("button.reroll", language)
            wishes = ", ".join(_wishes(options, language)) or again
            return _short(again if wishes == again else f"✨ {wishes}")
        case _:
            raise ValueError(offer)


def _wishes(options: RecipeOptions, language: str) -> Iterator[str]:
    changes = options.changes
    if "theme" in changes:
        yield str(changes["theme"])
    if options.scene is not None:
        yield say("offer.scene", language, number=options.scene.number, category=options.scene.category)
    if options.new_seed:
        yield say("button.reroll", language)
    if options.pace is not None:
        yield say(f"offer.{options.pace}", language)
    if options.resize is not None:
        yield say(f"offer.{options.resize}", language)
    if "start_s" in changes:
        yield say("offer.start", language, start_s=changes["start_s"])
    if "duration_s" in changes:
        yield say("offer.duration", language, duration_s=changes["duration_s"])
    if changes.get("scene_count"):
        yield say("offer.scenes", language, count=changes["scene_count"])
    if changes.get("size_px"):
        yield say("offer.size", language, size_px=changes["size_px"])


def _short(text: str) -> str:
    return text if len(text) <= _LABEL_LENGTH else text[: _LABEL_LENGTH - 1].rstrip() + "…"
