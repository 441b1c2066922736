"""How many pasted messages are read right: the piece that is meant, and the words beside it."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.links.messages import Pasted, messages
from bot.chat.links import find_links
from pipeline.errors import PipelineError
from pipeline.fetch.link import parse_link


def is_read_right(pasted: Pasted) -> bool:
    """Tell whether both the pieces and the words are those that a person would read."""
    found = find_links(pasted.text, pasted.hidden)
    return pieces(found.links) == pasted.pieces and " ".join(found.rest.split()) == pasted.rest


def is_refused_wrongly(pasted: Pasted) -> bool:
    """Tell whether a message that holds a piece of ours is said to hold none."""
    has_piece = any("://" in piece for piece in pasted.pieces)
    return has_piece and not any("://" in piece for piece in pieces(find_links(pasted.text, pasted.hidden).links))


def pieces(links: Iterable[str]) -> tuple[str, ...]:
    """Return what links mean, each piece once; a code where it is none."""
    return tuple(dict.fromkeys(_piece(link) for link in links))


def _piece(link: str) -> str:
    try:
        return parse_link(link).url
    except PipelineError as error:
        return str(error.code)


def report() -> str:
    """Return the count, and the messages that are read otherwise."""
    all_of_them = messages()
    wrong = [pasted for pasted in all_of_them if not is_read_right(pasted)]
    refused = sum(map(is_refused_wrongly, all_of_them))
    share = 100 * (len(all_of_them) - len(wrong)) / len(all_of_them)
    lines = [
        f"pasted messages: {len(all_of_them) - len(wrong)} of {len(all_of_them)} read right ({share:.1f} %), "
        f"{refused} refused wrongly"
    ]
    return "\n".join([*lines, *(f"  {pasted.text!r}" for pasted in wrong)])
