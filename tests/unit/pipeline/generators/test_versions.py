"""A generator's version counts its pictures: they stay as they were, or the number goes up."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.analysis.latent_path import latent
from pipeline.generators.registry import KNOWN_MODELS
from pipeline.generators.sketch.draw import Painter
from pipeline.generators.sketch.sheet import one_hot
from pipeline.generators.versions import VERSIONS, another_version, version_of
from pipeline.recipe import Recipe

CATEGORIES = (367, 14, 980, 404, 812)
SKETCH = {
    1: [
        [164.9, 147.7, 107.3, 172.0, 154.0, 107.2, 90.5, 84.3, 59.0, 96.0, 90.0, 59.7],
        [158.7, 174.7, 184.4, 177.5, 205.7, 207.2, 130.3, 158.4, 106.9, 102.5, 124.2, 103.2],
        [144.1, 142.2, 143.8, 128.4, 128.0, 140.3, 82.8, 105.0, 82.1, 78.0, 97.2, 75.2],
        [142.7, 143.1, 174.6, 91.9, 99.2, 153.9, 143.9, 143.8, 187.0, 135.9, 136.9, 179.9],
        [97.2, 80.9, 95.5, 121.2, 110.3, 132.2, 124.1, 112.7, 135.9, 122.6, 114.7, 142.7],
    ]
}
"""By version, mean red, green and blue of each quarter of five drawings."""


def test_the_sketches_are_those_of_their_version() -> None:
    z = np.stack([latent(seed, 0.5) for seed in range(len(CATEGORIES))])
    frames = Painter(128).paint(z, one_hot(CATEGORIES), 0.5)
    quarters = frames.reshape(-1, 2, 64, 2, 64, 3).mean(axis=(2, 4)).reshape(len(CATEGORIES), -1)
    np.testing.assert_allclose(quarters, SKETCH[VERSIONS["sketch"]], atol=1.0)


def test_every_model_that_has_a_name_has_a_version() -> None:
    assert VERSIONS.keys() == set(KNOWN_MODELS) - {"auto"}
    assert version_of("/home/me/model") is None


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (Recipe(model="sketch", generator_version=VERSIONS["sketch"]), None),
        (Recipe(model="sketch", generator_version=999), VERSIONS["sketch"]),
        (Recipe(model="sketch"), None),
        (Recipe(model="/home/me/model", generator_version=999), None),
    ],
)
def test_it_is_known_when_another_version_has_drawn_a_clip(recipe: Recipe, said: int | None) -> None:
    assert another_version(recipe) == said
