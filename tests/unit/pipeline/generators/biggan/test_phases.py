"""Upsampling and convolving in one, at a quarter of the pixels."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812

from pipeline.generators.biggan.folding.phases import interleaved, upsampling_phases


@settings(deadline=None, max_examples=25)
@given(
    pictures=st.integers(1, 3),
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    inputs=st.integers(1, 4),
    outputs=st.integers(1, 4),
)
def test_four_phases_are_the_convolution_of_the_doubled_map(pictures, height, width, inputs, outputs):
    random = torch.Generator().manual_seed(0)
    maps = torch.randn(pictures, inputs, height, width, generator=random, dtype=torch.float64)
    weight = torch.randn(outputs, inputs, 3, 3, generator=random, dtype=torch.float64)
    expected = F.conv2d(F.interpolate(maps, scale_factor=2), weight, padding=1)

    phases = F.conv2d(maps, upsampling_phases(weight), padding=1).permute(0, 2, 3, 1).contiguous()
    found = interleaved(phases).reshape(pictures, 2 * height, 2 * width, outputs).permute(0, 3, 1, 2)
    torch.testing.assert_close(found, expected, atol=1e-12, rtol=0)


def test_interleaving_moves_nothing():
    phases = torch.zeros(1, 4, 4, 8)
    assert interleaved(phases).data_ptr() == phases.data_ptr()


def test_phases_need_less_than_half_of_the_multiplications():
    before = 4 * torch.zeros(5, 7, 3, 3).numel()  # per pixel of the small map: four pixels of the large one
    assert upsampling_phases(torch.zeros(5, 7, 3, 3)).numel() == pytest.approx(before * 16 / 36)
