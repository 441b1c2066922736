"""What people do in Discord's client with the bot: commands, buttons, menus, forms; and what comes of it.

The client is as strict as the real one: it offers only commands that are registered, here, and only with options that
they have; a test that asks for anything else fails with an `AssertionError` that says what there is.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.doubles.discord import payloads
from tests.doubles.discord.rules import (
    ATTACHMENT,
    BOOLEAN,
    BUTTON,
    INTEGER,
    LABEL,
    LINK_STYLE,
    NUMBER,
    SELECTS,
    STRING,
    SUBCOMMAND,
    SUBCOMMAND_GROUP,
    TEXT_INPUT,
    USER,
    VOICE_MESSAGE,
    walk,
)
from tests.doubles.discord.world import Channel, Message, User

Json = dict[str, Any]
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5


@dataclass(frozen=True)
class File:
    """A file that someone sends."""

    name: str
    content: bytes
    content_type: str | None = None


@dataclass(eq=False)
class Interaction:
    """One thing that somebody asked of the bot, and its answers."""

    channel: Channel
    user: User
    id: int
    token: str
    kind: int
    data: Json
    at: datetime
    message: Message | None = None  # under which the button was
    before: Interaction | None = None  # that showed the form
    acknowledged: bool = False
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None

    def owners(self) -> dict[str, str]:
        """Through whom the app is here: "0" the guild, "1" the user."""
        if not self.channel.has_bot:
            return {"1": str(self.user.id)}
        return {"0": str(self.channel.guild.id) if self.channel.guild else "0"}

    def context(self) -> int:
        """Where it was asked: 0 in a guild, 1 in direct messages with the bot, 2 in direct messages of others."""
        return 0 if self.channel.guild else 1 if self.channel.has_bot else 2

    async def acknowledged_soon(self, timeout_s: float = 30) -> Interaction:
        """Wait until the bot has reacted in any way."""
        await self._wait(lambda: self.acknowledged, "acknowledgement", timeout_s)
        return self

    async def reply(self, timeout_s: float = 30) -> Message:
        """Return the bot's answer, once it is more than "thinking"."""
        await self._wait(lambda: self.original is not None and not self.original.is_loading, "reply", timeout_s)
        assert self.original is not None
        return self.original

    async def form(self, timeout_s: float = 30) -> Json:
        """Return the modal that the bot shows."""
        await self._wait(lambda: self.modal is not None, "modal", timeout_s)
        assert self.modal is not None
        return self.modal

    async def _wait(self, look: Callable[[], bool], what: str, timeout_s: float) -> None:
        try:
            await self.channel.world.changes.wait_until(lambda: look() or None, timeout_s)
        except TimeoutError:
            screen = self.channel.screen(self.user)
            raise AssertionError(f"no {what} within {timeout_s} s; {self.user.name} sees\n{screen}") from None


