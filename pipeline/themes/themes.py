"""What a typed theme stands for: "voyage", "primates", "red fox", "281", "moon > rocket > baboon".

A word may mean several things. The first of these that knows it, as typed or else in the singular, decides:

1. ``themes.toml``: sets picked by hand, and everyday words that the categories lack ("moon", "phone");
2. the name on display of a category ("orange"), or of all that share it but for a qualifier ("crane");
3. WordNet: the kind so called that covers the most categories ("primate", "musical instrument");
4. any synonym of a category ("orca"), or all categories that share it ("panda").

Then come the words of other languages ("Affen"; `pipeline.themes.foreign_words`), but for those who speak one: their
own words go first.

An index ("281") or a wnid ("n02469914") means what it says. Commas, ``>`` and ``→`` make an ordered list; an item that
stands for several categories is drawn anew for each scene that shows it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipeline.errors import ErrorCode, PipelineError
from pipeline.themes import foreign_words, word_forms
from pipeline.themes.categories import (
    Kind,
    by_display_name,
    by_synonym,
    categories,
    category_name,
    kinds,
    parse_index,
    shown_query,
)

if TYPE_CHECKING:
    from pipeline.themes.suggestions import Vocabulary

ThemeKind = Literal["curated", "wordnet", "category", "list"]

_FILE = Path(__file__).with_name("themes.toml")
_LONGEST_NAME = 80  # characters; nothing here has a longer one, and longer text is not worth taking apart
_SEPARATOR = re.compile(r"-?>|[,;→⇒\n]")
_ARROW = " > "
# Where nothing is near what was typed.
_EXAMPLES = ("voyage", "primates", "ocean", "kitchen")
# A kind this wide ("whole", "living thing") is a poor theme: it is listed last.
_TOO_WIDE = 130
# The rank of words that belong to a language which is not the person's.
_OTHERS_WORDS = 5


@dataclass(frozen=True, slots=True)
class Theme:
    """A set of categories to draw scenes from, or a list of them to follow.

    Attributes
    ----------
    name : str
        What it is called; resolves to the same theme again.
    kind : {"curated", "wordnet", "category", "list"}
        Picked by hand, a WordNet kind, a category (or namesakes), or a person's own list.
    categories : tuple of int
        Class indices without repeats, at least one.
    description : str
        One line; WordNet's definition, or what was said of it by hand. May be empty.
    ordered : bool
        Whether the scenes follow `steps` in order instead of being drawn.
    steps : tuple of tuple of int
        For a list, what each of its items may show; empty for every other kind.
    """

    name: str
    kind: ThemeKind
    categories: tuple[int, ...]
    description: str = ""
    ordered: bool = False
    steps: tuple[tuple[int, ...], ...] = ()


def resolve_theme(text: str, language: str | None = None) -> Theme:
    """Find out what a person asked for.

    Parameters
    ----------
    text : str
        As typed: any case, singular or plural, with spaces, hyphens, underscores or an article; or a list.
    language : str or None
        Tag of the person's language, whose words go first: "Boot" is a boat in German. The theme's name means the same
        without it.

    Raises
    ------
    PipelineError
        ``UNKNOWN_THEME`` with ``query`` (of a list, the item that is not known) and ``suggestions``.
    """
    items = [item for item in _SEPARATOR.split(text) if item.strip()]
    if len(items) > 1:
        return _list_of([_resolve_one(item, language) for item in items])
    return _resolve_one(items[0] if items else text, language)


def known_theme(text: str, language: str | None = None) -> Theme | None:
    """Return what `resolve_theme` does, or None: for those who ask often, and need not know what was meant instead."""
    items = [item for item in _SEPARATOR.split(text) if item.strip()]
    found = [_known_one(item, language) for item in items or [text]]
    themes = [theme for theme in found if theme is not None]
    if len(themes) < len(found):
        return None
    return themes[0] if len(themes) == 1 else _list_of(themes)


def search_themes(query: str | None = None, limit: int = 25, language: str | None = None) -> list[Theme]:
    """List themes for a person to choose from, those picked by hand first.

    Parameters
    ----------
    query : str or None
        The beginning of a name, or of a word in it; None or blank lists everything worth choosing. Of a list only the
        last item is completed ("moon > ro"), and whole lists are returned.
    limit : int
        How many at most.
    language : str or None
        Tag of the language whose words go first.
    """
    *settled, last = _SEPARATOR.split(query or "")
    try:
        before = [_resolve_one(item, language) for item in settled if item.strip()]
    except PipelineError:
        return []
    offered = _matches(last, limit, language) if last.strip() else list(islice(_worth_listing(), limit))
    return [_list_of([*before, theme]) for theme in offered] if before else offered


@cache
def curated_themes() -> tuple[Theme, ...]:
    """Return the sets picked by hand, in the order of the file; the first is the default theme."""
    return tuple(
        Theme(name, "curated", _members(record["members"]), record["description"])
        for name, record in _document()["themes"].items()
    )


@cache
def everyday_words() -> Mapping[str, Theme]:
    """Return {word: what it stands for}: the words of the file, each the nearest that a thousand categories come."""
    return {word: _everyday(word) for word in _document()["words"]}


@cache
def _everyday(word: str) -> Theme:
    target = _document()["words"][word]
    if not isinstance(target, str):
        return Theme(word, "curated", _members(target), ", ".join(target))
    stands_for = _lookup(word_forms.key(target))
    assert stands_for, target
    return replace(stands_for, name=word, kind="curated")


def _members(names: Sequence[str]) -> tuple[int, ...]:
    return tuple(_index_of()[name] for name in names)


@cache
def _index_of() -> Mapping[str, int]:
    return {category.name: category.index for category in categories()}


@cache
def _document() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


# --- what one word means ---------------------------------------------------------------------------------------------


def _resolve_one(text: str, language: str | None = None) -> Theme:
    if (theme := _known_one(text, language)) is not None:
        return theme
    from pipeline.themes.suggestions import closest  # rapidfuzz only where something was mistyped

    raise PipelineError(
        ErrorCode.UNKNOWN_THEME, query=shown_query(text), suggestions=closest(text, _mistypable(language), _EXAMPLES)
    )


def _known_one(text: str, language: str | None) -> Theme | None:
    if (index := parse_index(text)) is not None:
        return _category_theme(category_name(index), (index,))
    if len(text) > _LONGEST_NAME:
        return None
    return _of_own_words(text, language) or _english(text) or _of_any(text)


def _english(text: str) -> Theme | None:
    return next(filter(None, map(_lookup, word_forms.keys(text))), None)


def _of_own_words(text: str, language: str | None) -> Theme | None:
    """Look a word up in the language of who wrote it, before all others."""
    own = foreign_words.languages().get(language or "")
    word = None if own is None else own.find(text)
    return None if word is None else _foreign(word)


def _of_any(text: str) -> Theme | None:
    """Look a word up in all languages but English."""
    known = tuple(foreign_words.languages().values())
    for barely in (False, True):
        for other in known:
            if word := other.find(text, barely=barely):
                return _foreign(word)
    return None


@cache
def _foreign(word: foreign_words.ForeignWord) -> Theme:
    """Return what a word of another language means, called as that language does unless English knows the word."""
    meant = _english(word.means)
    assert meant, word
    called = meant.name if (taken := _english(word.word)) and taken.categories != meant.categories else word.word
    return replace(meant, name=called, kind="curated" if meant.kind == "wordnet" else meant.kind)


def _lookup(key: str) -> Theme | None:
    """Ask the tables in the order that the module's text gives."""
    if theme := _curated_by_key().get(key):
        return theme
    if word := _everyday_by_key().get(key):
        return _everyday(word)
    if found := by_display_name().get(key):
        return _category_theme(_shared_name(found), found)
    if kind := _kind_by_key().get(key):
        return _kind_theme(kind)
    if found := by_synonym().get(key):
        return _category_theme(_shared_name(found, key), found)
    return None


