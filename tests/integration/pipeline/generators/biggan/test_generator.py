"""BigGAN-deep as the rest of the pipeline sees it."""

import dataclasses

import numpy as np
import PIL.Image  # noqa: F401  # the package uses it without importing it
import pytest
import torch
from pytorch_pretrained_biggan import convert_to_images

from pipeline.errors import ErrorCode, PipelineError
from pipeline.generators.biggan import generator as subject
from pipeline.generators.biggan.architecture import deepmind
from pipeline.generators.biggan.calibration import random_model
from pipeline.generators.biggan.engines.device import pictures_that_fit
from pipeline.generators.biggan.engines.precision import read_verdicts
from pipeline.generators.biggan.generator import open_biggan
from pipeline.generators.biggan.weights.checkpoint import load, save

ARCHITECTURE = deepmind(128, channel_width=8)


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    save(random_model(ARCHITECTURE), ARCHITECTURE, folder)
    return folder


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def generator(folder, cache_dir):
    opened = open_biggan(str(folder), cache_dir=cache_dir, precision="float32", device="cpu")
    yield opened
    opened.close()


def rows(count, seed=0):
    random = np.random.default_rng(seed)
    latents = np.clip(random.standard_normal((count, 128)), -2, 2).astype(np.float32) * 0.4
    class_vectors = np.zeros((count, 1000), np.float32)
    class_vectors[np.arange(count), random.integers(1000, size=count)] = 1
    return latents, class_vectors


def watch_drawing(generator, monkeypatch, before=lambda latents: None):
    """Note how many pictures are asked for at once; `before` may refuse."""
    asked = []
    start = generator._drawer.start

    def watched(latents, *rest):
        before(latents)
        asked.append(len(latents))
        return start(latents, *rest)

    monkeypatch.setattr(generator._drawer, "start", watched)
    return asked


def test_bytes_are_the_packages_bytes(generator, folder):
    latents, class_vectors = rows(2)
    with torch.no_grad():
        values = load(folder)(torch.from_numpy(latents), torch.from_numpy(class_vectors), 0.4)
    expected = np.stack([np.asarray(image) for image in convert_to_images(values)])
    found = generator.generate(latents, class_vectors, 0.4)
    assert (found.shape, found.dtype) == ((2, 128, 128, 3), np.uint8)
    # A value on the edge between two bytes may fall to either side.
    assert np.abs(found.astype(int) - expected.astype(int)).max() <= 1
    assert np.mean(found != expected) < 0.01


def test_the_same_request_gives_the_same_bytes(generator):
    first, again = (generator.generate(*rows(3), 0.4) for _ in range(2))
    assert np.array_equal(first, again)


def test_no_rows_give_no_pictures(generator):
    assert generator.generate(*rows(0), 0.4).shape == (0, 128, 128, 3)


def test_equal_neighbours_are_drawn_once(generator, monkeypatch):
    latents, class_vectors = (np.repeat(each, [3, 1, 2], axis=0) for each in rows(3))
    asked = watch_drawing(generator, monkeypatch)
    pictures = generator.generate(latents, class_vectors, 0.4)
    assert sum(asked) == 3
    assert np.array_equal(pictures, np.repeat(generator.generate(*rows(3), 0.4), [3, 1, 2], axis=0))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_picture_has_the_same_bytes_whatever_is_drawn_with_it(folder, cache_dir, precision):
    generator = open_biggan(str(folder), cache_dir=cache_dir, precision=precision, device="cpu")
    latents, class_vectors = rows(11)
    together = generator.generate(latents, class_vectors, 0.4)
    for some in (slice(0, 1), slice(3, 4), slice(5, 11), slice(10, 11)):
        assert np.array_equal(generator.generate(latents[some], class_vectors[some], 0.4), together[some])


def test_cores_work_side_by_side(folder, cache_dir):
    one, three = (
        open_biggan(str(folder), cache_dir=cache_dir, precision="float32", device="cpu", threads=threads)
        for threads in (1, 3)
    )
    assert three.batch_size == 3 * one.batch_size
    assert np.array_equal(one.generate(*rows(30), 0.4), three.generate(*rows(30), 0.4))


def test_truncation_chooses_the_statistics(generator):
    assert not np.array_equal(generator.generate(*rows(1), 0.2), generator.generate(*rows(1), 1.0))


