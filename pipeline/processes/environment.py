"""What a child may know of its parent's environment: next to nothing, and never a token."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

BASE = (
    "PATH",
    "HOME",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TZ",
    "TMPDIR",
    "XDG_*",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "PYTHONPATH",
)
"""Where programs, files and certificates are, and how people here write."""

COMPUTING = ("CUDA_*", "NVIDIA_*", "LD_LIBRARY_PATH", "OMP_*", "OPENBLAS_*", "MKL_*", "TORCH*", "TRITON_*", "PYTORCH_*")
"""What a child that draws with a neural network needs besides."""


def child_environment(
    passed: Iterable[str] = (),
    *,
    extra: Mapping[str, str] | None = None,
    inherited: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the environment of a child.

    Parameters
    ----------
    passed : iterable of str
        Names, or patterns such as ``CUDA_*``, that this child needs besides `BASE`.
    extra : mapping of str to str
        Variables that the parent sets.
    inherited : mapping of str to str
        The parent's environment; this process's if not given.

    Raises
    ------
    ValueError
        A token is among them: those go through a pipe or stay behind.
    """
    known = os.environ if inherited is None else inherited
    patterns = (*BASE, *passed)
    kept = {name: text for name, text in known.items() if any(fnmatchcase(name, pattern) for pattern in patterns)}
    if "PYTHONPATH" in kept:
        kept["PYTHONPATH"] = _without_working_folder(kept["PYTHONPATH"])
    environment = kept | dict(extra or {})
    for name in environment:
        if name.upper().endswith("_TOKEN"):
            raise ValueError(f"{name} is not for children")
    return environment


def _without_working_folder(path: str) -> str:
    """Drop entries that mean another folder in another working folder."""
    return os.pathsep.join(entry for entry in path.split(os.pathsep) if os.path.isabs(entry))  # noqa: PTH117
