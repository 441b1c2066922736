"""A relay: who has picked what so far, and what the next one may pick."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.actions import Action
from bot.chat.port import Button, Screen
from bot.screens.messages import say
from bot.screens.pieces import name_of, reason, rows, theme_of
from pipeline.errors import CodedError
from pipeline.themes.categories import Category, category_name
from storage.requests.relays import Relay
from storage.states import RelayState


def relay_screen(relay: Relay, offered: Sequence[Category], language: str, lasts_s: float) -> Screen:
    """Show a relay that takes picks, with suggestions for the next one.

    Parameters
    ----------
    lasts_s : float
        How long it takes picks in all.
    """
    if relay.state is not RelayState.GATHERING:
        return over_screen(relay, language)
    text = say("relay.call", language, scenes=relay.scenes, theme=theme_of(relay.recipe.theme), lasts_s=lasts_s)
    turn = say("relay.turn", language, number=len(relay.picks) + 1, scenes=relay.scenes)
    choices = [
        Button(category.name[:24], str(Action("relay", relay.id, (str(category.index),)))) for category in offered
    ]
    word = Button(say("button.word", language), str(Action("relay_word", relay.id)))
    now = Button(say("button.relay_now", language), str(Action("relay_now", relay.id)), "good")
    stop = Button(say("button.relay_stop", language), str(Action("relay_stop", relay.id)), "danger")
    return Screen("\n".join((text, *_picks(relay, language), turn)), (*rows(choices, 3), (word, now, stop)))


def over_screen(relay: Relay, language: str, why: CodedError | None = None) -> Screen:
    """Show a relay that is over: on its way to a clip, or ended without one."""
    if why is not None:
        last = f"⚠️ {reason(why, language)}"
    elif relay.state is RelayState.ENDED:
        last = say("relay.ended", language)
    else:
        last = say("relay.renders", language)
    heading = say("relay.heading", language, scenes=relay.scenes)
    return Screen("\n".join((heading, *_picks(relay, language), last)))


def _picks(relay: Relay, language: str) -> list[str]:
    return [
        f"{place}. {category_name(pick.category)} · {name_of(pick.name, language)}"
        for place, pick in enumerate(relay.picks, 1)
    ]
