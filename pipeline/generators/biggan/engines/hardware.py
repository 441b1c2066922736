"""Where BigGAN would compute on this machine, and in which precision: one line for a person who asks.

Imports torch, which takes seconds.
"""

from __future__ import annotations

from pathlib import Path

import torch

from pipeline.generators.biggan.engines.device import choose_device, fast_precision, kind_of
from pipeline.generators.biggan.engines.precision import read_verdicts


def describe(cache_dir: Path) -> str:
    """Return the device, its kind and its precision, with every verdict of the self-check that holds here.

    Parameters
    ----------
    cache_dir : Path
        Where verdicts are kept.
    """
    device = choose_device(None)
    kind = kind_of(device)
    where = f"GPU {kind}" if device.type == "cuda" else f"{torch.get_num_threads()} processor threads, {kind}"
    verdicts = [verdict for verdict in read_verdicts(cache_dir) if verdict.machine == kind]
    checked = "; ".join(f"{each.model} in {each.precision} ({each.psnr_db:.0f} dB)" for each in verdicts)
    fast = fast_precision(device)
    return f"{where}: " + (checked or f"float32{f' or {fast}, checked at first use' if fast else ''}")
