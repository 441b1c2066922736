"""The steps in C++ do what those in plain torch do, and a machine without a compiler does without them."""

import logging
import shutil
import subprocess
import sys

import pytest
import torch

from pipeline.generators.biggan.engines import native
from pipeline.generators.biggan.engines.native import NativeSteps, best_steps
from pipeline.generators.biggan.engines.steps import PlainSteps

CPU = torch.device("cpu")
PLAIN = PlainSteps()
DTYPES = [torch.float32, torch.bfloat16, torch.float16]
random = torch.Generator().manual_seed(0)


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def steps(cache_dir):
    if not shutil.which("c++"):
        pytest.skip("no C++ compiler here")
    found = best_steps(CPU, cache_dir)
    assert isinstance(found, NativeSteps)
    return found


def maps(*shape, dtype):
    return torch.randn(shape, generator=random).to(dtype)


def norm(channels, pictures=None):
    """Factors as the engine has them: columns of one wide matrix, or vectors that all pictures share."""
    if pictures is None:
        return maps(channels, dtype=torch.float32), maps(channels, dtype=torch.float32)
    return torch.split(maps(pictures, 2 * channels, dtype=torch.float32), channels, dim=1)


def assert_equal(found, expected):
    """Equal but for the last bit, where the compiler fuses a multiplication and an addition."""
    tolerance = {torch.float32: 1e-5, torch.bfloat16: 2**-7, torch.float16: 2**-10}[expected.dtype]
    torch.testing.assert_close(found, expected, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("channels", [1, 16, 37])
def test_affine_relu(steps, dtype, shared, channels):
    before = maps(3, 4, 5, channels, dtype=dtype)
    factors = norm(channels, None if shared else 3)
    found = before.clone()
    assert steps.affine_relu_(found, *factors) is found
    assert_equal(found, PLAIN.affine_relu_(before.clone(), *factors))


@pytest.mark.parametrize("dtype", DTYPES)
def test_affine_relu_of_a_part_leaves_the_rest(steps, dtype):
    whole = maps(2, 6, 5, 8, dtype=dtype)
    before = whole.clone()
    steps.affine_relu_(whole[1:2, 2:4], *norm(8, 1))
    changed = (whole != before).nonzero()
    assert {tuple(place) for place in changed[:, :2].tolist()} <= {(1, 2), (1, 3)}
    assert len(changed) > 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_interleave_affine_relu(steps, dtype):
    phases, factors = maps(3, 5, 4, 4 * 24, dtype=dtype), norm(24, 3)
    found = steps.interleave_affine_relu(phases, *factors)
    assert_equal(found, PLAIN.interleave_affine_relu(phases, *factors))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("zoom", [1, 2])
@pytest.mark.parametrize("keeps_stream", [False, True])
def test_join_affine_relu(steps, dtype, zoom, keeps_stream):
    branch, skip = maps(2, 6, 4, 24, dtype=dtype), maps(2, 6 // zoom, 4 // zoom, 40, dtype=dtype)
    factors = norm(24, 2)
    found_stream, stream = (torch.zeros_like(branch) if keeps_stream else None for _ in range(2))
    found = steps.join_affine_relu_(branch.clone(), skip, found_stream, *factors)
    assert_equal(found, PLAIN.join_affine_relu_(branch.clone(), skip, stream, *factors))
    if keeps_stream:
        assert_equal(found_stream, stream)


@pytest.mark.parametrize("dtype", DTYPES)
def test_sum_taps(steps, dtype):
    taps, bias = maps(2, 5, 4, 27, dtype=dtype), maps(3, dtype=torch.float32)
    assert_equal(steps.sum_taps(taps, bias), PLAIN.sum_taps(taps, bias))


def test_summed_taps_are_a_convolution():
    inputs, weight, bias = (torch.randn(shape, generator=random) for shape in ((2, 7, 5, 6), (3, 7, 3, 3), (3,)))
    taps = torch.einsum("pcyx,oijc->pyxijo", inputs, weight.permute(0, 2, 3, 1)).flatten(3)
    expected = torch.nn.functional.conv2d(inputs, weight, bias, padding=1).permute(0, 2, 3, 1)
    assert_equal(PLAIN.sum_taps(taps, bias), expected)


def test_loading_the_library_leaves_the_arithmetic_of_python_alone(steps):
    """In a process of its own: the mode that some compilers' flags switch on lasts as long as its thread."""
    library = steps._library._name
    program = f"import ctypes, sys; ctypes.CDLL({library!r}); print(sys.float_info.min / 2 > 0)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_what_is_built_once_is_found_again(steps, cache_dir, monkeypatch):
    monkeypatch.setattr(native, "run", lambda *_, **__: pytest.fail("built again"))
    assert isinstance(best_steps(CPU, cache_dir), NativeSteps)


@pytest.mark.parametrize("compiler", ["/no/such/compiler", "false"])
def test_without_a_working_compiler_plain_steps_are_used_and_it_is_said(compiler, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("CXX", compiler)
    with caplog.at_level(logging.WARNING, logger=native.__name__):
        assert isinstance(best_steps(CPU, tmp_path), PlainSteps)
    assert "without its C++ steps" in caplog.text
    assert list((tmp_path / "native").iterdir()) == []


def test_a_read_only_cache_does_not_stop_the_engine(tmp_path, monkeypatch):
    (tmp_path / "native").write_text("in the way")
    assert isinstance(best_steps(CPU, tmp_path), PlainSteps)