@dataclass(eq=False)
class Participant:
    """A person at a channel: what they can do there, and what they see."""

    user: User
    channel: Channel

    def at(self, channel: Channel) -> Participant:
        return Participant(self.user, channel)

    # --- writing ------------------------------------------------------------------------------------------------------

    def says(self, text: str, *files: File, reply_to: Message | None = None, ping: bool = True) -> Message:
        """Write a message. A reply notifies the author of what it replies to, unless `ping` is switched off."""
        world = self.channel.world
        pings, everyone = world.notified(self.channel, text, None)
        if reply_to and ping and not reply_to.interaction and reply_to.author not in pings:
            pings.append(reply_to.author)
        return self.channel.post(
            self.user,
            text,
            attachments=[world.attach(file.name, file.content, file.content_type) for file in files],
            reply_to=reply_to,
            kind=19 if reply_to else 0,
            pings=pings,
            pings_everyone=everyone,
        )

    def sends_voice(self, content: bytes, *, duration_s: float = 1.0, reply_to: Message | None = None) -> Message:
        """Send a voice message: one Ogg file, and a flag."""
        voice = self.channel.world.attach(
            "voice-message.ogg", content, "audio/ogg", duration_s=duration_s, waveform="AAAA"
        )
        kind = 19 if reply_to else 0
        return self.channel.post(self.user, attachments=[voice], flags=VOICE_MESSAGE, reply_to=reply_to, kind=kind)

    def deletes(self, message: Message) -> None:
        self.channel.delete(message)

    # --- asking the bot -----------------------------------------------------------------------------------------------

    def slash(self, command: str, /, **options: Any) -> Interaction:
        """Use a slash command; a subcommand is named with a space: `slash("settings size", size=256)`."""
        registered = self._offered(1, command.split()[0])
        data = _command_data(registered)
        leaf, holder = _subcommand(registered, data, command.split()[1:])
        holder["options"] = [self._filled(data, leaf, name, value) for name, value in options.items()]
        missing = [option["name"] for option in leaf if option.get("required") and option["name"] not in options]
        if missing:
            raise AssertionError(f"the client does not send /{command} without {missing}")
        return self._interact(COMMAND, data)

    async def autocomplete(self, command: str, option: str, typed: str, /, **options: Any) -> list[Json]:
        """Return what the bot suggests for an option while it is being typed."""
        registered = self._offered(1, command.split()[0])
        data = _command_data(registered)
        leaf, holder = _subcommand(registered, data, command.split()[1:])
        described = _option(leaf, option)
        if not described.get("autocomplete"):
            raise AssertionError(f"the option {option} of /{command} has no autocomplete")
        focused = {"name": option, "type": described["type"], "value": typed, "focused": True}
        holder["options"] = [self._filled(data, leaf, name, value) for name, value in options.items()] + [focused]
        interaction = self._interact(AUTOCOMPLETE, data)
        await interaction.acknowledged_soon()
        return interaction.choices or []

    def message_menu(self, command: str, message: Message) -> Interaction:
        """Use a command of a message's menu: Apps → `command`."""
        data = _command_data(self._offered(3, command))
        data["target_id"] = str(message.id)
        data["resolved"] = {"messages": {str(message.id): payloads.message(message)}}
        return self._interact(COMMAND, data)

    def presses(self, message: Message, label: str) -> Interaction:
        """Press the button whose label or emoji holds `label`."""
        button = self._component(message, label)
        if button["type"] != BUTTON or button["style"] == LINK_STYLE:
            raise AssertionError(f"{label!r} is not a button that asks the bot")
        return self._click(message, button)

    def chooses(self, message: Message, label: str, *choices: str) -> Interaction:
        """Choose entries (by label or value) of the menu whose placeholder holds `label`."""
        select = self._component(message, label)
        if select["type"] not in SELECTS:
            raise AssertionError(f"{label!r} is not a menu")
        return self._click(message, select, values=_values(select, choices))

    def press_custom_id(self, message: Message, custom_id: str) -> Interaction:
        """Press a button of which only the id is known, as a cheat would."""
        data = {"component_type": BUTTON, "custom_id": custom_id, "id": 1}
        return self._interact(COMPONENT, data, message=message)

    def submits(self, asked: Interaction, **answers: str) -> Interaction:
        """Fill in the form that an interaction showed; each answer by its input's custom_id or label (_ for spaces)."""
        if asked.modal is None:
            raise AssertionError("the bot has shown no form")
        left = dict(answers)
        components = [_filled_in(component, left) for component in payloads.components(asked.modal["components"])]
        if left:
            raise AssertionError(f"the form has no {sorted(left)}")
        data = {"custom_id": asked.modal["custom_id"], "components": components}
        return self._interact(MODAL, data, message=asked.message, before=asked)

    # --- seeing -------------------------------------------------------------------------------------------------------

    @property
    def sees(self) -> list[Message]:
        """What this person sees here, with what only they can see."""
        return self.channel.messages_for(self.user)

    async def wait_for(self, wanted: Callable[[Message], object], timeout_s: float = 30) -> Message:
        return await self.channel.wait_for(wanted, timeout_s, seen_by=self.user)

    def screen(self) -> str:
        return self.channel.screen(self.user)

    # --- the client ---------------------------------------------------------------------------------------------------

    def _offered(self, kind: int, name: str) -> Json:
        """Find a command that the client shows to this person in this place."""
        world, guild = self.channel.world, self.channel.guild
        command = world.commands.get((kind, name))
        if command is None:
            raise AssertionError(f"no command {name!r} is registered; there are {sorted(world.commands)}")
        context = 0 if guild else 1 if self.channel.has_bot else 2
        if command["contexts"] is not None and context not in command["contexts"]:
            places = ("guilds", "direct messages with the bot", "direct messages of others")
            raise AssertionError(f"the command {name!r} is not offered in {places[context]}")
        if not self.channel.has_bot and 1 not in command["integration_types"]:
            raise AssertionError(f"the command {name!r} is not offered where the bot is not: it is not for users")
        needed = int(command["default_member_permissions"] or 0)
        if guild and needed & ~guild.permissions_of(self.user):
            raise AssertionError(f"the command {name!r} is not offered to {self.user.name}")
        return command

    def _filled(self, data: Json, options: list[Json], name: str, value: Any) -> Json:
        option = _option(options, name)
        kind = option["type"]
        if kind == ATTACHMENT:
            file = self.channel.world.attach(value.name, value.content, value.content_type)
            shown = payloads.attachment(file, self.channel) | {"ephemeral": True}
            data.setdefault("resolved", {}).setdefault("attachments", {})[str(file.id)] = shown
            value = str(file.id)
        elif kind == USER:
            resolved = data.setdefault("resolved", {})
            resolved.setdefault("users", {})[str(value.id)] = payloads.user(value)
            if self.channel.guild:
                someone = payloads.member(self.channel.guild, value) | {"permissions": "0"}
                resolved.setdefault("members", {})[str(value.id)] = someone
            value = str(value.id)
        else:
            _check_value(option, value)
        return {"name": name, "type": kind, "value": value}

    def _component(self, message: Message, label: str) -> Json:
        if message not in self.sees:
            raise AssertionError(f"{self.user.name} does not see this message")
        component = message.component(label)
        if component.get("disabled"):
            raise AssertionError(f"{label!r} is disabled")
        return component

    def _click(self, message: Message, component: Json, **more: Any) -> Interaction:
        data = {"component_type": component["type"], "custom_id": component["custom_id"], "id": component["id"], **more}
        return self._interact(COMPONENT, data, message=message)

    def _interact(self, kind: int, data: Json, **fields: Any) -> Interaction:
        world = self.channel.world
        with world.changes.lock:
            made = Interaction(
                self.channel,
                self.user,
                world.snowflake(),
                secrets.token_urlsafe(24),
                kind,
                data,
                world.clock.now(),
                **fields,
            )
            world.interactions[made.id] = made
            world.tell_bot("INTERACTION_CREATE", payloads.interaction(made))
            return made


