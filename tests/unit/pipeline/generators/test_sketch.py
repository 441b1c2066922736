"""The drawing generator: a thousand categories, each its own, each turning smoothly into any other."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.analysis.latent_path import latent
from pipeline.errors import ErrorCode, PipelineError
from pipeline.generator import ImageGenerator
from pipeline.generators.sketch import library, open_sketch
from pipeline.generators.sketch.anatomy import PLACE, SIZE
from pipeline.generators.sketch.draw import Painter
from pipeline.generators.sketch.figure import figure_of
from pipeline.generators.sketch.sheet import one_hot
from pipeline.themes.categories import category_name
from pipeline.themes.themes import resolve_theme

TRUNCATION = 0.2
MOST_CHANGE_PER_ALPHA = 700.0
"""Mean difference of two pictures (0 … 255) by the difference of their alphas; `python -m benchmarks.sketch` measures
it along as many ways as one likes."""
LEAST_DISTANCE = 3.0
"""Root of the mean squared difference of two categories' pictures, 0 … 255."""
Frames = NDArray[np.uint8]


@pytest.fixture(scope="module")
def generator() -> Iterator[ImageGenerator]:
    generator = open_sketch(128, workers=1)
    yield generator
    generator.close()


def edge(rng: np.random.Generator, alphas: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The latents and class vectors on the way from one random scene to another."""
    first, second = rng.choice(1000, size=2, replace=False)
    z = [latent(int(rng.integers(2**31)), TRUNCATION) for _ in range(2)]
    share = alphas[:, None].astype(np.float32)
    ends = one_hot([int(first), int(second)])
    return (1 - share) * z[0] + share * z[1], (1 - share) * ends[0] + share * ends[1]


def difference(one: Frames, other: Frames) -> float:
    """Mean absolute difference of two pictures, 0 … 255."""
    return float(np.abs(one.astype(np.int16) - other.astype(np.int16)).mean())


def test_all_thousand_have_a_family() -> None:
    looks = library.looks()
    assert sorted(looks) == list(range(1000))
    assert {look.family for look in looks.values()} <= library.families().keys()
    assert {look.scene for look in looks.values()} <= library.scenes().keys()


def test_there_are_many_families() -> None:
    used = {look.family for look in library.looks().values()}
    assert len(used) >= 60


def test_each_category_is_drawn_in_the_form_that_was_asked_for(generator: ImageGenerator) -> None:
    frames = generator.generate(np.stack([latent(1, TRUNCATION)] * 3), one_hot([1, 404, 980]), TRUNCATION)
    assert frames.shape == (3, 128, 128, 3)
    assert frames.dtype == np.uint8
    assert all(frame.std() > 10 for frame in frames)


def test_a_seed_gives_the_same_bytes_again(generator: ImageGenerator) -> None:
    z, c = edge(np.random.default_rng(3), np.linspace(0, 1, 4))
    again = open_sketch(128, workers=1)
    try:
        assert np.array_equal(generator.generate(z, c, TRUNCATION), again.generate(z, c, TRUNCATION))
    finally:
        again.close()


def test_it_does_not_matter_who_draws_a_frame_and_beside_which(generator: ImageGenerator) -> None:
    z, c = edge(np.random.default_rng(4), np.linspace(0, 1, 24))
    several = open_sketch(128, workers=2)
    try:
        together = several.generate(z, c, TRUNCATION)
    finally:
        several.close()
    alone = np.concatenate([generator.generate(z[i : i + 1], c[i : i + 1], TRUNCATION) for i in range(len(z))])
    assert np.array_equal(together, alone)


def steps_between(frames: Frames) -> list[float]:
    return [difference(before, after) for before, after in pairwise(frames)]


@pytest.mark.parametrize("seed", range(8))
def test_a_small_step_is_a_small_change_in_the_picture(generator: ImageGenerator, seed: int) -> None:
    alphas = np.linspace(0, 1, 41)
    steps = steps_between(generator.generate(*edge(np.random.default_rng(seed), alphas), TRUNCATION))
    assert max(steps) / (alphas[1] - alphas[0]) < MOST_CHANGE_PER_ALPHA
    # No jump: where the picture changes most, a sixteenth of the step is about a sixteenth of the change.
    worst = int(np.argmax(steps))
    within = np.linspace(alphas[worst], alphas[worst + 1], 17)
    fine = steps_between(generator.generate(*edge(np.random.default_rng(seed), within), TRUNCATION))
    assert max(fine) < max(steps) / 16 * 4 + 0.3


def test_a_morph_moves_parts_and_does_not_fade_one_picture_into_another(generator: ImageGenerator) -> None:
    z = np.stack([latent(5, TRUNCATION)] * 3)
    fox, balloon = one_hot([277, 417])
    first, between, last = generator.generate(z, np.stack([fox, (fox + balloon) / 2, balloon]), TRUNCATION)
    faded = ((first.astype(np.int16) + last) // 2).astype(np.uint8)
    assert difference(between, faded) > 8.0


def test_latents_vary_a_picture_and_leave_it_what_it_is(generator: ImageGenerator) -> None:
    z = np.stack([latent(seed, TRUNCATION) for seed in range(6)])
    foxes = generator.generate(z, np.repeat(one_hot([277]), 6, axis=0), TRUNCATION)
    variety = np.mean([difference(foxes[0], fox) for fox in foxes[1:]])
    assert variety > 4.0


def test_truncation_scales_the_latent_and_not_the_picture(generator: ImageGenerator) -> None:
    c = one_hot([277])
    narrow = generator.generate(latent(5, 0.2)[None], c, 0.2)
    wide = generator.generate(latent(5, 0.8)[None], c, 0.8)
    assert difference(narrow[0], wide[0]) < 60


def test_no_two_categories_look_the_same() -> None:
    painter = Painter(48)
    z = np.repeat(latent(0, TRUNCATION)[None], 1000, axis=0)
    pictures = painter.paint(z, one_hot(range(1000)), TRUNCATION).reshape(1000, -1).astype(np.float64)
    painter.close()
    squares = (pictures**2).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * pictures @ pictures.T, 0) / pictures.shape[1])
    np.fill_diagonal(distances, np.inf)
    one, other = np.unravel_index(int(distances.argmin()), distances.shape)
    assert distances.min() > LEAST_DISTANCE, f"{category_name(int(one))} and {category_name(int(other))} look alike"


def test_primates_differ_from_each_other(generator: ImageGenerator) -> None:
    apes = resolve_theme("primates").categories
    z = np.repeat(latent(0, TRUNCATION)[None], len(apes), axis=0)
    frames = generator.generate(z, one_hot(apes), TRUNCATION)
    closest = min(difference(frames[i], frames[j]) for i in range(len(apes)) for j in range(i))
    assert closest > 3.0


def test_an_unknown_size_is_refused() -> None:
    with pytest.raises(PipelineError) as refusal:
        open_sketch(300)
    assert refusal.value.code is ErrorCode.UNKNOWN_SIZE


def test_closing_leaves_no_process_behind() -> None:
    several = open_sketch(128, workers=2)
    several.generate(*edge(np.random.default_rng(1), np.linspace(0, 1, 16)), TRUNCATION)
    workers = list(several._workers)  # type: ignore[attr-defined]
    assert len(workers) == 2
    several.close()
    assert all(worker.poll() is not None for worker in workers)
    gc.collect()


def test_parts_stay_in_or_near_the_picture() -> None:
    for index in range(0, 1000, 5):
        parts = figure_of(index).parts
        assert np.isfinite(parts).all(), category_name(index)
        assert (np.abs(parts[:, PLACE] - 50) < 200).all(), category_name(index)
        assert (parts[:, SIZE] >= 0).all(), category_name(index)
