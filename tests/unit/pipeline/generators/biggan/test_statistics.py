"""Batch-norm statistics at and between the recorded truncations."""

import pytest
import torch
from pytorch_pretrained_biggan.model import BigGANBatchNorm

from pipeline.generators.biggan.folding.statistics import at_truncation

ROWS = torch.arange(51.0).unsqueeze(1) ** 2  # convex: mixing up two rows shows


@pytest.mark.parametrize("row", range(1, 51))
def test_a_recorded_truncation_gives_its_own_row(row):
    assert at_truncation(ROWS, row / 50) == ROWS[row]
    assert at_truncation(ROWS, row * 0.02) == ROWS[row]


def test_between_two_rows_the_nearer_one_weighs_more():
    assert at_truncation(ROWS, 0.205).item() == pytest.approx(0.75 * 10**2 + 0.25 * 11**2, abs=1e-3)


def the_packages_statistics(truncation):
    """What the package's batch norm takes for the mean: with variance 1 and no scale, it subtracts just that."""
    norm = BigGANBatchNorm(1, n_stats=51, eps=0.0, conditional=False).requires_grad_(False)
    norm.running_means.copy_(ROWS)
    norm.weight.fill_(1.0)
    norm.bias.zero_()
    return -norm(torch.zeros(1, 1, 1, 1), truncation).item()


@pytest.mark.parametrize("row", [row for row in range(1, 51) if row not in (7, 14, 28, 29, 47)])
def test_the_package_agrees_on_most_rows(row):
    assert the_packages_statistics(row / 50) == ROWS[row].item()


def test_the_package_interpolates_backwards_between_rows():
    assert the_packages_statistics(0.205) == pytest.approx(0.25 * 10**2 + 0.75 * 11**2, abs=1e-3)


@pytest.mark.parametrize("row", [7, 14, 28, 29, 47])
def test_the_package_takes_a_neighbour_where_rounding_misses_the_row(row):
    """0.14, 0.28, 0.56, 0.58 and 0.94: why we snap."""
    found = the_packages_statistics(row / 50)
    assert abs(found - ROWS[row].item()) > 1
    assert at_truncation(ROWS, row / 50) == ROWS[row]
