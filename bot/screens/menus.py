"""Choices under a clip: another theme, another scene, what to."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.actions import Action
from bot.chat.port import Button, Screen
from bot.screens.clip import scene_names
from bot.screens.messages import say
from bot.screens.pieces import rows, theme_of
from pipeline.themes.categories import Category, category_name
from storage.clips.clips import Clip

SCENES_ON_A_PAGE = 16
"""In rows of four, with one more to turn the pages: five rows are what every chat shows."""
_LABEL_LENGTH = 24


def theme_menu(clip: Clip, offered: Sequence[tuple[str, str]], language: str) -> Screen:
    """Offer themes for a remix.

    Parameters
    ----------
    offered : sequence of (str, str)
        The word that a button calls a theme by, and its name.
    """
    choices = [Button(_short(name), str(Action("theme_is", clip.id, (word,)))) for word, name in offered]
    text = say("menu_theme.question", language, id=clip.id, theme=theme_of(clip.recipe.theme))
    return Screen(text, (*rows(choices, 3), _last_row(Action("theme_word", clip.id), language)))


def scene_menu(clip: Clip, page: int, language: str) -> Screen:
    """Offer the scenes of a clip, so many to a page."""
    names = scene_names(clip.recipe)
    pages = max(1, -(-len(names) // SCENES_ON_A_PAGE))
    page = min(max(page, 0), pages - 1)
    start = page * SCENES_ON_A_PAGE
    choices = [
        Button(_short(f"{number} {name}"), str(Action("scene", clip.id, (str(number),))))
        for number, name in enumerate(names[start : start + SCENES_ON_A_PAGE], start + 1)
    ]
    turn = []
    if page > 0:
        turn.append(Button("◀", str(Action("scene_page", clip.id, (str(page - 1),)))))
    if page < pages - 1:
        turn.append(Button("▶", str(Action("scene_page", clip.id, (str(page + 1),)))))
    turn.append(Button(say("button.close", language), str(Action("close", clip.id))))
    text = say("menu_scene.which", language, id=clip.id)
    return Screen(text, (*rows(choices, 4 if len(choices) > 12 else 3), tuple(turn)))


def category_menu(clip: Clip, number: int, offered: Sequence[Category], language: str) -> Screen:
    """Offer categories for one scene, counted from 1."""
    place = str(number)
    choices = [
        Button(_short(category.name), str(Action("scene_is", clip.id, (place, str(category.index)))))
        for category in offered
    ]
    name = category_name(clip.recipe.scenes[number - 1].category)
    text = say("menu_scene.what", language, number=number, name=name)
    return Screen(text, (*rows(choices, 3), _last_row(Action("scene_word", clip.id, (place,)), language)))


def _last_row(word: Action, language: str) -> tuple[Button, ...]:
    return (
        Button(say("button.word", language), str(word)),
        Button(say("button.close", language), str(Action("close", word.subject))),
    )


def _short(label: str) -> str:
    return label if len(label) <= _LABEL_LENGTH else label[: _LABEL_LENGTH - 1].rstrip() + "…"
