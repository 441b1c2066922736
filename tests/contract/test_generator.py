"""What every generator promises the renderer; BigGAN keeps it with random weights in its own tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.generator import LATENT_DIM, NUM_CLASSES, POSES, ImageGenerator, PosingGenerator
from pipeline.generators.biggan.names import MODELS
from pipeline.generators.registry import AUTO, KNOWN_MODELS
from pipeline.generators.sketch import open_sketch
from tests.fakes import ColourFields

SIZE_PX = 128
TRUNCATION = 0.4
OPENED: dict[str, Callable[[], ImageGenerator]] = {
    "colour fields": lambda: ColourFields(SIZE_PX),
    "sketch": lambda: open_sketch(SIZE_PX, workers=1),
}


@pytest.fixture(params=list(OPENED), scope="module")
def generator(request: pytest.FixtureRequest) -> Iterator[ImageGenerator]:
    generator = OPENED[request.param]()
    yield generator
    generator.close()


def mixes(count: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Latents, and class vectors that mix two categories each."""
    rng = np.random.default_rng(seed)
    latents = (TRUNCATION * np.clip(rng.standard_normal((count, LATENT_DIM)), -2, 2)).astype(np.float32)
    class_vectors = np.zeros((count, NUM_CLASSES), dtype=np.float32)
    for row, alpha in zip(class_vectors, np.linspace(0, 1, count), strict=True):
        first, second = rng.choice(NUM_CLASSES, size=2, replace=False)
        row[first], row[second] = 1 - alpha, alpha
    return latents, class_vectors


def test_every_model_that_is_not_a_biggan_is_held_to_this() -> None:
    assert set(KNOWN_MODELS) - {AUTO, *MODELS} <= OPENED.keys()


def test_it_says_what_it_takes_and_what_it_gives(generator: ImageGenerator) -> None:
    assert (generator.latent_dim, generator.num_classes) == (LATENT_DIM, NUM_CLASSES)
    assert generator.size_px == SIZE_PX
    assert generator.batch_size >= 1
    assert generator.name


@pytest.mark.parametrize("count", [1, 3])
def test_a_row_gives_a_picture(generator: ImageGenerator, count: int) -> None:
    frames = generator.generate(*mixes(count), TRUNCATION)
    assert frames.shape == (count, SIZE_PX, SIZE_PX, 3)
    assert frames.dtype == np.uint8


def test_the_same_numbers_give_the_same_bytes(generator: ImageGenerator) -> None:
    numbers = mixes(3)
    assert np.array_equal(generator.generate(*numbers, TRUNCATION), generator.generate(*numbers, TRUNCATION))


def test_a_picture_does_not_depend_on_its_neighbours(generator: ImageGenerator) -> None:
    latents, class_vectors = mixes(3)
    together = generator.generate(latents, class_vectors, TRUNCATION)
    alone = [generator.generate(latents[i : i + 1], class_vectors[i : i + 1], TRUNCATION)[0] for i in range(3)]
    assert np.array_equal(together, np.stack(alone))


def test_what_it_is_given_is_left_as_it_was(generator: ImageGenerator) -> None:
    latents, class_vectors = mixes(2)
    kept = latents.copy(), class_vectors.copy()
    generator.generate(latents, class_vectors, TRUNCATION)
    assert np.array_equal(latents, kept[0])
    assert np.array_equal(class_vectors, kept[1])


def test_latent_and_category_both_show(generator: ImageGenerator) -> None:
    latents, class_vectors = mixes(2, seed=1)
    twice = np.repeat(latents[:1], 2, axis=0), np.repeat(class_vectors[:1], 2, axis=0)
    other_latent = generator.generate(latents, twice[1], TRUNCATION)
    other_category = generator.generate(twice[0], class_vectors, TRUNCATION)
    assert not np.array_equal(other_latent[0], other_latent[1])
    assert not np.array_equal(other_category[0], other_category[1])


def test_who_takes_poses_draws_the_same_picture_in_none_and_another_in_each(generator: ImageGenerator) -> None:
    if not isinstance(generator, PosingGenerator):
        pytest.skip("it takes no poses: the camera stands before its pictures")
    latents, class_vectors = (rows[:1].repeat(len(POSES) + 1, axis=0) for rows in mixes(2))
    class_vectors[:] = 0
    class_vectors[:, 366] = 1  # a gorilla has arms, a mouth and eyes
    poses = np.eye(len(POSES) + 1, len(POSES), -1, dtype=np.float32) * [8, 8, 0.2, *[1] * (len(POSES) - 3)]
    plain = generator.generate(latents[:1], class_vectors[:1], TRUNCATION)
    posed = generator.generate_posed(latents, class_vectors, TRUNCATION, poses.astype(np.float32))
    assert np.array_equal(posed[0], plain[0])
    differ = {name: bool((frame != plain[0]).any()) for name, frame in zip(POSES, posed[1:], strict=True)}
    assert [name for name, other in differ.items() if not other] in ([], ["wings"])