@cache
def _curated_by_key() -> Mapping[str, Theme]:
    """Return {key: set}; "ship" means the set called "ships", where no category is called so ("mushroom")."""
    table = {word_forms.key(theme.name): theme for theme in curated_themes()}
    for theme in curated_themes():
        for key in word_forms.keys(theme.name):
            if key not in by_display_name():
                table.setdefault(key, theme)
    return table


@cache
def _everyday_by_key() -> Mapping[str, str]:
    return {word_forms.key(word): word for word in _document()["words"]}


@cache
def _kind_by_key() -> Mapping[str, Kind]:
    """Return {key: kind}; of several senses of a word the widest has it, the others take a qualifier."""
    table: dict[str, Kind] = {}
    for kind in kinds():
        for name in kind.names:
            table.setdefault(word_forms.key(name), kind)
    for kind in kinds():
        for name in (kind.wnid, *_qualified_names(kind)):
            table.setdefault(word_forms.key(name), kind)
    return table


def _qualified_names(kind: Kind) -> Iterator[str]:
    """Yield "amphibian (vertebrate)": each name with each word for what it is a kind of."""
    above = _kind_by_wnid()
    for name in kind.names:
        for hypernym in kind.hypernyms:
            for qualifier in above[hypernym].names:
                yield f"{name} ({qualifier})"


@cache
def _kind_by_wnid() -> Mapping[str, Kind]:
    return {kind.wnid: kind for kind in kinds()}


