"""The fast engine draws what pytorch-pretrained-biggan draws."""

import math

import pytest
import torch
from pytorch_pretrained_biggan.model import BigGANBatchNorm

from pipeline.generators.biggan.architecture import deepmind
from pipeline.generators.biggan.calibration import random_model
from pipeline.generators.biggan.engines.device import dtype_of
from pipeline.generators.biggan.engines.forward import ForwardPass
from pipeline.generators.biggan.engines.steps import PlainSteps
from pipeline.generators.biggan.folding.network import fold_network, fold_norms
from pipeline.generators.biggan.folding.statistics import at_truncation

PICTURES = 2
ON_ROWS = (0.3, 0.5, 1.0)
OFF_ROWS = (0.14, 0.28, 0.205)  # where the package takes the wrong row


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module", params=(128, 256, 512))
def model(request):
    """All the layers of the real network, a sixteenth as wide."""
    return random_model(deepmind(request.param, channel_width=8))


def requests():
    """Latents and class vectors: a pure class and a mix."""
    random = torch.Generator().manual_seed(1)
    latents = torch.nn.init.trunc_normal_(torch.empty(PICTURES, 128), a=-2, b=2, generator=random)
    class_vectors = torch.zeros(PICTURES, 1000)
    class_vectors[:, 281] = torch.tensor([1.0, 0.3])
    class_vectors[:, 404] = torch.tensor([0.0, 0.7])
    return latents, class_vectors


def draw(model, truncation, precision="float32", latents=None):
    network = fold_network(model)
    engine = ForwardPass(network, torch.device("cpu"), dtype_of(precision), PlainSteps())
    wanted, class_vectors = requests()
    with torch.inference_mode():
        norms = fold_norms(network.norms, network.last_norm, truncation)
        return engine.draw_values(wanted * truncation if latents is None else latents, class_vectors, norms).permute(
            0, 3, 1, 2
        )


def reference(model, truncation):
    latents, class_vectors = requests()
    with torch.inference_mode():
        return model(latents * truncation, class_vectors, truncation)


@pytest.mark.parametrize("truncation", ON_ROWS)
def test_float32_pictures_equal_the_packages(model, truncation):
    expected = reference(model, truncation)
    assert expected.std() > 0.2  # else there would be nothing to compare
    assert (draw(model, truncation) - expected).abs().max() <= 1e-3


@pytest.mark.parametrize("truncation", OFF_ROWS)
def test_float32_pictures_equal_the_packages_with_its_interpolation_put_right(model, truncation, monkeypatch):
    monkeypatch.setattr(BigGANBatchNorm, "forward", corrected_forward)
    assert (draw(model, truncation) - reference(model, truncation)).abs().max() <= 1e-3


def corrected_forward(norm, maps, truncation, condition=None):
    """The package's batch norm, word for word but for the statistics."""
    mean = at_truncation(norm.running_means, truncation)[:, None, None]
    deviation = torch.sqrt(at_truncation(norm.running_vars, truncation) + norm.eps)[:, None, None]
    if not norm.conditional:
        return (maps - mean) / deviation * norm.weight[:, None, None] + norm.bias[:, None, None]
    weight = 1 + norm.scale(condition)[:, :, None, None]
    return (maps - mean) / deviation * weight + norm.offset(condition)[:, :, None, None]


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_coarser_precisions_draw_nearly_the_same(model, precision):
    error = draw(model, 0.4, precision) - draw(model, 0.4)
    psnr_db = 10 * math.log10(4 / error.square().mean().item())
    assert psnr_db > 30


def test_all_truncations_give_pictures_that_are_neither_flat_nor_saturated():
    model = random_model(deepmind(128, channel_width=8))
    for row in range(1, 51, 7):
        pictures = draw(model, row / 50)
        assert 0.1 < pictures.std() < 0.9
        assert (pictures.abs() > 0.98).float().mean() < 0.25


def test_the_pass_is_one_graph_for_the_compiler_whatever_the_truncation(monkeypatch):
    """As `cuda.py` wants it: nothing falls back to Python in between, and another truncation compiles nothing anew."""
    monkeypatch.setattr(torch.backends.mkldnn, "enabled", False)  # convolutions as on a GPU
    network = fold_network(random_model(deepmind(128, channel_width=8)))
    engine = ForwardPass(network, torch.device("cpu"), torch.float32, PlainSteps(), strip_bytes=None)
    graphs = []

    def count_graphs(graph, _inputs):
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(engine.draw, backend=count_graphs, fullgraph=True, dynamic=False)
    for truncation in (0.3, 0.8):
        norms = fold_norms(network.norms, network.last_norm, truncation)
        with torch.inference_mode():
            assert torch.equal(compiled(*requests(), norms), engine.draw(*requests(), norms))
    assert len(graphs) == 1