@pytest.mark.parametrize(
    "shortage",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_when_memory_runs_out_batches_shrink_for_good(generator, monkeypatch, shortage):
    expected = generator.generate(*rows(7), 0.4)

    def cramped(latents):
        if len(latents) > 2:
            raise shortage

    asked = watch_drawing(generator, monkeypatch, cramped)
    found = generator.generate(*rows(7), 0.4)
    # The library may add up in another order for another number of rows.
    assert np.abs(found.astype(int) - expected.astype(int)).max() <= 1
    assert asked == [2, 2, 2, 1]
    assert generator.batch_size == 2


def test_when_not_even_one_picture_fits_it_is_said(generator, monkeypatch):
    def full(_):
        raise MemoryError

    watch_drawing(generator, monkeypatch, full)
    with pytest.raises(PipelineError) as caught:
        generator.generate(*rows(3), 0.4)
    assert caught.value.code is ErrorCode.OUT_OF_MEMORY


def test_other_failures_are_not_mistaken_for_a_lack_of_memory(generator, monkeypatch):
    def broken(_):
        raise RuntimeError("shapes do not fit")

    watch_drawing(generator, monkeypatch, broken)
    with pytest.raises(RuntimeError, match="shapes"):
        generator.generate(*rows(1), 0.4)


def test_a_closed_generator_draws_nothing(folder, cache_dir):
    generator = open_biggan(str(folder), cache_dir=cache_dir, precision="float32", device="cpu")
    generator.close()
    with pytest.raises(ValueError, match="closed"):
        generator.generate(*rows(1), 0.4)


def test_automatic_precision_checks_itself_once_and_remembers(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.generators.biggan.engines.selfcheck.fast_precision", lambda device: "bfloat16")
    first = open_biggan(str(folder), cache_dir=tmp_path, device="cpu")
    (verdict,) = read_verdicts(tmp_path)
    assert first.precision == verdict.precision == "bfloat16"
    assert first.psnr_db == verdict.psnr_db > 30

    monkeypatch.setattr("pipeline.generators.biggan.engines.selfcheck.psnr_db", lambda *_: pytest.fail("checked again"))
    assert open_biggan(str(folder), cache_dir=tmp_path, device="cpu").precision == "bfloat16"


def test_automatic_precision_stays_exact_where_the_fast_one_is_poor(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.generators.biggan.engines.selfcheck.fast_precision", lambda device: "bfloat16")
    monkeypatch.setattr("pipeline.generators.biggan.engines.selfcheck.psnr_db", lambda *_: 29.9)
    generator = open_biggan(str(folder), cache_dir=tmp_path, device="cpu")
    assert (generator.precision, generator.psnr_db) == ("float32", 29.9)


def test_automatic_precision_is_exact_where_nothing_is_faster(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.generators.biggan.engines.selfcheck.fast_precision", lambda device: None)
    assert open_biggan(str(folder), cache_dir=tmp_path, device="cpu").precision == "float32"
    assert read_verdicts(tmp_path) == ()


def test_other_weights_are_checked_anew(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.generators.biggan.engines.selfcheck.fast_precision", lambda device: "bfloat16")
    other = tmp_path / "other"
    save(random_model(ARCHITECTURE, seed=1), ARCHITECTURE, other)
    for model in (folder, other, folder):
        open_biggan(str(model), cache_dir=tmp_path, device="cpu")
    assert len(read_verdicts(tmp_path)) == 2


def test_an_unknown_precision_is_refused(folder, cache_dir):
    with pytest.raises(ValueError, match="float8"):
        open_biggan(str(folder), cache_dir=cache_dir, precision="float8")


def test_random_weights_need_no_files(cache_dir, monkeypatch):
    narrow = dataclasses.replace(subject.parse_name("random:biggan-deep-128"), architecture=ARCHITECTURE)
    monkeypatch.setattr(subject, "parse_name", lambda text: narrow)
    generator = open_biggan("random:biggan-deep-128", cache_dir=cache_dir, precision="float32", device="cpu")
    assert generator.name == "random:biggan-deep-128"
    assert generator.generate(*rows(1), 0.4).std() > 20


@pytest.mark.parametrize(("free_pictures", "expected"), [(0, 1), (1, 1), (8, 4), (1000, 500)])
def test_pictures_take_half_of_the_free_memory_at_most(free_pictures, expected):
    free_bytes = free_pictures * 8 * 128 * 128 * 128 * 4
    assert pictures_that_fit(torch.device("cpu"), 128, torch.float32, free_bytes) == expected


def test_a_generator_says_what_it_holds(generator):
    assert 100_000 < generator.memory_bytes < 100_000_000