def _command_data(command: Json) -> Json:
    return {"id": command["id"], "name": command["name"], "type": command["type"]}


def _subcommand(command: Json, data: Json, path: list[str]) -> tuple[list[Json], Json]:
    """Go down to a subcommand: return its options, and the part of `data` that the filled-in ones belong to."""
    options, holder = command["options"], data
    for name in path:
        option = _option(options, name)
        holder["options"] = [{"name": name, "type": option["type"]}]
        options, holder = option.get("options") or [], holder["options"][0]
    if any(option["type"] in (SUBCOMMAND, SUBCOMMAND_GROUP) for option in options):
        raise AssertionError(f"/{command['name']} needs a subcommand: {[option['name'] for option in options]}")
    return options, holder


def _option(options: list[Json], name: str) -> Json:
    found = next((option for option in options if option["name"] == name), None)
    if found is None:
        raise AssertionError(f"no option {name!r}; there are {[option['name'] for option in options]}")
    return found


def _check_value(option: Json, value: Any) -> None:
    """The client refuses what the command's description excludes."""
    types: dict[int, type | tuple[type, ...]] = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: (int, float)}
    kind, name = option["type"], option["name"]
    if not isinstance(value, types.get(kind, str)) or (isinstance(value, bool) and kind != BOOLEAN):
        raise AssertionError(f"the client does not take {value!r} for {name}")
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise AssertionError(f"the client offers {choices} for {name}, not {value!r}")
    size = len(value) if isinstance(value, str) else value
    least = option.get("min_length" if isinstance(value, str) else "min_value")
    most = option.get("max_length" if isinstance(value, str) else "max_value")
    if (least is not None and size < least) or (most is not None and size > most):
        raise AssertionError(f"the client takes {least} to {most} for {name}, not {value!r}")


def _values(select: Json, choices: tuple[str, ...]) -> list[str]:
    if select["type"] != 3:
        return list(choices)
    by_label = {option["label"]: option["value"] for option in select["options"]}
    values = [by_label.get(choice, choice) for choice in choices]
    if unknown := set(values) - set(by_label.values()):
        raise AssertionError(f"the menu has no {sorted(unknown)}; there are {list(by_label)}")
    if not select["min_values"] <= len(values) <= select["max_values"]:
        raise AssertionError(f"the menu takes {select['min_values']} to {select['max_values']} entries")
    return values


def _inputs(component: Json) -> Iterator[tuple[str, Json]]:
    """Name the inputs in a row or under a label."""
    for _, inner in walk([component]):
        if inner["type"] in (TEXT_INPUT, *SELECTS):
            yield inner.get("label") or component.get("label") or "", inner


def _filled_in(component: Json, answers: dict[str, str]) -> Json:
    """Return a row (or labelled input) of a form as the client sends it."""
    filled: dict[str, Json] = {}
    for label, described in _inputs(component):
        names = (described["custom_id"], label, label.replace(" ", "_"))
        given = next((answers.pop(name) for name in names if name in answers), described.get("value", ""))
        if described.get("required", True) and not given:
            raise AssertionError(f"the form is not sent without {label or described['custom_id']!r}")
        if described["type"] == TEXT_INPUT:
            if len(given) > (described.get("max_length") or 4000):
                raise AssertionError(f"{label!r} takes at most {described['max_length']} characters")
            value: Json = {"value": given}
        else:
            value = {"values": _values({"min_values": 1, "max_values": 1, **described}, (given,))}
        filled[described["custom_id"]] = {
            "type": described["type"],
            "custom_id": described["custom_id"],
            "id": described["id"],
            **value,
        }
    sent: Json = {"type": component["type"], "id": component["id"]}
    if component["type"] == LABEL:
        return sent | {"component": next(iter(filled.values()))}
    return sent | {"components": list(filled.values())}
