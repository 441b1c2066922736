"""Measure: ``python -m benchmarks.changes [--quick]``. See `benchmarks.changes` and docs/changes.md."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.changes import contestants, table, trials
from benchmarks.changes.recordings import catalogue
from benchmarks.changes.truth import CONDITIONS
from benchmarks.figures import write_into

QUICK_SEEDS = (0,)


def arguments_of(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.changes", description="Are the changes found that a listener hears?"
    )
    parser.add_argument("--families", nargs="+", choices=sorted(catalogue.BY_NAME), metavar="NAME", help="default: all")
    parser.add_argument("--conditions", nargs="+", choices=CONDITIONS, default=list(CONDITIONS))
    parser.add_argument("--split", choices=("tuning", "held-out", "all"), default="all")
    parser.add_argument(
        "--contestants", nargs="+", choices=sorted(contestants.BY_NAME), metavar="NAME", help="default: all installed"
    )
    parser.add_argument("--seeds", nargs="+", type=int, help="default: all")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="the first seed of each family, plain")
    parser.add_argument("--cache", type=Path, default=catalogue.default_cache(), help="where made sounds are kept")
    parser.add_argument("--list", action="store_true", help="list the families and stop")
    parser.add_argument("--write-into", type=Path, metavar="DOCUMENT", help="put the tables into a document")
    parser.add_argument("--json", type=Path, help="write every trial to a file")
    arguments = parser.parse_args(words)
    if arguments.quick:
        arguments.seeds, arguments.conditions = arguments.seeds or QUICK_SEEDS, ["plain"]
    return arguments


def main() -> None:
    arguments = arguments_of()
    if arguments.list:
        print(
            "\n".join(
                f"{each.name}: {each.group}, {each.seeds} sounds{', held out' * each.held_out}"
                for each in catalogue.FAMILIES
            )
        )
        return
    for name in catalogue.missing_families():
        print(f"left out, a program is not installed: {name}", file=sys.stderr)
    wanted = arguments.contestants or list(contestants.BY_NAME)
    for name in wanted:
        if not contestants.BY_NAME[name].available:
            print(f"left out, {contestants.BY_NAME[name].package} is not installed: {name}", file=sys.stderr)
    names = [each.name for each in contestants.CONTESTANTS if each.name in wanted and each.available]
    tickets = catalogue.tickets(
        arguments.split, families=arguments.families, conditions=arguments.conditions, seeds=arguments.seeds
    )
    heard: list[trials.Trial] = []
    for count, several in enumerate(trials.run(tickets, names, arguments.cache, arguments.processes), start=1):
        heard += several
        if sys.stderr.isatty():
            print(f"\r{count} of {len(tickets)} sounds", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    order = {ticket: index for index, ticket in enumerate(tickets)}
    heard.sort(key=lambda trial: (names.index(trial.contestant), order[trial.ticket]))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(trial) for trial in heard]), encoding="utf-8")
    text = f"{len(tickets)} sounds.\n\n{table.report(heard)}"
    print(text)
    if arguments.write_into:
        write_into(arguments.write_into, "changes", text)


if __name__ == "__main__":
    main()
