"""Themes have names in other languages than English, too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PipelineError
from pipeline.themes.foreign_words import languages
from pipeline.themes.themes import curated_themes, resolve_theme, search_themes

WORDS = [(tag, word) for tag, language in languages().items() for word in language.words]


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("Affe", "monkey"),
        ("Affen", "monkey"),
        ("affen", "monkey"),
        ("ein Hund", "dog"),
        ("Hunden", "dog"),
        ("Vögel", "bird"),
        ("Vogel", "bird"),
        ("Vögeln", "bird"),
        ("Voegel", "bird"),
        ("den Katzen", "cat"),
        ("MÄUSE", "mouse"),
        ("Maus", "mouse"),
        ("Weltraum", "space"),
        ("Bär", "bear"),
        ("Bar", "bar"),
        ("red fox", "red fox"),
    ],
)
def test_german_is_understood_in_any_case_number_and_spelling(typed: str, means: str) -> None:
    assert set(resolve_theme(typed, "de").categories) == set(resolve_theme(means).categories)


def test_a_word_of_two_languages_means_what_its_speaker_means() -> None:
    assert resolve_theme("Boot").categories == resolve_theme("cowboy boot").categories
    assert resolve_theme("Boot", "de").categories == resolve_theme("boat").categories


def test_who_speaks_english_may_say_a_german_word() -> None:
    assert resolve_theme("Affen").categories == resolve_theme("monkey").categories


@pytest.mark.parametrize(("tag", "word"), WORDS, ids=lambda value: getattr(value, "word", value))
def test_every_word_means_something_and_its_name_means_the_same_to_everybody(tag: str, word) -> None:  # type: ignore[no-untyped-def]
    meant = resolve_theme(word.means)
    said = resolve_theme(word.word, tag)
    assert said.categories == meant.categories
    assert resolve_theme(said.name).categories == said.categories


def test_every_set_picked_by_hand_has_a_german_name_but_those_that_germans_call_the_same() -> None:
    named = {resolve_theme(word.means).name for word in languages()["de"].words}
    assert {theme.name for theme in curated_themes()} - named <= {"japan"}


def test_lists_may_mix_languages() -> None:
    theme = resolve_theme("Mond > rocket > Pavian", "de")
    assert theme.ordered
    assert len(theme.steps) == 3


def test_what_is_typed_is_completed_in_the_language_of_who_types() -> None:
    assert search_themes("Aff", 5, "de")[0].name == "Affen"
    assert search_themes("vög", 5, "de")[0].name == "Vögel"


def test_a_slip_is_put_right_in_the_language_of_who_slipped() -> None:
    with pytest.raises(PipelineError) as refusal:
        resolve_theme("Elefannten", "de")
    assert "Elefanten" in str(refusal.value.facts["suggestions"])


@given(st.text(max_size=60), st.sampled_from(["de", "en", "xx", None]))
def test_no_text_breaks_it(text: str, language: str | None) -> None:
    try:
        theme = resolve_theme(text, language)
    except PipelineError:
        return
    assert resolve_theme(theme.name).categories == theme.categories
