"""Telegram's formatted text: HTML to plain text with entities, refused where Telegram refuses it.

Offsets and lengths of entities count UTF-16 code units (Bot API, MessageEntity); error messages count bytes of UTF-8.
"""

from __future__ import annotations

import html
import re
from typing import Any

from tests.doubles.telegram.refusal import bad_request

Entity = dict[str, Any]

_KIND_OF_TAG = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("tg-spoiler", "span"), "spoiler"),
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_PIECE = re.compile(
    r"<(?P<end>/?)(?P<tag>[^\s<>/]*)(?P<attributes>[^<>]*)>|&(?P<reference>#?\w+);|(?P<stray><)", re.DOTALL
)
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}  # "All other HTML entities are left as they are"
_AUTOMATIC = re.compile(
    r"(?P<url>https?://[^\s<>]+)|(?<![\w/])(?P<bot_command>/\w{1,32}(?:@\w{3,32})?)|(?<!\w)(?P<mention>@\w{4,32})"
)


def utf16_length(text: str) -> int:
    """Count as Telegram does."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Return the text that a person sees and the entities in it.

    Raises
    ------
    Refusal
        "can't parse entities: …" for an unknown tag, a stray "<", a tag never closed or closed in the wrong order.
    """
    plain = ""
    open_tags: list[tuple[str, int, Entity]] = []
    entities: list[Entity] = []
    position = 0

    def broken(reason: str, at: int) -> Exception:
        return bad_request(f"can't parse entities: {reason} at byte offset {len(source[:at].encode())}")

    for piece in _PIECE.finditer(source):
        plain += source[position : piece.start()]
        position = piece.end()
        tag = (piece["tag"] or "").lower()
        if piece["stray"]:
            raise broken("Unclosed start tag", piece.start())
        if piece["reference"]:
            plain += _character(piece["reference"], piece[0])
        elif piece["end"]:
            if not open_tags:
                raise broken("Unexpected end tag", piece.start())
            opened, start, entity = open_tags.pop()
            if tag not in (opened, ""):
                expected = f'expected "</{opened}>", found "</{tag}>"'
                raise bad_request(
                    "can't parse entities: Unmatched end tag at byte offset "
                    f"{len(source[: piece.start()].encode())}, {expected}"
                )
            length = utf16_length(plain) - start
            if length:
                entities.append({**entity, "offset": start, "length": length})
        else:
            begun = _entity(tag, piece["attributes"])
            if begun is None:
                raise broken(f'Unsupported start tag "{tag}"', piece.start())
            open_tags.append((tag, utf16_length(plain), begun))
    plain += source[position:]
    if open_tags:
        raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{open_tags[-1][0]}\"")
    return plain, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def automatic_entities(text: str) -> list[Entity]:
    """Find the links, commands and mentions that Telegram marks by itself."""
    return [
        {"type": found.lastgroup, "offset": utf16_length(text[: found.start()]), "length": utf16_length(found[0])}
        for found in _AUTOMATIC.finditer(text)
    ]


def read_text(
    text: str, parse_mode: str | None, entities: list[Entity] | None, *, most: int, what: str
) -> tuple[str, list[Entity]]:
    """Return the plain text and its entities; refuse what is too long once parsed."""
    if parse_mode and parse_mode.lower() == "html":
        plain, found = parse_html(text)
    elif parse_mode:
        raise bad_request(f"unsupported parse_mode: this double reads HTML, not {parse_mode}")
    else:
        plain, found = text, list(entities or ())
    stripped = plain.strip()
    if stripped != plain:
        shift = utf16_length(plain[: len(plain) - len(plain.lstrip())])
        end = utf16_length(stripped)
        found = [_shifted(entity, -shift, end) for entity in found]
        found = [entity for entity in found if entity["length"] > 0]
    if utf16_length(stripped) > most:
        raise bad_request(f"{what} is too long")
    if not found:
        found = automatic_entities(stripped)
    return stripped, found


def _shifted(entity: Entity, by: int, end: int) -> Entity:
    start = max(0, entity["offset"] + by)
    stop = min(end, entity["offset"] + by + entity["length"])
    return {**entity, "offset": start, "length": stop - start}


def _character(reference: str, literal: str) -> str:
    if reference.startswith("#"):
        return html.unescape(literal)
    return _NAMED.get(reference, literal)


def _entity(tag: str, attributes: str) -> Entity | None:
    kind = _KIND_OF_TAG.get(tag)
    if kind is None or (tag == "span" and 'class="tg-spoiler"' not in attributes):
        return None
    if tag == "a":
        link = re.search(r"""href\s*=\s*["']?([^"'\s>]+)""", attributes)
        return {"type": "text_link", "url": html.unescape(link[1])} if link else None
    if tag == "blockquote" and "expandable" in attributes:
        kind = "expandable_blockquote"
    return {"type": kind}
