"""What is offered to choose from."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.actions import Action, parse_action
from bot.usecases.suggestions import button_word, categories_to_offer, related, themes_to_offer
from pipeline.themes.categories import categories
from pipeline.themes.themes import curated_themes, resolve_theme


def test_the_word_on_a_button_means_the_theme_that_it_is_labelled_with() -> None:
    words = {theme.name: button_word(theme.name) for theme in curated_themes()}
    assert all(words.values())
    for name, word in words.items():
        assert word is not None
        assert resolve_theme(word).name == name
        assert parse_action(str(Action("theme_is", 2**62, (word,)))) == Action("theme_is", 2**62, (word,))


def test_a_theme_is_not_offered_in_its_own_place() -> None:
    offered = themes_to_offer(random.Random(1), 200, but="ocean")
    assert "ocean" not in {theme.name for _, theme in offered}
    assert len(offered) == len(curated_themes()) - 1


def test_relatives_come_nearest_first() -> None:
    nearest = {categories()[index].name for index in related(resolve_theme("red fox").categories[0])[:3]}
    assert nearest == {"kit fox", "Arctic fox", "grey fox"}


@given(near=st.lists(st.integers(0, 999), min_size=1, max_size=4), seed=st.integers(0, 10**6))
def test_six_different_categories_are_offered_and_none_that_is_shown(near: list[int], seed: int) -> None:
    offered = [category.index for category in categories_to_offer(near, random.Random(seed), 6)]
    assert len(set(offered)) == 6
    assert not set(offered) & set(near)
