"""Write docs/themes.md: every theme picked by hand, and what the everyday words stand for.

::

    python scripts/make_theme_table.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.themes.categories import category_name
from pipeline.themes.themes import Theme, curated_themes, everyday_words

OUTPUT = Path(__file__).resolve().parent.parent / "docs" / "themes.md"

_MOST_NAMED = 20  # of more categories than these, only the number is given

INTRODUCTION = """\
# Themes

<!-- Written by scripts/make_theme_table.py from pipeline/themes/themes.toml; change that file, not this one. -->

A clip shows one category at each change in the sound. A theme says which of the thousand categories those may be:

| You write | You get |
| --- | --- |
| `voyage` | a set picked by hand, see below |
| `primates`, `musical instrument`, `dogs` | any word that WordNet has for a kind of thing: the 20 primates |
| `red fox`, `orca`, `281` | one category, by its name, a synonym or its number; the picture still moves |
| `moon > rocket > baboon` | these, in this order, and again from the beginning where the sound goes on |
| `cats, dogs, birds` | the same: commas, `>` and `→` make a list; one of the cats, then one of the dogs, … |

Capitals, plurals, hyphens and articles do not matter. Where a word could mean several things, a set picked by hand goes
first, then an everyday word, then the name of a category, then the WordNet kind that covers the most categories, then a
synonym. A word that two categories share means both: `crane` is the bird and the machine. A kind that lost its word to
another is had with what it is a kind of in brackets: `game (animal)`.
"""


def document() -> str:
    """Return the page's whole text."""
    themes, everyday = curated_themes(), everyday_words()
    return "\n".join(
        [
            INTRODUCTION,
            f"## {len(themes)} sets picked by hand",
            "",
            f"Where nobody says what to show, the command line takes `{themes[0].name}`. In a chat every set has its",
            "day, unless the title of a piece plainly names something (`The Lion Sleeps Tonight`). Words of other",
            "languages are in `pipeline/themes/languages`.",
            "",
            "| Theme | What it is | Categories |",
            "| --- | --- | --- |",
            *(f"| **{theme.name}** | {theme.description} | {_names(theme)} |" for theme in themes),
            "",
            f"## {len(everyday)} everyday words",
            "",
            "The thousand categories lack the moon, the cow and the giraffe. These words show the nearest.",
            "",
            "| Word | Stands for |",
            "| --- | --- |",
            *(f"| {word} | {target} |" for word, target in _everyday_rows()),
            "",
        ]
    )


def _everyday_rows() -> Iterator[tuple[str, str]]:
    sets = {theme.categories: theme.name for theme in curated_themes()}
    for word, theme in sorted(everyday_words().items()):
        if same := sets.get(theme.categories):
            yield word, f"all of **{same}**"
        elif len(theme.categories) > _MOST_NAMED:
            yield word, f"{len(theme.categories)} categories"
        else:
            yield word, _names(theme)


def _names(theme: Theme) -> str:
    return ", ".join(map(category_name, theme.categories))


if __name__ == "__main__":
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(document(), encoding="utf-8", newline="\n")
    print(OUTPUT)
