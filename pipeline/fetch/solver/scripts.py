"""The scripts that solve: those of the package ``yt-dlp-ejs``, if they are the very ones that yt-dlp asks for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Scripts:
    """What is run before a player, in this order."""

    version: str
    library: str
    core: str

    @property
    def in_order(self) -> tuple[str, ...]:
        """The scripts as the engine runs them."""
        return self.library, "Object.assign(globalThis, lib)", self.core


class ScriptsError(Exception):
    """The scripts are not there, or are others than yt-dlp asks for."""


def load_scripts() -> Scripts:
    """Load the installed scripts.

    Raises
    ------
    ScriptsError
        The package is missing, or its version or contents are not what this yt-dlp names.
    """
    try:
        import yt_dlp_ejs
        from yt_dlp.extractor.youtube.jsc._builtin import vendor
        from yt_dlp_ejs.yt import solver
    except ImportError as error:
        raise ScriptsError(f"{error.name} is missing") from error
    scripts = Scripts(str(yt_dlp_ejs.version), solver.lib(), solver.core())
    _check(scripts, str(vendor.VERSION), vendor.HASHES)
    return scripts


def _check(scripts: Scripts, wanted_version: str, hashes: Any) -> None:
    """Refuse other scripts than those whose hashes yt-dlp holds."""
    if scripts.version.split(".")[:2] != wanted_version.split(".")[:2]:
        raise ScriptsError(f"yt-dlp asks for yt-dlp-ejs {wanted_version}, and {scripts.version} is installed")
    for name, script in (("yt.solver.lib.min.js", scripts.library), ("yt.solver.core.min.js", scripts.core)):
        if hashlib.sha3_512(script.encode()).hexdigest() != hashes.get(name):
            raise ScriptsError(f"{name} is not the one that yt-dlp asks for")
