"""Can the drawings be told without their names? ``python -m scripts.blind_test --seed 1 -o sheet.png [--reveal]``

Draws a hundred random categories, numbered and without names. Write down what each is, then ask with ``--reveal``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from pipeline.generators.sketch import library, open_sketch
from pipeline.generators.sketch.sheet import contact_sheet, draw_categories
from pipeline.themes.categories import category_name

COUNT = 100
COLUMNS = 10


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.blind_test")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reveal", action="store_true", help="print the names instead of drawing")
    parser.add_argument("--output", "-o", type=Path, default=Path("blind-test.png"))
    arguments = parser.parse_args()
    categories = np.random.default_rng(arguments.seed).choice(1000, size=COUNT, replace=False).tolist()
    if arguments.reveal:
        for number, index in enumerate(categories, start=1):
            print(f"{number:3} {category_name(index)} ({library.looks()[index].family})")
        return
    generator = open_sketch(128)
    try:
        pictures = draw_categories(generator, categories)
    finally:
        generator.close()
    contact_sheet(pictures, COLUMNS, [str(number) for number in range(1, COUNT + 1)]).save(arguments.output)


if __name__ == "__main__":
    main()
