"""How a module of ours is started as a program: our code and no other of the same name."""

from __future__ import annotations

import site
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds our packages: a checkout, or an installation's site-packages."""

# ``-P`` keeps the working folder off the path, where a folder `bot/` of anybody's would be taken for ours. A checkout
# that was found through the working folder must then be named.
_FROM_CHECKOUT = (
    "import sys; root, module = sys.argv[1:3]; del sys.argv[1:3]; sys.path.insert(0, root); "
    "from runpy import run_module; run_module(module, run_name='__main__', alter_sys=True)"
)


def python_module_command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of our modules under this interpreter, as ``python -m`` would.

    Parameters
    ----------
    module : str
        ``pipeline.fetch_child``.
    *arguments : str
        What it finds in ``sys.argv[1:]``.
    """
    if str(ROOT) in _installed_folders():
        return [sys.executable, "-P", "-m", module, *arguments]
    return [sys.executable, "-P", "-c", _FROM_CHECKOUT, str(ROOT), module, *arguments]


def _installed_folders() -> set[str]:
    return {str(Path(folder).resolve()) for folder in (*site.getsitepackages(), site.getusersitepackages())}
