"""One reader of what people mean, for all chats.

Whoever asks in a natural way is understood; whoever chats with others is left alone; and where it cannot be told what
is meant, the reading says so and offers what it may have been. A wish counts where it accounts for all that was said,
or was said plainly; words beside a sound that are no wish are its title.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.chat.grammar import CommandCode, CommandError, RecipeOptions, option_named, options_from
from bot.chat.links import find_links
from bot.chat.reader.fillers import asks, denies, remaining
from bot.chat.reader.options import as_value, take_options
from bot.chat.reader.readings import LeaveAlone, Make, Order, Reading, Remix, Strength, Unsure
from bot.chat.reader.room import Room
from bot.chat.reader.small_talk import order, small_talk
from bot.chat.reader.themes import find_theme, guesses, theme_in, thing_named
from bot.chat.reader.wishes import Wish, take_wishes
from bot.chat.words.spelling import tidied

_LONGEST_WISH = 300
"""Characters of free words that are read for wishes; whoever writes more than this is telling something else."""
_LONGEST_WORDS = 1000
"""… and that are read at all."""
_LONGEST_COMMAND = 4096
"""As long as a message can be."""
_MOST_OFFERS = 3


def read(text: str, room: Room, language: str | None = None, hidden: Sequence[str] = ()) -> Reading:
    """Read what somebody says without a command.

    Parameters
    ----------
    text : str
        As written, without the bot's name.
    language : str or None
        Tag of the language that the person is answered in.
    hidden : sequence of str
        Links that lie behind words.
    """
    if not room.addressed:
        return LeaveAlone()
    found = find_links(text, hidden)
    has_sound = bool(found.links) or room.sounds > 0
    words = tidied(found.rest[:_LONGEST_WORDS])
    if not has_sound and (plain := _plain(words, room)):
        return plain
    told = _told(words, language)
    told = replace(told, options=replace(told.options, links=found.links))
    if room.answers == "clip":
        return _of_clip(told, words, language, has_sound=has_sound)
    if has_sound:
        return _of_sound(told, words)
    if room.answers == "sound":
        return _of_answered_sound(told, words, language)
    return _of_nothing(told, words, language)


def read_words(
    words: str, language: str | None = None, hidden: Sequence[str] = (), *, has_sound: bool = False
) -> RecipeOptions:
    """Read the words behind a command that makes a clip.

    Parameters
    ----------
    has_sound : bool
        A sound is sent along, so that words may be its title; a link among the words says the same.

    Raises
    ------
    CommandError
        With the option at fault.
    """
    found = find_links(words, hidden)
    told = _told(tidied(found.rest[:_LONGEST_COMMAND]), language, strict=True)
    options = replace(told.options, links=found.links)
    if not told.left:
        return options
    if "theme" in options.changes:
        if theme_in(told.left, language):
            raise CommandError(CommandCode.TWO_THEMES)
        return options
    if (found.links or has_sound) and not guesses(told.left, language):
        return replace(options, title=told.left)
    if options.scene is not None or options.pace or options.new_seed:
        return options
    return replace(options, changes={**options.changes, "theme": told.left})


def read_options(options: Mapping[str, str], language: str | None = None) -> RecipeOptions:
    """Read the options of a command that makes a clip, told apart by the chat already; ``link`` among them.

    Raises
    ------
    CommandError
        With the option at fault.
    """
    link = options.get("link")
    values = {option_named(name): value for name, value in options.items() if name != "link"}
    spelled = {name: as_value(name, tidied(value)) for name, value in values.items()}
    links = () if link is None else find_links(link).links or (link,)
    return replace(options_from(_named(spelled, language)), links=links)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a text says, put together.

    Attributes
    ----------
    strength : {"none", "weak", "strong"}
        How plainly it is said.
    left : str
        The words that say nothing to us.
    """

    options: RecipeOptions
    strength: Strength
    left: str

    @property
    def says_something(self) -> bool:
        """Whether anything is wished for."""
        options = self.options
        return bool(options.changes or options.scene or options.new_seed or options.pace or options.resize)

    @property
    def is_whole(self) -> bool:
        """Whether all that was said was understood, or what was understood was said plainly."""
        return not self.left or self.strength == "strong"


