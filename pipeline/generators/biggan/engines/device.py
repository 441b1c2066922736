"""What this machine offers: where to compute, in which precision fast, and how much fits."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

PRECISIONS = ("auto", "float32", "bfloat16", "float16")

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

_MAPS_AT_ONCE = 8  # of the full size and 128 channels: a generous count of what is alive at the peak
_SHARE_OF_FREE_MEMORY = 0.5


def choose_device(wanted: str | None) -> torch.device:
    """Return the device to compute on: the wanted one, else the first GPU, else the processor."""
    return torch.device(wanted or ("cuda" if torch.cuda.is_available() else "cpu"))


def dtype_of(precision: str) -> torch.dtype:
    """Return the type that a precision other than ``auto`` computes in.

    Raises
    ------
    ValueError
        If there is no such precision.
    """
    if precision not in _DTYPES:
        raise ValueError(f"precision {precision!r} is none of {', '.join(PRECISIONS)}")
    return _DTYPES[precision]


def fast_precision(device: torch.device) -> str | None:
    """Return the precision in which the device multiplies matrices faster than in float32, if there is one."""
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    has_bfloat16 = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return "bfloat16" if has_bfloat16 else None


def kind_of(device: torch.device) -> str:
    """Return a line that says which kind of device it is; equal lines mean equal arithmetic."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    kinds = [name for name, there in _instruction_sets().items() if there]
    return " ".join([platform.machine(), torch.backends.cpu.get_cpu_capability(), *kinds])


def _instruction_sets() -> dict[str, bool]:
    return {
        "AVX512-BF16": bool(torch.cpu._is_avx512_bf16_supported()),
        "AMX": bool(torch.cpu._is_amx_tile_supported()),
    }


def pictures_that_fit(device: torch.device, size_px: int, dtype: torch.dtype, free_bytes: int | None = None) -> int:
    """Return how many pictures can be in the making at once, if they may take half of the free memory; at least 1."""
    picture_bytes = _MAPS_AT_ONCE * size_px * size_px * 128 * dtype.itemsize
    free = free_memory_bytes(device) if free_bytes is None else free_bytes
    return max(1, int(free * _SHARE_OF_FREE_MEMORY) // picture_bytes)


def free_memory_bytes(device: torch.device) -> int:
    """Return how much memory can still be taken on the device."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return 4 << 30  # not Linux: assume a small machine


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error means that memory ran out; the processor's allocator has no exception of its own."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
