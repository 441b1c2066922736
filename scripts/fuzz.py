"""Random search with the property tests, for so many seconds: ``python -m scripts.fuzz --seconds 60``.

The suite tries the same examples each time. This goes on with other seeds until the time is over, and prints for what
it finds the command that finds it again.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def property_tests(places: list[str]) -> list[str]:
    """Return the test files that hold a property."""
    files = (path for place in places for path in sorted(ROOT.glob(f"{place}/**/test_*.py")))
    holding = [path for path in files if "from hypothesis" in path.read_text(encoding="utf-8")]
    return [str(path.relative_to(ROOT)) for path in holding]


def command(seed: int, files: list[str]) -> list[str]:
    """Return what runs the properties of some files once."""
    chosen = ["-m", "hypothesis", f"--hypothesis-seed={seed}", "-q", "-x", "-p", "no:cacheprovider", "-n", "2"]
    return [sys.executable, "-m", "pytest", *chosen, *files]


def main() -> int:
    """Search, and return 1 if something was found."""
    parser = argparse.ArgumentParser(prog="python -m scripts.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="when no further round is begun")
    parser.add_argument("--seed", type=int, help="of the first round; random if not given")
    parser.add_argument("places", nargs="*", default=["tests"], help="folders whose properties take part")
    arguments = parser.parse_args()
    files = property_tests(arguments.places)
    first = secrets.randbelow(2**32) if arguments.seed is None else arguments.seed
    environment = {**os.environ, "GANTERPRET_TEST_PROFILE": "fuzz"}
    until_s = time.monotonic() + arguments.seconds
    rounds = 0
    while rounds == 0 or time.monotonic() < until_s:
        seed = first + rounds
        done = subprocess.run(command(seed, files), cwd=ROOT, env=environment, capture_output=True, text=True)
        if done.returncode not in (0, 5):
            print(done.stdout[-20_000:])
            again = " ".join(command(seed, files))
            print(f"Found with seed {seed}. To find it again:\n  GANTERPRET_TEST_PROFILE=fuzz {again}")
            return 1
        rounds += 1
        print(f"round {rounds}, seed {seed}: {done.stdout.strip().splitlines()[-1]}", flush=True)
    print(f"Nothing found in {rounds} rounds over {len(files)} files.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
