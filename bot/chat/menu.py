"""Every command of the bot with its options, for chats that want to be told beforehand.

Telegram takes names and descriptions, Discord the typed options too. Descriptions are sentences of the catalogue:
``menu.<command>`` and ``option.<option>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipeline.generator import SIZES_PX
from pipeline.recipe import MOTIONS, PRESETS

Audience: TypeAlias = Literal["everyone", "admins", "owner"]
OptionKind: TypeAlias = Literal["text", "whole", "decimal", "file", "person"]


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a command, as typed slash commands have it.

    Attributes
    ----------
    kind : {"text", "whole", "decimal", "file", "person"}
        A ``file`` comes in as an attachment; everything else as text under the option's name, a ``person`` as their
        platform's id.
    choices : tuple of str
        The only values, where there are few.
    suggests : bool
        `Dispatcher.suggest` completes what is being typed.
    """

    name: str
    kind: OptionKind = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    suggests: bool = False


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A command: its name, its options, and for whom it is."""

    name: str
    options: tuple[Option, ...] = ()
    audience: Audience = "everyone"


_SOUND = (Option("link"), Option("file", "file"))
_RECIPE = (
    Option("theme", suggests=True),
    Option("scenes"),
    Option("seed"),
    Option("preset", choices=PRESETS),
    Option("motion", choices=MOTIONS),
    Option("size", choices=tuple(map(str, SIZES_PX))),
    Option("fps", "whole"),
    Option("start"),
    Option("duration"),
    Option("truncation", "decimal"),
    Option("model", suggests=True),
)
_CLIP = Option("clip", suggests=True)
_BAN = (Option("person", "person"), Option("where", choices=("here", "everywhere")))

MENU: tuple[MenuItem, ...] = (
    MenuItem("ganterpret", (*_SOUND, *_RECIPE)),
    MenuItem("remix", (_CLIP, Option("scene", "whole"), Option("category", suggests=True), *_SOUND, *_RECIPE)),
    MenuItem("relay", (Option("people", "whole"), *_SOUND, *_RECIPE)),
    MenuItem("help"),
    MenuItem("themes", (Option("query", suggests=True),)),
    MenuItem("show", (Option("clip", required=True, suggests=True),)),
    MenuItem("family", (_CLIP,)),
    MenuItem("mine"),
    MenuItem("queue"),
    MenuItem("cancel", (Option("request"),)),
    MenuItem("quota"),
    MenuItem("language", (Option("language", choices=("en", "de", "auto")),)),
    MenuItem("privacy"),
    MenuItem("forget"),
    MenuItem(
        "settings",
        (
            Option("theme", suggests=True),
            Option("size", choices=(*map(str, SIZES_PX), "off")),
            Option("longest"),
            Option("clips"),
            Option("seconds"),
            Option("who", choices=("everyone", "admins")),
            Option("language", choices=("en", "de", "auto")),
        ),
        audience="admins",
    ),
    MenuItem("ban", _BAN, audience="admins"),
    MenuItem("unban", _BAN, audience="admins"),
    MenuItem("stats", audience="owner"),
)

BY_NAME: Mapping[str, MenuItem] = {item.name: item for item in MENU}
ALIASES: Mapping[str, str] = {"start": "help", "reroll": "remix", "theme": "themes"}
"""Names that are understood but not offered; Telegram opens every conversation with /start."""
