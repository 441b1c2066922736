"""Measure: ``python -m benchmarks.links``. See docs/fetching.md."""

from __future__ import annotations

from benchmarks.links import reading


def main() -> None:
    print(reading.report())


if __name__ == "__main__":
    main()
