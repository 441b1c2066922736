"""The links of a text, as people paste them: one reader for every way in which a text comes here.

A link may stand in brackets, quotes, markdown or a spoiler, behind a mark that sets the direction of writing, before a
comma or an emoji, in a share text, or glued to the word before it. What is found is what the person copied; whether it
may be fetched is asked of `pipeline.fetch.link`. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.fetch.link import is_known_host

_MOST_LINKS = 20
"""Whoever sends more at once is not asking for a clip; what comes behind counts as words."""

# --- where a link begins and ends -------------------------------------------------------------------------------------

# With http in front a link may be glued to anything; other schemes, and hosts without one, need a boundary.
_START = re.compile(
    r"https?://(?:https?://)*"
    r"|(?<![\w.+-])[a-z](?:(?!https?://)[a-z0-9+.-]){1,20}://"
    r"|(?<![\w.@/\\%-])(?=(?P<host>(?:[a-z0-9_-]{1,63}\.)+[a-z]{2,24})(?::\d{1,5})?(?P<path>[/?#])?)",
    re.IGNORECASE | re.ASCII,
)
_DOUBLED_SCHEME = re.compile(r"(?:https?://)+(?=https?://)", re.IGNORECASE)
_GLUED = re.compile(r"(?<![=/?&:#%])(?=https?://)", re.IGNORECASE)
_HOST = re.compile(r"[^/?#\\]*")
_ENDS = frozenset('<>"`|{}^')
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_TRAILING = ".,;:!?…'*~\\"
# Without a scheme a stranger's host is told from "mr.scruff/quantic" by its top-level domain.
_TOP_LEVEL = re.compile(
    r"com|net|org|edu|gov|io|co|app|dev|fm|am|tv|me|ly|gl|be|gg|info|biz|xyz|site|online|music|audio|live|cloud|page"
    r"|link|stream|club|art|de|fr|uk|es|it|nl|at|ch|eu|jp|ru|us|ca|au|br|in|se|no|fi|pl|example|test"
)

# --- what stands around it --------------------------------------------------------------------------------------------

_MARKDOWN = re.compile(
    r"\[(?P<title>[^\[\]\n]*)\]\(\s*<?(?P<link>[^\s<>()]+(?:\([^\s<>()]*\)[^\s<>()]*)*)>?"
    r"(?:\s+(?:\"[^\"\n]*\"|'[^'\n]*'))?\s*\)"
)
_PAIRS = (
    *(("<", ">"), ("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"), ("„", "“"), ("„", "”"), ("«", "»"), ("»", "«")),
    *(("‹", "›"), ("‘", "’"), ("‚", "‘"), ("「", "」"), ("『", "』"), ("《", "》"), ("【", "】"), ("（", "）")),
)
_SPACED = ("||", "```")  # blanks within do no harm
_TIGHT = ("**", "__", "~~", "*", "_", "~", "`", '"', "'")
_EMPHASIS = ("||", "**", "__", "~~", "*", "_")
_NAMED = re.compile(r"(?:(?<=\s)|^)(?:link|url)[:=]\s*$", re.IGNORECASE)
_POINTER = re.compile(r"(?:\s*(?:[:|•·→➡⬇▶👉👇🔗]\ufe0f?|(?<!\S)[>–—-]))+\s*$")
_AFTER = re.compile(r"[.,;:!?…。，、！？\\]+")
_UNSAID = ".,;:…。，、\\"


@dataclass(frozen=True, slots=True)
class FoundLinks:
    """What a text holds.

    Attributes
    ----------
    links : tuple of str
        In the order in which they stand there, each once, those behind words last. Not judged in any way.
    rest : str
        The text without its links and what they were wrapped in.
    """

    links: tuple[str, ...]
    rest: str


def find_links(text: str, hidden: Sequence[str] = ()) -> FoundLinks:
    """Find the links of a text, and the words that are left.

    Parameters
    ----------
    text : str
        As somebody wrote or pasted it.
    hidden : sequence of str
        Links that lie behind words of the text, or under it as a preview.
    """
    plain = _MARKDOWN.sub(_unfolded, text)
    found: list[str] = []
    words = ""
    position = 0
    for start, end in _spans(plain):
        found.append(_cleaned(plain[start:end]))
        before, after = _unwrapped(words + plain[position:start], plain[end:])
        position = len(plain) - len(after)
        glued = _AFTER.match(after)
        if glued is not None:
            position += glued.end()
            kept = glued[0] if after[glued.end() :].strip() else glued[0].rstrip(_UNSAID)
            before = before.rstrip() + (kept if before.strip() else "")
        words = before + " " if before else ""
    found += [_cleaned(link.strip()) for link in hidden]
    if not plain[position:].strip() and position:  # a link stood at the end, and the comma before it led to it
        words = words.rstrip().rstrip(",;")
    rest = (words + plain[position:]).strip() if found else text.strip()
    return FoundLinks(tuple(dict.fromkeys(found)), rest)


def _unfolded(markdown: re.Match[str]) -> str:
    """Return ``title <link>`` for ``[title](link)``; a title that is a link itself says nothing, or something false."""
    if not _START.match(markdown["link"]):
        return markdown[0]
    title = markdown["title"]
    return f"{'' if _START.search(title) else title} <{markdown['link']}> "


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where links begin and end."""
    count, position = 0, 0
    while count < _MOST_LINKS and (match := _START.search(text, position)):
        start, end = match.start(), _end(text, match)
        if end > start:
            yield start, end
            count += 1
        position = max(end, match.end(), start + 1)
        if match["host"] is not None and end <= start:
            position = start + len(match["host"])


