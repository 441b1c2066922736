"""Which messages, modals, suggestions and commands Discord takes.

Each function reads a request's body and raises `Refusal` 50035 ("Invalid Form Body") with all that is wrong in it. The
numbers are those of Discord's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.doubles.discord.refusal import FormErrors, Path, Refusal

Json = dict[str, Any]

CONTENT = 2000
EMBED_TOTAL = 6000
V2_TEXT_TOTAL = 4000

ACTION_ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS = (3, 5, 6, 7, 8)
SECTION, TEXT_DISPLAY, THUMBNAIL, MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
LINK_STYLE, PREMIUM_STYLE = 5, 6

SUPPRESS_EMBEDS, EPHEMERAL, LOADING = 1 << 2, 1 << 6, 1 << 7
SILENT, VOICE_MESSAGE, COMPONENTS_V2 = 1 << 12, 1 << 13, 1 << 15

# Types of a command's options.
SUBCOMMAND, SUBCOMMAND_GROUP, STRING, INTEGER, BOOLEAN, USER = range(1, 7)
NUMBER, ATTACHMENT = 10, 11


def check_message(body: Mapping[str, Any], uploads: Mapping[int, str], *, flags: int = 0) -> None:
    """Check the body of a message that is to be made or edited; `uploads` are the names of the new files by number."""
    errors = FormErrors()
    errors.longest(("content",), body.get("content"), CONTENT)
    errors.longest(("nonce",), str(body["nonce"]) if body.get("nonce") is not None else None, 25)
    _check_embeds(errors, body.get("embeds") or [], set(uploads.values()))
    _check_mentions(errors, body.get("allowed_mentions") or {})
    for number, attachment in enumerate(body.get("attachments") or []):
        is_new = str(attachment["id"]).isdigit() and int(attachment["id"]) < 1000
        if is_new and int(attachment["id"]) not in uploads:
            errors.add(("attachments", number), "ATTACHMENT_NOT_FOUND", "The attachment cannot be found")
        errors.longest(("attachments", number, "description"), attachment.get("description"), 1024)
    errors.most(("attachments",), body.get("attachments"), 10)
    components = body.get("components") or []
    if (flags | (body.get("flags") or 0)) & COMPONENTS_V2:
        _check_v2(errors, body, components, set(uploads.values()))
    else:
        errors.most(("components",), components, 5)
        for number, row in enumerate(components):
            if row["type"] != ACTION_ROW:
                errors.add(("components", number), "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1,).')
    _check_components(errors, components)
    errors.raise_if_any()


def check_not_empty(body: Mapping[str, Any], uploads: Mapping[int, object]) -> None:
    """A new message says something."""
    said = (body.get("content") or "").strip()
    if not (said or uploads or any(body.get(name) for name in ("embeds", "components", "sticker_ids", "poll"))):
        raise Refusal(400, 50006, "Cannot send an empty message")


def _check_embeds(errors: FormErrors, embeds: list[Json], files: set[str]) -> None:
    errors.most(("embeds",), embeds, 10)
    total = 0
    for number, embed in enumerate(embeds):
        at: Path = ("embeds", number)
        author, footer, fields = embed.get("author") or {}, embed.get("footer") or {}, embed.get("fields") or []
        errors.longest((*at, "title"), embed.get("title"), 256)
        errors.longest((*at, "description"), embed.get("description"), 4096)
        errors.longest((*at, "footer", "text"), footer.get("text"), 2048)
        errors.longest((*at, "author", "name"), author.get("name"), 256)
        errors.most((*at, "fields"), fields, 25)
        for place, field in enumerate(fields):
            errors.longest((*at, "fields", place, "name"), field.get("name"), 256, 1)
            errors.longest((*at, "fields", place, "value"), field.get("value"), 1024, 1)
        texts = [embed.get("title"), embed.get("description"), footer.get("text"), author.get("name")]
        texts += [field.get(part) for field in fields for part in ("name", "value")]
        total += sum(len(text or "") for text in texts)
        _check_link(errors, (*at, "url"), embed.get("url"), files)
        for part in ("image", "thumbnail", "author"):
            _check_link(errors, (*at, part, "url"), (embed.get(part) or {}).get("url"), files)
    if total > EMBED_TOTAL:
        errors.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")


def _check_link(errors: FormErrors, at: Path, link: str | None, files: set[str]) -> None:
    if link is None or re.match(r"https?://[^\s]+$", link):
        return
    if link.startswith("attachment://"):
        if link.removeprefix("attachment://") not in files:
            errors.add(at, "ATTACHMENT_NOT_FOUND", "The referenced attachment cannot be found")
    else:
        errors.add(at, "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def _check_mentions(errors: FormErrors, allowed: Mapping[str, Any]) -> None:
    parsed = allowed.get("parse") or []
    for kind in ("users", "roles"):
        if kind in parsed and allowed.get(kind):
            reason = f"parse:[{kind!r}] and {kind}: [ids...] are mutually exclusive."
            errors.add(("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", reason)
        errors.most(("allowed_mentions", kind), allowed.get(kind), 100)


def walk(components: list[Json], at: Path = ("components",)) -> Iterator[tuple[Path, Json]]:
    """Go through components and all that is in them."""
    for number, component in enumerate(components):
        here = (*at, number)
        yield here, component
        yield from walk(component.get("components") or [], (*here, "components"))
        for name in ("accessory", "component"):
            if component.get(name):
                yield (*here, name), component[name]


def _check_components(errors: FormErrors, components: list[Json]) -> None:
    seen: set[str] = set()
    for at, component in walk(components):
        kind = component["type"]
        custom_id = component.get("custom_id")
        errors.longest((*at, "custom_id"), custom_id, 100, 1)
        if custom_id in seen:
            reason = "Component custom id cannot be duplicated"
            errors.add((*at, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", reason)
        seen |= {custom_id} if custom_id else set()
        if kind == ACTION_ROW:
            _check_row(errors, at, component)
        elif kind == BUTTON:
            _check_button(errors, at, component)
        elif kind in SELECTS:
            _check_select(errors, at, component)


def _check_row(errors: FormErrors, at: Path, row: Json) -> None:
    children = row.get("components") or []
    width = sum(5 if child["type"] in (*SELECTS, TEXT_INPUT) else 1 for child in children)
    if not children:
        errors.add((*at, "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    if width > 5:
        reason = "The specified component exceeds the maximum width"
        errors.add((*at, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", reason)


def _check_button(errors: FormErrors, at: Path, button: Json) -> None:
    errors.longest((*at, "label"), button.get("label"), 80)
    style = button.get("style")
    if style not in range(1, 7):
        errors.add((*at, "style"), "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5, 6).")
    if style == LINK_STYLE:
        errors.required((*at, "url"), button.get("url"))
        errors.longest((*at, "url"), button.get("url"), 512)
    elif style != PREMIUM_STYLE:
        errors.required((*at, "custom_id"), button.get("custom_id"))
    if not button.get("label") and not button.get("emoji") and style != PREMIUM_STYLE:
        errors.add(at, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button needs a label or an emoji")
    emoji = button.get("emoji") or {}
    if emoji and not emoji.get("id") and (emoji.get("name") or "").isascii():
        errors.add((*at, "emoji", "name"), "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")


def _check_select(errors: FormErrors, at: Path, select: Json) -> None:
    errors.required((*at, "custom_id"), select.get("custom_id"))
    errors.longest((*at, "placeholder"), select.get("placeholder"), 150)
    if select["type"] != STRING_SELECT:
        return
    options = select.get("options") or []
    if not 1 <= len(options) <= 25:
        errors.add((*at, "options"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
    values = [option.get("value") for option in options]
    for number, option in enumerate(options):
        errors.longest((*at, "options", number, "label"), option.get("label"), 100, 1)
        errors.longest((*at, "options", number, "value"), option.get("value"), 100, 1)
        errors.longest((*at, "options", number, "description"), option.get("description"), 100)
        if values.index(option.get("value")) < number:
            reason = "The specified option value is already used"
            errors.add((*at, "options", number, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", reason)
    if (select.get("max_values") or 1) > len(options):
        errors.add((*at, "max_values"), "NUMBER_TYPE_MAX", f"Value must be less than or equal to {len(options)}.")


def _check_v2(errors: FormErrors, body: Mapping[str, Any], components: list[Json], files: set[str]) -> None:
    """A message of components alone: no content and no embeds beside them, 40 components and 4000 characters in all."""
    for name in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(name):
            reason = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            errors.add((name,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", reason)
    found = [component for _, component in walk(components)]
    errors.most(("components",), found, 40)
    if sum(len(component.get("content") or "") for component in found) > V2_TEXT_TOTAL:
        reason = "The total length of text in components exceeds 4000"
        errors.add(("components",), "COMPONENT_TEXT_SIZE_EXCEEDED", reason)
    for at, component in walk(components):
        for holder in [component, *(component.get("items") or [])]:
            media = holder.get("media") or holder.get("file") or {}
            _check_link(errors, (*at, "media", "url"), media.get("url"), files)


def check_modal(body: Mapping[str, Any]) -> None:
    """Check the form that a modal shows."""
    errors = FormErrors()
    for name, most in (("title", 45), ("custom_id", 100)):
        errors.required(("data", name), body.get(name))
        errors.longest(("data", name), body.get(name), most, 1)
    components = body.get("components") or []
    if not 1 <= len(components) <= 5:
        errors.add(("data", "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for at, component in walk(components, ("data", "components")):
        if component["type"] in (TEXT_INPUT, LABEL):
            errors.longest((*at, "label"), component.get("label"), 45)
        if component["type"] == TEXT_INPUT:
            errors.required((*at, "custom_id"), component.get("custom_id"))
            errors.longest((*at, "custom_id"), component.get("custom_id"), 100, 1)
            errors.longest((*at, "placeholder"), component.get("placeholder"), 100)
            errors.longest((*at, "value"), component.get("value"), component.get("max_length") or 4000)
    errors.raise_if_any()


def check_choices(choices: list[Json]) -> None:
    """Check the suggestions for an option that is being typed."""
    errors = FormErrors()
    errors.most(("data", "choices"), choices, 25)
    for number, choice in enumerate(choices):
        errors.longest(("data", "choices", number, "name"), choice.get("name"), 100, 1)
        if isinstance(choice.get("value"), str):
            errors.longest(("data", "choices", number, "value"), choice["value"], 100)
    errors.raise_if_any()


_COMMAND_NAME = re.compile(r"^[-_'\w]{1,32}$")


def check_commands(commands: list[Json]) -> None:
    """Check the list of commands that an application registers."""
    errors = FormErrors()
    seen: set[tuple[int, str]] = set()
    most = {1: 100, 2: 15, 3: 15}  # of each kind: slash, on a user, on a message
    for number, command in enumerate(commands):
        kind, name = command.get("type") or 1, command.get("name") or ""
        at: Path = (number,)
        if (kind, name) in seen:
            reason = "Application command names must be unique"
            errors.add((*at, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", reason)
        seen.add((kind, name))
        if kind == 1:
            _check_name(errors, (*at, "name"), name)
            errors.required((*at, "description"), command.get("description"))
            errors.longest((*at, "description"), command.get("description"), 100, 1)
            _check_options(errors, at, command.get("options") or [])
        else:
            errors.longest((*at, "name"), name, 32, 1)
            if command.get("description"):
                reason = "Context menu commands cannot have description"
                errors.add((*at, "description"), "APPLICATION_COMMAND_INVALID_DESCRIPTION", reason)
        if sum(1 for other, _ in seen if other == kind) > most.get(kind, 100):
            raise Refusal(400, 30032, f"Maximum number of application commands reached ({most[kind]}).")
    errors.raise_if_any()


def _check_name(errors: FormErrors, at: Path, name: str) -> None:
    if not _COMMAND_NAME.match(name) or name != name.lower():
        errors.add(at, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_options(errors: FormErrors, at: Path, options: list[Json]) -> None:
    errors.most((*at, "options"), options, 25)
    optional_before = False
    names = [option.get("name") for option in options]
    for number, option in enumerate(options):
        here: Path = (*at, "options", number)
        _check_name(errors, (*here, "name"), option.get("name") or "")
        errors.required((*here, "description"), option.get("description"))
        errors.longest((*here, "description"), option.get("description"), 100, 1)
        if names.index(option.get("name")) < number:
            errors.add((*here, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option name duplicated")
        if option.get("required") and optional_before:
            reason = "Required options must be placed before non-required options"
            errors.add(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", reason)
        optional_before |= not option.get("required")
        choices = option.get("choices") or []
        errors.most((*here, "choices"), choices, 25)
        for place, choice in enumerate(choices):
            errors.longest((*here, "choices", place, "name"), choice.get("name"), 100, 1)
        if choices and option.get("autocomplete"):
            reason = "Options with choices cannot have autocomplete"
            errors.add(here, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", reason)
        if option["type"] in (SUBCOMMAND, SUBCOMMAND_GROUP):
            optional_before = False
            _check_options(errors, here, option.get("options") or [])
