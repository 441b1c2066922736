"""Which category is shown at each inflection point, and the seed of its latent (algorithm, step 6).

Every number comes from the recipe's seed and the scene's position through `numpy.random.SeedSequence`, whose output is
the same on every platform and version (a Generator's methods promise less). So scenes do not depend on one another:
the first five of ten are the five of five, and one can be replaced without moving the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count as count_from
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ErrorCode, PipelineError
from pipeline.recipe import Scene
from pipeline.themes.themes import Theme, resolve_theme

# What a number is drawn for; drawing more for one purpose leaves the others as they were.
_LATENT, _ORDER, _CHOICE = range(3)


def choose_scenes(theme: Theme, count: int, seed: int) -> tuple[Scene, ...]:
    """Choose the scenes of a new clip.

    From a set, categories are drawn without repeats until all have been seen, then drawn again; a list is followed in
    order, and begun again where it is too short (its end is left out where there are fewer points). No category follows
    itself unless the theme has no other, or the person's list says so; even then the latent changes, so the picture
    moves.

    Parameters
    ----------
    theme : Theme
    count : int
        Number of inflection points, at least 0.
    seed : int
        The recipe's, 0 … 2**32 - 1.

    Returns
    -------
    tuple of Scene
        ``count`` scenes; the same for the same arguments, everywhere.
    """
    drawn = _follow(theme.steps, seed) if theme.ordered else _draw(theme.categories, seed)
    return tuple(Scene(category, latent_seed(seed, place)) for place, category in enumerate(islice(drawn, count)))


def fit_scenes(scenes: Sequence[Scene], count: int, seed: int) -> tuple[Scene, ...]:
    """Put the scenes of a clip onto another number of inflection points, for the same pictures on a new sound.

    What is there stays as it is, in order. Left-over scenes are dropped from the end; missing ones repeat the
    categories from the beginning, each with a new latent.

    Parameters
    ----------
    scenes : sequence of Scene
        At least one.
    count : int
        Number of inflection points of the new sound.
    seed : int
        For the new latents.

    Raises
    ------
    ValueError
        No scenes.
    """
    if not scenes:
        raise ValueError("no scenes to fit")
    kept = tuple(scenes[:count])
    shown = [scene.category for scene in scenes]
    repeated = islice(_follow([(category,) for category in shown], seed), len(shown), None)
    new_places = range(len(kept), count)
    return kept + tuple(
        Scene(category, latent_seed(seed, place)) for place, category in zip(new_places, repeated, strict=False)
    )


def replace_scene(scenes: Sequence[Scene], position: int, category: int, seed: int) -> tuple[Scene, ...]:
    """Show another category in one place; every other scene stays bit for bit.

    Parameters
    ----------
    scenes : sequence of Scene
    position : int
        From 0.
    category : int
        Class index, 0 … 999.
    seed : int
        For the new latent; the recipe's own, or a new one to see the same category otherwise.

    Raises
    ------
    PipelineError
        ``BAD_RECIPE`` with ``field="scene"``: there is no such position.
    """
    if not 0 <= position < len(scenes):
        raise PipelineError(ErrorCode.BAD_RECIPE, field="scene", position=position + 1, count=len(scenes))
    changed = Scene(category, latent_seed(seed, position))
    return (*scenes[:position], changed, *scenes[position + 1 :])


def choose_category(text: str, seed: int, position: int = 0) -> int:
    """Choose one category for a word that a person gives for a single scene: "volcano", or any of "birds".

    Raises
    ------
    PipelineError
        ``UNKNOWN_THEME`` with ``query`` and ``suggestions``.
    """
    return _one_of(resolve_theme(text).categories, seed, position, None)


def latent_seed(seed: int, position: int) -> int:
    """Return the seed of the latent at a position (from 0), 0 … 2**32 - 1."""
    return int(_numbers(seed, _LATENT, position, count=1)[0] >> 32)


def _draw(categories: Sequence[int], seed: int) -> Iterator[int]:
    """Yield categories for ever, round after round, each round in another order."""
    previous: int | None = None
    for round_number in count_from():
        order = [categories[place] for place in np.argsort(_numbers(seed, _ORDER, round_number, count=len(categories)))]
        if order[0] == previous and len(order) > 1:
            order.append(order.pop(0))
        yield from order
        previous = order[-1]


def _follow(steps: Sequence[Sequence[int]], seed: int) -> Iterator[int]:
    """Yield one category for each step for ever, skipping a repeat only where the list begins again."""
    several = len({category for step in steps for category in step}) > 1
    previous: int | None = None
    place = 0
    for round_number in count_from():
        at_the_seam = round_number > 0
        for step in steps:
            category = _one_of(step, seed, place, previous)
            if at_the_seam and several and category == previous:
                continue
            yield category
            at_the_seam = False
            previous = category
            place += 1


def _one_of(choices: Sequence[int], seed: int, position: int, previous: int | None) -> int:
    others = [category for category in choices if category != previous] or list(choices)
    return others[int(_numbers(seed, _CHOICE, position, count=1)[0] % np.uint64(len(others)))]


def _numbers(seed: int, purpose: int, position: int, *, count: int) -> NDArray[np.uint64]:
    """Return independent uniform 64-bit numbers for one purpose at one position."""
    sequence = np.random.SeedSequence(seed, spawn_key=(purpose, position))
    return np.asarray(sequence.generate_state(count, np.uint64), dtype=np.uint64)
