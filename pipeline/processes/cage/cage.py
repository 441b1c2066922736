"""What a child in a cage may do."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.processes.python_module import ROOT

Network = Literal["none", "open"]

NAMESPACE, CAPABILITIES, LANDLOCK, SECCOMP, LIMITS = "namespace", "capabilities", "landlock", "seccomp", "limits"
LAYERS = (NAMESPACE, CAPABILITIES, LANDLOCK, SECCOMP, LIMITS)

SYSTEM_READS = tuple(
    map(Path, ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/dev/urandom"))
)
"""What the loader of any program reads: shared libraries. Nothing of anybody's is in there."""

NAMES_AND_CERTIFICATES = tuple(
    map(
        Path,
        (
            *("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf"),
            *("/run/systemd/resolve", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/usr/share/ca-certificates"),
        ),
    )
)
"""What a child on an open network reads besides."""

_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Cage:
    """What a child may do; everything else is refused by whichever layers hold here.

    Attributes
    ----------
    reads : tuple of Path
        Files, and folders with all below them, besides the program and the system's libraries. Missing ones are none.
    writes : tuple of Path
        Existing folders (or files) that it may fill, read and empty; no links, devices or sockets are made there.
    programs : tuple of Path
        What it may execute besides itself, where it `starts_programs`.
    network : {"none", "open"}
        ``none``: no socket can be made or connected. A connected one that was passed to it can be used all the same,
        so a child without a network may hold one end of a stream to a gate that connects on its behalf.
        ``open``: internet sockets can be connected, over TCP to `ports` alone; none can listen.
    ports : tuple of int
        For an open network. They are numbers and not addresses: who is reached is for a gate, or a guard in the child.
    starts_programs : bool
        Whether it may fork and execute.
    memory_bytes : int or None
        The most address space. (macOS takes this number and does nothing about it.)
    processor_s : float or None
        The most time of all its threads together.
    file_bytes, open_files : int
        The largest file; how many may be open.
    without : frozenset of str
        Layers to leave out, of `LAYERS`; to measure what each is good for.
    """

    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()
    programs: tuple[Path, ...] = ()
    network: Network = "none"
    ports: tuple[int, ...] = (80, 443)
    starts_programs: bool = False
    memory_bytes: int | None = 512 * _MEBIBYTE
    processor_s: float | None = None
    file_bytes: int = 1024 * _MEBIBYTE
    open_files: int = 64
    without: frozenset[str] = frozenset()

    def order(self, program: Path) -> dict[str, Any]:
        """Return this as plain values for the guardian.

        Parameters
        ----------
        program : Path
            What is started in the cage.
        """
        system = SYSTEM_READS + (NAMES_AND_CERTIFICATES if self.network == "open" else ())
        return {
            "layers": [layer for layer in LAYERS if layer not in self.without],
            "reads": [str(path.absolute()) for path in (*system, *self.reads)],
            "writes": [str(path.absolute()) for path in self.writes],
            "programs": [str(path.absolute()) for path in (program, *_loaders(), *self.programs)],
            "network": self.network,
            "ports": list(self.ports),
            "starts_programs": self.starts_programs,
            "memory_bytes": self.memory_bytes,
            "processor_s": None if self.processor_s is None else math.ceil(self.processor_s),
            "file_bytes": self.file_bytes,
            "open_files": self.open_files,
        }


def python_reads() -> tuple[Path, ...]:
    """Return what this interpreter reads in order to run code of ours: itself, its packages, and the pipeline."""
    folders = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), ROOT / "pipeline"}
    return tuple(sorted(folders))


def _loaders() -> list[Path]:
    """Return the programs that load dynamically linked ones; to the kernel, they are what is executed."""
    places = (("/lib64", "ld-linux*"), ("/lib", "ld-linux*"), ("/lib", "ld-musl*"))
    return [path for folder, pattern in places for path in sorted(Path(folder).glob(pattern))]