def _told(text: str, language: str | None, *, strict: bool = False) -> _Told:
    taken = take_options(text, strict=strict)
    explicit = options_from(_named(taken.values, language))
    wish = take_wishes(taken.rest, language) if len(taken.rest) <= _LONGEST_WISH else Wish(taken.rest)
    changes = wish.changes | dict(explicit.changes)
    strength: Strength
    if "theme" in explicit.changes:
        strength, left = "strong", remaining(wish.left)
    else:
        found = find_theme(wish.left, language) if len(taken.rest) <= _LONGEST_WISH else None
        strength, left = (found.strength, found.left) if found is not None else ("none", remaining(wish.left))
        if found is not None and found.name is not None:
            changes["theme"] = found.name
    options = RecipeOptions(
        changes=changes,
        new_seed=explicit.new_seed or wish.again,
        scene=explicit.scene or wish.scene,
        pace=wish.pace,
        resize=wish.resize,
    )
    return _Told(options, "strong" if taken.values else strength, left)


def _named(values: Mapping[str, str], language: str | None) -> dict[str, str]:
    """Call themes as they are called, whatever language they were typed in."""
    named = dict(values)
    if "scene" in named and "category" in named:
        named["scene"] = f"{named['scene']} {named.pop('category')}"
    for option in named.keys() & {"theme", "category"}:
        named[option] = thing_named(named[option], language) or named[option]
    if "scene" in named:
        number, _, category = named["scene"].partition(" ")
        named["scene"] = f"{number} {thing_named(category, language) or category}"
    return named


def _plain(words: str, room: Room) -> Reading | None:
    """Read what asks for no clip at all."""
    if not remaining(words) and not words.strip():
        return Order("help") if room.answers == "nothing" else None
    if (plain := order(words)) is not None:
        return plain
    talk = small_talk(words)
    alone = room.private and room.answers == "nothing"
    return None if talk is not None and alone and theme_in(words.strip(), None) else talk


def _of_clip(told: _Told, words: str, language: str | None, *, has_sound: bool) -> Reading:
    if has_sound:
        return Remix(told.options)
    if told.says_something and told.is_whole and not denies(told.left):
        return Remix(told.options)
    if denies(words):
        return Unsure("", (Remix(RecipeOptions(new_seed=True)),))
    offers: list[Make | Remix | Order] = [Remix(told.options)] if told.says_something else []
    offers += [Remix(RecipeOptions(changes={"theme": name})) for name in guesses(told.left, language)]
    offers.append(Remix(RecipeOptions(new_seed=True)))
    different = [offer for place, offer in enumerate(offers) if offer not in offers[:place]]
    return Unsure(told.left, tuple(different[:_MOST_OFFERS]))


def _of_sound(told: _Told, words: str) -> Reading:
    options = told.options
    if told.left and not (told.strength == "strong" or asks(words)):
        return Make(RecipeOptions(links=options.links), title=told.left)
    if denies(told.left):
        return Make(RecipeOptions(links=options.links))
    # Nothing was there before that could be rolled again.
    return Make(replace(options, new_seed=False, scene=None), title=told.left)


def _of_answered_sound(told: _Told, words: str, language: str | None) -> Reading:
    if denies(words) or (told.left and not (told.strength == "strong" or (asks(words) and told.says_something))):
        offers: list[Make | Remix | Order] = [Make(RecipeOptions(changes=told.options.changes))]
        offers += [Make(RecipeOptions(changes={"theme": name})) for name in guesses(told.left, language)]
        return Unsure(told.left, tuple(offers[:_MOST_OFFERS]))
    return Make(replace(told.options, new_seed=False, scene=None))


def _of_nothing(told: _Told, words: str, language: str | None) -> Reading:
    options = told.options
    if told.left or denies(words):
        offers: list[Make | Remix | Order]
        offers = [Make(RecipeOptions(changes={"theme": name})) for name in guesses(told.left, language)]
        return Unsure(told.left, (*offers[:_MOST_OFFERS], Order("help"))[:_MOST_OFFERS])
    if options.pace or options.resize or options.scene or (options.new_seed and "theme" not in options.changes):
        return Remix(options)
    if not told.says_something and not asks(words):
        return Unsure("", (Order("help"),))
    return Make(options)
