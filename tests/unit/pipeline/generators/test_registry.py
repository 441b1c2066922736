"""Which model draws is settled before anything is loaded."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipeline.errors import ErrorCode, PipelineError
from pipeline.generators import registry
from pipeline.generators.biggan.weights.download import PUBLISHED, WEIGHTS_FILE, model_folder
from pipeline.generators.registry import choose_model


def put_weights(cache: Path, size_px: int) -> None:
    """Leave a file as large as the weights (a sparse one)."""
    model = f"biggan-deep-{size_px}"
    folder = model_folder(model, cache)
    folder.mkdir(parents=True)
    with (folder / WEIGHTS_FILE).open("wb") as file:
        file.truncate(PUBLISHED[model].size_bytes or PUBLISHED[model].min_bytes)


def test_without_weights_auto_draws_sketches(tmp_path: Path) -> None:
    assert choose_model("auto", None, tmp_path) == ("sketch", 512)
    assert choose_model("auto", 128, tmp_path) == ("sketch", 128)


def test_with_weights_auto_takes_biggan(tmp_path: Path) -> None:
    put_weights(tmp_path, 512)
    assert choose_model("auto", None, tmp_path) == ("biggan-deep-512", 512)
    put_weights(tmp_path, 256)
    assert choose_model("auto", None, tmp_path) == ("biggan-deep-256", 256)


def test_with_weights_of_another_size_auto_keeps_the_size(tmp_path: Path) -> None:
    put_weights(tmp_path, 256)
    assert choose_model("auto", 128, tmp_path) == ("sketch", 128)


def test_a_biggan_has_one_size(tmp_path: Path) -> None:
    assert choose_model("biggan-deep-256", None, tmp_path) == ("biggan-deep-256", 256)
    assert choose_model("random:biggan-deep-128", 128, tmp_path) == ("random:biggan-deep-128", 128)
    with pytest.raises(PipelineError) as caught:
        choose_model("biggan-deep-256", 512, tmp_path)
    assert caught.value.code is ErrorCode.UNKNOWN_SIZE
    assert caught.value.facts == {"size": "512", "sizes": ("256",)}


@pytest.mark.parametrize("model", ["auto", "sketch"])
def test_a_size_that_nothing_draws_is_refused(model: str, tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        choose_model(model, 100, tmp_path)
    assert caught.value.code is ErrorCode.UNKNOWN_SIZE


def test_a_mistyped_model_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        choose_model("biggan-256", None, tmp_path)
    assert caught.value.code is ErrorCode.UNKNOWN_MODEL
    assert "sketch" in caught.value.facts["known"]  # type: ignore[operator]
    assert caught.value.facts["suggestions"][0] == "biggan-deep-256"  # type: ignore[index]


def test_a_folder_without_a_model_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        choose_model(str(tmp_path / "nothing"), None, tmp_path)
    assert caught.value.code in {ErrorCode.WEIGHTS_MISSING, ErrorCode.WEIGHTS_CORRUPT}


def test_sketch_opens_at_the_size_and_without_torch(tmp_path: Path) -> None:
    torch_was_there = "torch" in sys.modules
    generator = registry.open_generator("sketch", 128, cache_dir=tmp_path)
    try:
        assert (generator.name, generator.size_px) == ("sketch", 128)
    finally:
        generator.close()
    assert ("torch" in sys.modules) == torch_was_there
