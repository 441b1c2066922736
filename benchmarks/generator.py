"""How fast are pictures drawn?

``python -m benchmarks.generator [--model biggan-deep-128 … | sketch] [--quick] [--ladder] [--check] [--count]``

Without ``--model``: BigGAN-deep at 128, 256 and 512 px, with random calibrated weights, beside the package's own
forward. ``--ladder`` measures each step of the engine on its own as well, ``--check`` compares values of the full
network in float32 instead of measuring, ``--count`` prints the work of every block. Tables are Markdown;
``--write-into docs/performance.md`` puts them where that document has them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks import operations, sketch
from benchmarks.figures import write_into
from pipeline.generators.biggan.architecture import deepmind
from pipeline.generators.biggan.names import MODELS


def main() -> None:
    arguments = _parse()
    if "sketch" in arguments.model:
        sketch.main([])
        return
    sizes = [int(model.rsplit("-", 1)[1]) for model in arguments.model]
    if arguments.count:
        tables = [f"**{size} px**\n\n{operations.markdown(operations.count(deepmind(size)))}" for size in sizes]
        _show("count", "\n\n".join(tables), arguments.write_into)
        return
    # Imported late: torch takes seconds, and counting needs none of it.
    import torch

    from benchmarks import biggan, machine

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    if arguments.check:
        lines = [biggan.check(size_px, cache_dir=arguments.cache_dir) for size_px in sizes]
        _show("check", "\n".join(f"* {line}" for line in lines), arguments.write_into)
        return
    results = []
    for size_px in sizes:
        result = biggan.measure(
            size_px,
            cache_dir=arguments.cache_dir,
            quick=arguments.quick,
            repeats=arguments.repeats or (2 if arguments.quick else 4),
            ladder=arguments.ladder,
        )
        results.append(result)
        print(f"\n{biggan.table(result)}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    if arguments.write_into:
        text = "\n\n".join([f"Machine: {machine.describe()}.", *map(biggan.table, results)])
        write_into(arguments.write_into, "ladder" if arguments.ladder else "generator", text)


def _show(name: str, text: str, document: Path | None) -> None:
    print(text)
    if document:
        write_into(document, name, text)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generator", description=__doc__.splitlines()[0])
    parser.add_argument("--model", nargs="+", choices=(*MODELS, "sketch"), default=list(MODELS), metavar="MODEL")
    parser.add_argument("--quick", action="store_true", help="fewer frames and turns")
    parser.add_argument("--ladder", action="store_true", help="each step of the engine on its own as well")
    parser.add_argument("--check", action="store_true", help="compare values instead of measuring")
    parser.add_argument("--count", action="store_true", help="print operations and bytes, block by block")
    parser.add_argument("--repeats", type=int, help="turns of each engine")
    parser.add_argument("--threads", type=int, help="of the processor")
    parser.add_argument("--write-into", type=Path, metavar="DOCUMENT", help="put the tables into a document")
    parser.add_argument("--json", type=Path, help="write everything measured to a file")
    parser.add_argument("--cache-dir", type=Path, default=Path("var/cache"), help="where built code is kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()
