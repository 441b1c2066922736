"""What a press of a button means, in at most 64 characters that stay true for ever.

``verb:clip-or-request[:argument …]``, for example ``reroll:k3f``: numbers in base 36. The same id travels in Telegram's
callback_data (64 bytes) and Discord's custom_id (100 characters), so a button works after any restart, on clips of any
age. An id says what to do with what; who may do it is decided when it is pressed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_LENGTH = 64
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ACTION = re.compile(r"([a-z][a-z_]{0,15}):([0-9a-z]{1,13})((?::[0-9a-z_.-]{1,24}){0,3})")

VERBS = frozenset(
    {
        "cancel",  # a request
        "smaller",  # a request whose clip did not fit
        "reroll",  # a clip, and all of the following
        "theme",
        "theme_is",  # the theme's name, hyphens for spaces
        "theme_word",
        "scene",  # the scene's number, or none to choose one
        "scene_page",  # the page of a long choice
        "scene_is",  # the scene's number, the category
        "scene_word",  # the scene's number
        "poster",
        "recipe",
        "delete",
        "delete_yes",
        "show",
        "relay",  # a relay: the argument is a category
        "relay_word",
        "relay_now",
        "relay_stop",
        "forget_yes",  # a person
        "offer",  # an open question: the argument is the place of what was offered
        "close",  # whatever the menu was about
    }
)
_LARGEST_ID = 2**63 - 1  # what a database can look up


@dataclass(frozen=True, slots=True)
class Action:
    """A button's meaning.

    Attributes
    ----------
    verb : str
        One of `VERBS`.
    subject : int
        The id of the clip, request or relay that it is about.
    arguments : tuple of str
        Up to three short words.
    """

    verb: str
    subject: int
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = ":".join((self.verb, _base36(self.subject), *self.arguments))
        if self.verb not in VERBS or len(text) > MAX_LENGTH or not _ACTION.fullmatch(text):
            raise ValueError(f"no button can carry {text!r}")
        return text


def parse_action(text: str) -> Action | None:
    """Read a button's id; None for what is none of ours, or of a verb that we no longer know."""
    match = _ACTION.fullmatch(text)
    if match is None or match[1] not in VERBS or (subject := int(match[2], 36)) > _LARGEST_ID:
        return None
    return Action(match[1], subject, tuple(match[3].split(":")[1:]))


def _base36(number: int) -> str:
    if number < 0:
        raise ValueError(f"{number} is no id")
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
