"""What a BigGAN may be called, and the shape it then has."""

import itertools
import json

import pytest

from pipeline.errors import ErrorCode, PipelineError
from pipeline.generator import SIZES_PX
from pipeline.generators.biggan.architecture import Architecture, deepmind, read_config, write_config
from pipeline.generators.biggan.names import MODELS, is_folder_name, model_of_size, parse_name


@pytest.mark.parametrize("size_px", SIZES_PX)
def test_a_published_name_says_its_size(size_px):
    assert parse_name(model_of_size(size_px)).size_px == size_px
    assert model_of_size(size_px) in MODELS


def test_random_weights_have_the_published_shape():
    name = parse_name("random:biggan-deep-256")
    assert name.kind == "random"
    assert name.architecture == deepmind(256)


@pytest.mark.parametrize("text", ["biggan-deep-64", "biggan", "", "random:", "random:sketch"])
def test_an_unknown_name_is_refused_with_the_known_ones(text):
    with pytest.raises(PipelineError) as caught:
        parse_name(text)
    assert caught.value.code is ErrorCode.UNKNOWN_MODEL
    assert "biggan-deep-128" in caught.value.facts["known"]


def test_a_folder_is_known_by_its_config(tmp_path):
    write_config(deepmind(128, channel_width=16), tmp_path)
    name = parse_name(str(tmp_path))
    assert (name.kind, name.size_px, name.folder) == ("folder", 128, tmp_path)
    assert name.architecture.channel_width == 16
    assert is_folder_name(str(tmp_path))


def test_a_folder_without_config_is_reported_with_what_is_missing(tmp_path):
    with pytest.raises(PipelineError) as caught:
        parse_name(str(tmp_path))
    assert caught.value.code is ErrorCode.WEIGHTS_MISSING
    assert caught.value.facts["file"] == "config.json"


@pytest.mark.parametrize("config", ["", "[]", "{}", '{"layers": 3}', "\x00"])
def test_a_senseless_config_is_corrupt(tmp_path, config):
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(PipelineError) as caught:
        read_config(tmp_path)
    assert caught.value.code is ErrorCode.WEIGHTS_CORRUPT


@pytest.mark.parametrize(("key", "value"), [("num_classes", 10), ("z_dim", 120), ("output_dim", 256), ("n_stats", 1)])
def test_a_config_of_another_generator_is_refused(key, value):
    config = deepmind(128).to_config() | {key: value}
    with pytest.raises(ValueError):
        Architecture.from_config(config)


@pytest.mark.parametrize("size_px", SIZES_PX)
def test_a_config_survives_writing_and_reading(size_px, tmp_path):
    write_config(deepmind(size_px), tmp_path)
    assert read_config(tmp_path) == deepmind(size_px)
    assert json.loads((tmp_path / "config.json").read_text())["output_dim"] == size_px


@pytest.mark.parametrize("size_px", SIZES_PX)
def test_each_block_takes_what_the_one_before_gives(size_px):
    blocks = list(deepmind(size_px).blocks())
    for before, after in itertools.pairwise(blocks):
        assert (before.out_channels, before.out_px) == (after.in_channels, after.in_px)
    assert (blocks[0].in_px, blocks[-1].out_px, blocks[-1].out_channels) == (4, size_px, 128)
    assert [block.in_px for block in blocks if block.kind == "attention"] == [64]
