"""The elementwise steps in C++, built on first use by whatever compiler the machine has.

One pass over memory where torch makes three or four. Building takes about two seconds and is kept in the cache;
torch.compile makes equally fast code, but takes a minute, and ten seconds more at every start (docs/performance.md).
Where there is no compiler, or it fails, `PlainSteps` do the work.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import platform
import shlex
import shutil
from pathlib import Path

import torch
from torch import Tensor

from pipeline.generators.biggan.engines.steps import PlainSteps, Steps
from pipeline.held_folders import HeldFolder, sweep
from pipeline.processes.child import run
from pipeline.processes.deadline import Deadline
from pipeline.processes.environment import child_environment

logger = logging.getLogger(__name__)

SOURCE = Path(__file__).with_name("steps.cpp")
# Never -ffast-math: it makes the thread that loads the library flush denormals, those of Python among them.
FLAGS = ("-std=c++17", "-O3", "-march=native", "-ffp-contract=fast", "-fno-trapping-math", "-fPIC", "-shared")
WIDE_VECTORS = ("-mprefer-vector-width=512",)  # of x86; where a processor has them, compilers use them only if told so
BUILD_TIMEOUT_S = 120.0
# Where compilers look for headers, libraries and their own parts.
_FOR_COMPILERS = ("CPATH", "C*_INCLUDE_PATH", "LIBRARY_PATH", "LD_LIBRARY_PATH", "GCC_*", "CCACHE_*", "SDKROOT")

_SUFFIXES = {torch.float32: "float32", torch.bfloat16: "bfloat16"}


def best_steps(device: torch.device, cache_dir: Path) -> Steps:
    """Return the fastest steps that work here.

    Parameters
    ----------
    device : torch.device
        Where the maps are; the steps in C++ are for processors.
    cache_dir : Path
        Where the built library is kept.
    """
    if device.type != "cpu":
        return PlainSteps()
    try:
        return NativeSteps(ctypes.CDLL(str(build(cache_dir))))
    except OSError as error:
        logger.warning("the BigGAN engine runs without its C++ steps, and slower: %s", error)
        return PlainSteps()


def build(cache_dir: Path) -> Path:
    """Return the built library, building it unless this very source was built on this kind of machine before.

    Raises
    ------
    OSError
        If there is no compiler, or it fails.
    """
    compiler = (
        shlex.split(os.environ.get("CXX", "")) or [name for name in ("c++", "g++", "clang++") if shutil.which(name)][:1]
    )
    if not compiler:
        raise FileNotFoundError("no C++ compiler (c++, g++ or clang++) is installed")
    recipe = [*compiler, *FLAGS, *(WIDE_VECTORS if platform.machine() in ("x86_64", "AMD64") else ())]
    machine = (platform.machine(), torch.backends.cpu.get_cpu_capability(), _processor(), torch.__version__)
    key = hashlib.blake2b(repr((recipe, machine)).encode() + SOURCE.read_bytes(), digest_size=8).hexdigest()
    library = cache_dir / "native" / f"steps-{key}.so"
    if library.is_file():
        return library
    library.parent.mkdir(parents=True, exist_ok=True)
    sweep(library.parent)
    with HeldFolder(library.parent, library.name) as folder:
        unfinished = folder.path / "steps.so"
        command = [*recipe, str(SOURCE), "-o", str(unfinished)]
        done = run(command, deadline=Deadline.after(BUILD_TIMEOUT_S), environment=child_environment(_FOR_COMPILERS))
        if not done.exit.ok:
            raise OSError(f"{compiler[0]} has failed ({done.exit}): {done.exit.last_words.strip()[-1000:]}")
        unfinished.replace(library)
    return library


def _processor() -> str:
    """Return what ``-march=native`` depends on: a cache may be shared by unlike machines."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")


class NativeSteps:
    """The steps in C++, for maps in float32 and bfloat16; others go to `PlainSteps`."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._plain = PlainSteps()

    def affine_relu_(self, maps: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        if maps.dtype not in _SUFFIXES:
            return self._plain.affine_relu_(maps, scale, shift)
        pictures, height, width, channels = maps.shape
        self._call("affine_relu", maps, (maps,), _factors(scale, shift), (pictures, height * width, channels))
        return maps

    def interleave_affine_relu(self, phases: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        if phases.dtype not in _SUFFIXES:
            return self._plain.interleave_affine_relu(phases, scale, shift)
        pictures, rows, columns, channels = phases.shape
        height, width, channels = rows - 1, columns - 1, channels // 4
        maps = phases.new_empty(pictures, 2 * height, 2 * width, channels)
        sizes = (pictures, height, width, channels)
        self._call("interleave_affine_relu", phases, (phases, maps), _factors(scale, shift), sizes)
        return maps

    def join_affine_relu_(
        self, branch: Tensor, skip: Tensor, stream: Tensor | None, scale: Tensor, shift: Tensor
    ) -> Tensor:
        if branch.dtype not in _SUFFIXES:
            return self._plain.join_affine_relu_(branch, skip, stream, scale, shift)
        assert skip.dtype == branch.dtype
        pictures, height, width, channels = branch.shape
        sizes = (pictures, height, width, channels, skip.shape[3], height // skip.shape[1])
        self._call("join_affine_relu", branch, (branch, skip, stream), _factors(scale, shift), sizes)
        return branch

    def sum_taps(self, taps: Tensor, bias: Tensor) -> Tensor:
        if taps.dtype not in _SUFFIXES:
            return self._plain.sum_taps(taps, bias)
        pictures, height, width, _ = taps.shape
        sums = torch.empty(pictures, height, width, 3)
        self._call("sum_taps", taps, (taps, bias, sums), (), (pictures, height, width))
        return sums

    def _call(
        self,
        name: str,
        maps: Tensor,
        tensors: tuple[Tensor | None, ...],
        factors: tuple[object, ...],
        sizes: tuple[int, ...],
    ) -> None:
        function = getattr(self._library, f"{name}_{_SUFFIXES[maps.dtype]}")
        function(*(_address(tensor) for tensor in tensors), *factors, *(ctypes.c_int64(size) for size in sizes))


def _address(tensor: Tensor | None) -> ctypes.c_void_p:
    assert tensor is None or tensor.is_contiguous()
    return ctypes.c_void_p(None if tensor is None else tensor.data_ptr())


def _factors(scale: Tensor, shift: Tensor) -> tuple[object, ...]:
    """Return both addresses and the distance between pictures: 0 where all share them."""
    assert scale.dtype == shift.dtype == torch.float32
    assert scale.stride(-1) == shift.stride(-1) == 1
    assert scale.stride() == shift.stride()
    stride = scale.stride(0) if scale.dim() == 2 else 0
    return ctypes.c_void_p(scale.data_ptr()), ctypes.c_void_p(shift.data_ptr()), ctypes.c_int64(stride)
