"""How fast are pictures drawn?

``python -m benchmarks.generator [--model biggan-deep-128 …] [--quick] [--ladder] [--check] [--json FILE]``

Without ``--model``: BigGAN-deep at 128, 256 and 512 px, with random calibrated weights, beside the package's own
forward. ``--ladder`` measures each step of the engine on its own as well, ``--check`` compares values of the full
network in float32 instead of measuring, ``--count`` prints the work of every block. Tables are Markdown, as in
docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks import machine, operations, sketch
from pipeline.biggan.architecture import deepmind
from pipeline.biggan.names import MODELS


def main() -> None:
    arguments = _parse()
    if "sketch" in arguments.model:
        sketch.main([])
        return
    sizes = [int(model.rsplit("-", 1)[1]) for model in arguments.model]
    if arguments.count:
        for size_px in sizes:
            print(f"\n**{size_px} px**\n\n{operations.markdown(operations.count(deepmind(size_px)))}")
        return
    # Imported late: torch takes seconds, and counting needs none of it.
    from benchmarks import biggan

    if arguments.threads:
        import torch

        torch.set_num_threads(arguments.threads)
    print(machine.describe(), flush=True)
    results = []
    for size_px in sizes:
        if arguments.check:
            print(biggan.check(size_px, cache_dir=arguments.cache_dir), flush=True)
            continue
        result = biggan.measure(
            size_px,
            cache_dir=arguments.cache_dir,
            quick=arguments.quick,
            repeats=arguments.repeats or (2 if arguments.quick else 4),
            ladder=arguments.ladder,
        )
        results.append(result)
        print("\n" + biggan.table(result), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generator", description=__doc__.splitlines()[0])
    parser.add_argument("--model", nargs="+", choices=(*MODELS, "sketch"), default=list(MODELS), metavar="MODEL")
    parser.add_argument("--quick", action="store_true", help="fewer frames and turns")
    parser.add_argument("--ladder", action="store_true", help="each step of the engine on its own as well")
    parser.add_argument("--check", action="store_true", help="compare values instead of measuring")
    parser.add_argument("--count", action="store_true", help="print operations and bytes, block by block")
    parser.add_argument("--repeats", type=int, help="turns of each engine")
    parser.add_argument("--threads", type=int, help="of the processor")
    parser.add_argument("--json", type=Path, help="write everything measured to a file")
    parser.add_argument("--cache-dir", type=Path, default=Path("var/cache"), help="where built code is kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()
