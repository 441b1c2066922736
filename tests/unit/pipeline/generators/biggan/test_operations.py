"""The count of work in docs/performance.md, held against torch's own counter."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.operations import count
from pipeline.generators.biggan.architecture import deepmind
from pipeline.generators.biggan.weights.checkpoint import empty_model


@pytest.mark.parametrize(("size_px", "gflop"), [(128, 22.6), (256, 77.7), (512, 151.5)])
def test_the_package_needs_as_many_operations_as_measured_elsewhere(size_px, gflop):
    assert count(deepmind(size_px))[-1].package_flop / 1e9 == pytest.approx(gflop, rel=5e-3)


def test_torch_counts_the_same():
    narrow = deepmind(128, channel_width=16)
    model = empty_model(narrow)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, 128), torch.zeros(1, 1000), 0.4)
    # Torch also counts what it takes to divide weights by their spectral norms.
    assert count(narrow)[-1].package_flop == pytest.approx(counter.get_total_flops(), rel=0.03)


@pytest.mark.parametrize("size_px", [128, 256, 512])
def test_the_engine_does_less_of_nearly_everything(size_px):
    for work in count(deepmind(size_px)):
        assert work.our_bytes() <= work.package_bytes
        if not work.block.startswith("attention"):  # whose fused kernel multiplies some zeros
            assert work.our_flop <= work.package_flop * 1.05  # phases of a small map have a broad rim
