"""Which version of a generator draws here, and whether that is the one that has drawn a clip."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.generators.biggan.names import MODELS
from pipeline.recipe import Recipe

VERSIONS: Mapping[str, int] = {"sketch": 1} | dict.fromkeys(MODELS, 1)
"""One more each time that the same latents and class vectors give other pictures than rounding explains.

A model in a folder has no version, for nobody counts them."""


def version_of(model: str) -> int | None:
    """Return the version of a model as it draws here."""
    return VERSIONS.get(model)


def another_version(recipe: Recipe) -> int | None:
    """Return the version that draws this recipe here, where it is not the one that has drawn it; else None."""
    now = version_of(recipe.model)
    return now if now is not None and recipe.generator_version not in (None, now) else None