def _end(text: str, match: re.Match[str]) -> int:
    """Return where a link ends; where it begins, if it is none."""
    start, body = match.start(), match.end()
    host = match["host"]
    if host is not None and not _is_meant(text, host, has_path=match["path"] is not None):
        return start
    host_text = host or _HOST.match(text, body)[0]  # type: ignore[index]  # matches the empty text, too
    end = body + len(host_text) if host is not None else _end_of_host(text, body)
    known = is_known_host(text[body:end].lower() if host is None else host.lower())
    while end < len(text) and _belongs(text[end], only_ascii=known):
        end += 1
    if other := _GLUED.search(text, body + 1, end):
        end = other.start()
    end = _trimmed(text, start, end)
    return end if end > body and (host or _says_something(text[start:end])) else start


def _end_of_host(text: str, position: int) -> int:
    """Return where a host ends, which alone may stand in square brackets."""
    if text[position : position + 1] == "[" and (closing := text.find("]", position, position + 60)) > 0:
        return closing + 1
    end = position
    while end < len(text) and text[end] not in "/?#" and _belongs(text[end], only_ascii=False):
        end += 1
    return end


def _is_meant(text: str, host: str, *, has_path: bool) -> bool:
    """Tell whether a host without a scheme is meant as a link."""
    lower = host.lower()
    if not has_path:
        return text.strip(" \t\r\n<>") == host and (is_known_host(lower) or lower.startswith("www."))
    if is_known_host(lower) or lower.startswith("www."):
        return True
    return _TOP_LEVEL.fullmatch(lower.rpartition(".")[2]) is not None


def _says_something(link: str) -> bool:
    """Tell whether anything stands behind the scheme."""
    scheme, _, behind = link.partition("://")
    return bool(behind) and (scheme.lower() not in {"http", "https"} or behind[0].isalnum() or behind[0] in "[_-")


def _belongs(letter: str, *, only_ascii: bool) -> bool:
    """Tell whether a letter can stand in a link as people copy it: a decoded path may hold letters of any script."""
    if letter.isascii():
        return letter > " " and letter != "\x7f" and letter not in _ENDS and letter not in "[]"
    return not only_ascii and unicodedata.category(letter)[0] in "LMN"


def _trimmed(text: str, start: int, end: int) -> int:
    """Take the punctuation of the sentence, and the ends of what surrounds it, off a link."""
    before = text[:start]
    while end > start and _is_after(text, start, end):
        end -= 1
    for mark in ("__", "_"):  # an id may end with such a mark, so that it is taken off only where one is open
        if text.endswith(mark, start, end) and _is_open(before, mark):
            return end - len(mark)
    return end


def _is_after(text: str, start: int, end: int) -> bool:
    """Tell whether a link's last letter is the sentence's, or a bracket that was not opened in it."""
    last = text[end - 1]
    opening = _BRACKETS.get(last)
    return last in _TRAILING or (opening is not None and text.count(last, start, end) > text.count(opening, start, end))


def _is_open(before: str, mark: str) -> bool:
    """Tell whether an emphasis was begun and not ended."""
    edge = re.escape(mark[0])
    opened = len(re.findall(rf"(?<![\w{edge}]){re.escape(mark)}(?!{edge}|\s)", before))
    closed = len(re.findall(rf"(?<![\s{edge}]){re.escape(mark)}(?![\w{edge}])", before[:-1]))
    return opened > closed


def _unwrapped(before: str, after: str) -> tuple[str, str]:
    """Take away what a link is wrapped in, layer by layer."""
    while True:
        before, after = before.rstrip(_marks(before)), after.lstrip(_marks(after))
        if named := _NAMED.search(before):
            before = before[: named.start()]
            continue
        layer = _layer(before, after)
        if layer is None:
            break
        before, after = layer
    for mark in _EMPHASIS:
        if after.startswith(mark) and _is_open(before, mark):
            opening = before.rindex(mark)
            before, after = before[:opening] + before[opening + len(mark) :], after[len(mark) :]
    if pointer := _POINTER.search(before):
        before = before[: pointer.start()]
    return before.rstrip(), after


def _layer(before: str, after: str) -> tuple[str, str] | None:
    """Return the text before and after without the innermost pair around the link; None where there is none."""
    bare_before, bare_after = before.rstrip(), after.lstrip()
    for opening, closing in (*_PAIRS, *((mark, mark) for mark in _SPACED)):
        if bare_before.endswith(opening) and bare_after.startswith(closing):
            return bare_before[: -len(opening)], bare_after[len(closing) :]
    for mark in _TIGHT:
        if before.endswith(mark) and after.startswith(mark):
            return before[: -len(mark)], after[len(mark) :]
    return None


def _marks(text: str) -> str:
    """Return the invisible marks of a text: they say how to write, not what."""
    return "".join({letter for letter in text if unicodedata.category(letter) in {"Cf", "Cc"} and letter not in "\n\t"})


def _cleaned(link: str) -> str:
    """Undo what copying from a web page, or pasting behind a scheme, does to a link."""
    return _DOUBLED_SCHEME.sub("", link).replace("&amp;", "&")
