"""The little markup that screens use, and how foreign text is kept from being any.

A screen's text is HTML with ``<b>``, ``<i>`` and ``<code>`` and nothing else. Titles, themes and names come from
strangers: `escape` them first.
"""

from __future__ import annotations

import html
import re
import unicodedata

_TAG = re.compile(r"</?(b|i|code)>")
_DISCORD = {"b": "**", "i": "*", "code": "`"}
_DISCORD_SPECIAL = re.compile(r"([\\*_~`|>#\[\]()<:/-])")
_FROM_RIGHT = {"R", "AL"}
_ISOLATE, _POP = "\u2068", "\u2069"  # first strong isolate, pop directional isolate
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def escape(text: str, limit: int = 200) -> str:
    """Make foreign text harmless: one line, nothing invisible, at most `limit` characters, no markup.

    What is written from right to left is isolated, so that it does not turn the sentence around it.
    """
    visible = "".join(" " if unicodedata.category(mark) in _INVISIBLE else mark for mark in text)
    line = " ".join(visible.split())
    from_right = any(unicodedata.bidirectional(mark) in _FROM_RIGHT for mark in line)
    room = limit - 2 if from_right else limit
    shown = html.escape(line if len(line) <= room else line[: room - 1].rstrip() + "…", quote=False)
    return f"{_ISOLATE}{shown}{_POP}" if from_right else shown


def to_plain(text: str) -> str:
    """Return the text without its markup."""
    return html.unescape(_TAG.sub("", text))


def to_discord(text: str) -> str:
    """Translate to Discord's Markdown; what is not our own tag is shown as typed and links to nothing."""
    parts: list[str] = []
    position, in_code = 0, False
    for tag in _TAG.finditer(text):
        parts.append(_discord_words(text[position : tag.start()], in_code))
        parts.append(_DISCORD[tag[1]])
        in_code = tag[0] == "<code>" or (in_code and tag[0] != "</code>")
        position = tag.end()
    parts.append(_discord_words(text[position:], in_code))
    return "".join(parts)


def _discord_words(text: str, in_code: bool) -> str:
    words = html.unescape(text)
    # A zero-width space after the @ keeps it from being a mention; a backslash does not.
    words = words.replace("@", "@\u200b")
    # Inside `code` nothing is markup but the backtick itself, which a look-alike stands in for.
    return words.replace("`", "ˋ") if in_code else _DISCORD_SPECIAL.sub(r"\\\1", words)
