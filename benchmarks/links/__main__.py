"""Measure: ``python -m benchmarks.links``. See docs/fetching.md."""

from __future__ import annotations

from benchmarks.links import breaking, explaining, reading, solving


def main() -> None:
    print(reading.report())
    print(explaining.report())
    print(solving.report())
    print(breaking.report())


if __name__ == "__main__":
    main()
