"""How typed words are compared."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.themes import word_forms


def test_the_examples_in_the_text_hold() -> None:
    assert doctest.testmod(word_forms).failed == 0


@given(st.text())
@settings(deadline=None)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = word_forms.normalize(text)
    assert word_forms.normalize(once) == once
    assert once == " ".join(once.split())


@given(st.text())
@settings(deadline=None)
def test_no_spelling_is_empty_or_repeated(text: str) -> None:
    keys = list(word_forms.keys(text))
    assert all(keys)
    assert len(set(keys)) == len(keys)


@given(st.sampled_from(["red fox", "Red-Fox", "RED_FOX", "re​d fox", "\tréd\nfox ", "“red” fox!"]))
def test_case_gaps_accents_and_invisible_characters_do_not_matter(text: str) -> None:
    assert word_forms.normalize(text) == "red fox"


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("dogs", "dog"),
        ("foxes", "fox"),
        ("axes", "axe"),
        ("churches", "church"),
        ("daisies", "daisy"),
        ("movies", "movie"),
        ("wolves", "wolf"),
        ("knives", "knife"),
        ("olives", "olive"),
        ("geese", "goose"),
        ("mice", "mouse"),
        ("snowmen", "snowman"),
        ("fungi", "fungus"),
        ("buses", "bus"),
        ("busses", "bus"),
        ("glasses", "glass"),
        ("volcanoes", "volcano"),
        ("larvae", "larva"),
        ("bacteria", "bacterium"),
        ("musical instruments", "musical instrument"),
        ("birds of prey", "bird of prey"),
        ("the three-toed sloths", "three toed sloth"),
    ],
)
def test_the_singular_is_among_the_spellings(plural: str, singular: str) -> None:
    assert singular in set(word_forms.spellings(plural))


def test_what_was_typed_comes_before_its_singular() -> None:
    assert next(iter(word_forms.spellings("sunglasses"))) == "sunglasses"
