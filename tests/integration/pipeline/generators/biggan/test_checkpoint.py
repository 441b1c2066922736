"""Loading a model from a folder in the package's format: strictly, and nothing but tensors."""

import pickle

import pytest
import torch
from pytorch_pretrained_biggan import BigGAN

from pipeline.errors import ErrorCode, PipelineError
from pipeline.generators.biggan.architecture import deepmind, write_config
from pipeline.generators.biggan.calibration import random_model
from pipeline.generators.biggan.weights.checkpoint import load, save

ARCHITECTURE = deepmind(128, channel_width=8)


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def model():
    return random_model(ARCHITECTURE)


@pytest.fixture
def folder(model, tmp_path):
    save(model, ARCHITECTURE, tmp_path)
    return tmp_path


def assert_corrupt(folder):
    with pytest.raises(PipelineError) as caught:
        load(folder)
    assert caught.value.code is ErrorCode.WEIGHTS_CORRUPT
    assert caught.value.facts["path"] == str(folder / "pytorch_model.bin")


def change(folder, edit):
    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    edit(state)
    torch.save(state, folder / "pytorch_model.bin")


def test_what_was_saved_is_loaded(model, folder):
    loaded = load(folder)
    expected = model.state_dict()
    assert all(torch.equal(expected[name], tensor) for name, tensor in loaded.state_dict().items())


def test_a_loaded_model_stays_as_it_is_however_often_it_draws(folder):
    """In training mode, spectral norms drift with every call."""
    loaded = load(folder)
    assert not loaded.training
    before = {name: tensor.clone() for name, tensor in loaded.state_dict().items()}
    loaded(torch.zeros(1, 128), torch.eye(1000)[:1], 0.4)
    assert all(torch.equal(before[name], tensor) for name, tensor in loaded.state_dict().items())


def test_the_package_reads_the_folder_too(model, folder):
    theirs = BigGAN.from_pretrained(str(folder)).eval()
    latents, class_vectors = torch.full((1, 128), 0.1), torch.eye(1000)[7:8]
    with torch.no_grad():
        assert torch.equal(theirs(latents, class_vectors, 0.4), model(latents, class_vectors, 0.4))


def test_the_old_file_format_is_read(model, folder):
    """The published files are from 2019."""
    torch.save(model.state_dict(), folder / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    assert torch.equal(load(folder).embeddings.weight, model.embeddings.weight)


@pytest.mark.parametrize("content", [b"", b"not a model", pickle.dumps({"weight": 1}), b"PK\x03\x04 truncated"])
def test_a_file_of_something_else_is_corrupt(folder, content):
    (folder / "pytorch_model.bin").write_bytes(content)
    assert_corrupt(folder)


def test_a_truncated_file_is_corrupt(folder):
    file = folder / "pytorch_model.bin"
    file.write_bytes(file.read_bytes()[:-5000])
    assert_corrupt(folder)


def test_a_file_that_would_run_code_is_corrupt_and_does_not_run_it(folder, tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    torch.save(Trap(), folder / "pytorch_model.bin")
    assert_corrupt(folder)
    assert not (tmp_path / "sprung").exists()


def test_a_missing_parameter_is_corrupt(folder):
    change(folder, lambda state: state.pop("generator.conv_to_rgb.bias"))
    assert_corrupt(folder)


def test_a_parameter_too_many_is_corrupt(folder):
    change(folder, lambda state: state.update(discriminator=torch.zeros(1)))
    assert_corrupt(folder)


def test_weights_of_another_size_are_corrupt(folder):
    write_config(deepmind(256, channel_width=8), folder)
    assert_corrupt(folder)


def test_a_folder_without_weights_says_what_is_missing(folder):
    (folder / "pytorch_model.bin").unlink()
    with pytest.raises(PipelineError) as caught:
        load(folder)
    assert caught.value.code is ErrorCode.WEIGHTS_MISSING
    assert caught.value.facts == {"model": str(folder), "folder": str(folder), "file": "pytorch_model.bin"}
