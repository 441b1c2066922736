"""What is shown where nobody says what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.themes.theme_of_the_day import named_in, theme_of_the_day
from pipeline.themes.themes import curated_themes, resolve_theme

DAY_S = 86_400.0


def test_every_set_has_its_day_before_one_comes_again() -> None:
    days = [theme_of_the_day(DAY_S * day) for day in range(len(curated_themes()))]
    assert set(days) == {theme.name for theme in curated_themes()}
    assert theme_of_the_day(DAY_S * 5.01) == theme_of_the_day(DAY_S * 5.99)


@pytest.mark.parametrize(
    ("title", "theme"),
    [
        ("The Lion Sleeps Tonight", "lion"),
        ("Toto - Africa", "africa"),
        ("Peter and the Wolf", "wolf"),
        ("Mein Hund und ich", "dog"),
        ("Space Oddity (Remastered)", "space"),
    ],
)
def test_a_title_that_plainly_names_something_shows_it(title: str, theme: str) -> None:
    named = named_in(title, "de")
    assert named is not None
    assert resolve_theme(named).categories == resolve_theme(theme).categories


@pytest.mark.parametrize(
    "title",
    [
        "",
        "Rick Astley - Never Gonna Give You Up (Official Music Video)",
        "Bohemian Rhapsody [Live in the Jungle]",
        "Atemlos durch die Nacht",
        "my new song for the cats",
        "Cats and Dogs",
        "Voice memo 14",
        "Master of Puppets feat. Lion",
    ],
)
def test_a_title_that_names_nothing_plainly_decides_nothing(title: str) -> None:
    assert named_in(title, "de") is None


@given(st.text(max_size=300))
def test_no_title_breaks_it(title: str) -> None:
    named = named_in(title)
    assert named is None or resolve_theme(named)