@cache
def _kind_theme(kind: Kind) -> Theme:
    """Name a kind by its first name that nothing else has taken."""
    for name in chain(kind.names, _qualified_names(kind), (kind.wnid,)):
        key = word_forms.key(name)
        if _kind_by_key()[key] is kind and key not in _taken_from_kinds():
            return Theme(name, "wordnet", kind.categories, kind.gloss)
    raise AssertionError(kind.wnid)


@cache
def _taken_from_kinds() -> frozenset[str]:
    return frozenset(_curated_by_key().keys() | _everyday_by_key().keys() | by_display_name().keys())


def _category_theme(name: str, indices: tuple[int, ...]) -> Theme:
    if len(indices) == 1:
        return Theme(name, "category", indices, categories()[indices[0]].gloss)
    return Theme(name, "category", indices, ", ".join(map(category_name, indices)))


def _shared_name(indices: tuple[int, ...], key: str | None = None) -> str:
    """Return one category's name, or the word that several share."""
    first = categories()[indices[0]]
    if len(indices) == 1:
        return first.name
    return next((name for name in first.names if word_forms.key(name) == key), first.names[0])


def _list_of(items: Sequence[Theme]) -> Theme:
    steps = tuple(item.categories for item in items)
    return Theme(
        name=_ARROW.join(item.name for item in items),
        kind="list",
        categories=tuple(dict.fromkeys(chain.from_iterable(steps))),
        description=f"{len(items)} in this order",
        ordered=True,
        steps=steps,
    )


# --- listing and completing ------------------------------------------------------------------------------------------


def _worth_listing() -> Iterator[Theme]:
    yield from curated_themes()
    yield from (_kind_theme(kind) for kind in kinds() if 3 <= len(kind.categories) <= _TOO_WIDE)


@cache
def _searchable(language: str | None = None) -> tuple[tuple[str, int, Theme], ...]:
    """Return (spelling, rank, theme) of everything that can be completed; a kind that lost its word is left out."""
    curated = ((theme.name, 0, theme) for theme in curated_themes())
    everyday = ((word, 1, theme) for word, theme in everyday_words().items())
    of_kinds = (
        (name, 4 if len(kind.categories) > _TOO_WIDE else 2, theme)
        for kind in kinds()
        if (theme := _kind_theme(kind)).name in kind.names
        for name in kind.names
    )
    of_categories = (
        (name, 3, _category_theme(category.name, (category.index,)))
        for category in categories()
        for name in dict.fromkeys((category.name, *category.names))
    )
    foreign = (
        (word.word, 0 if tag == language else _OTHERS_WORDS, _foreign(word))
        for tag, known in foreign_words.languages().items()
        for word in known.words
    )
    everything = chain(curated, everyday, of_kinds, of_categories, foreign)
    return tuple((word_forms.normalize(spelling), rank, theme) for spelling, rank, theme in everything)


def _matches(query: str, limit: int, language: str | None) -> list[Theme]:
    """Complete one word: what it means as it stands, then beginnings, then middles; by hand first, wide first."""
    wanted = word_forms.normalize(query[:_LONGEST_NAME])
    found: list[tuple[tuple[int | str, ...], Theme]] = []
    for spelling, rank, theme in _searchable(_with_words(language)) if wanted else ():
        if (place := spelling.find(wanted)) >= 0:
            in_word = place > 0 and spelling[place - 1] != " "
            # Whoever types "car" sees "car mirror" before "auto", though that is also called "car".
            by_synonym_only = wanted not in word_forms.normalize(theme.name)
            found.append(((in_word, rank, by_synonym_only, place > 0, -len(theme.categories), theme.name), theme))
    themes = [theme for _, theme in sorted(found, key=itemgetter(0))]
    with suppress(PipelineError):
        themes.insert(0, _resolve_one(query, language))
    if not themes:
        from pipeline.themes.suggestions import closest

        themes = [_resolve_one(name, language) for name in closest(query, _mistypable(language))]
    first_of_name: dict[str, Theme] = {}
    for theme in themes:
        first_of_name.setdefault(theme.name, theme)
    return list(first_of_name.values())[:limit]


def _mistypable(language: str | None) -> Vocabulary:
    """Return everything that can be meant in English and in a person's language, by hand first."""
    return _vocabulary(_with_words(language))


@cache
def _vocabulary(language: str | None) -> Vocabulary:
    from pipeline.themes.suggestions import vocabulary

    return vocabulary((spelling, theme.name) for spelling, rank, theme in _searchable(language) if rank < _OTHERS_WORDS)


def _with_words(language: str | None) -> str | None:
    """Return a language that has words of its own, so that no tag that somebody makes up is remembered."""
    return language if language in foreign_words.languages() else None
