"""Measure whether people are understood.

::

    python -m benchmarks.talk            # the figures
    python -m benchmarks.talk --wrong    # and every utterance that is read wrongly
    python -m benchmarks.talk --held-out # of the table alone that nothing was fitted to

Nobody's language is told to the reader.
``held_out.tsv`` was written before the reader; ``worked_on.tsv`` was written beside it.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from benchmarks.talk.truth import HELD_OUT, ROOMS, WORKED_ON, Said, is_right, kind_of, said_in
from bot.chat.grammar import CommandError, parse_command
from bot.chat.menu import BY_NAME
from bot.chat.reader.read import read, read_words
from bot.chat.reader.readings import LeaveAlone, Make, Reading, Remix

_RENDERS = {"make", "remix"}


def reading_of(said: Said) -> Reading | str:
    """Read an utterance as the bot would; a refusal of a command comes as its code."""
    command = parse_command(said.text)
    room = ROOMS[said.room]
    try:
        if command is not None and command.name not in BY_NAME and not room.private:
            return LeaveAlone()
        if command is None:
            return read(said.text, room)
        options = read_words(command.words, has_sound=room.sounds > 0)
    except CommandError as error:
        return str(error.code)
    return Remix(options) if command.name == "remix" else Make(options)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="list what is read wrongly")
    parser.add_argument("--held-out", action="store_true", help="only the table that nothing was fitted to")
    asked = parser.parse_args()
    for path in (HELD_OUT,) if asked.held_out else (HELD_OUT, WORKED_ON):
        if path.exists():
            measure(path, list_wrong=asked.wrong)


def measure(path: Path, *, list_wrong: bool) -> None:
    """Print the figures of one table."""
    count: Counter[str] = Counter()
    slowest_s = 0.0
    for said in said_in(path):
        began_s = time.perf_counter()
        reading = reading_of(said)
        slowest_s = max(slowest_s, time.perf_counter() - began_s)
        kind = reading if isinstance(reading, str) else kind_of(reading)
        right = not isinstance(reading, str) and is_right(said, reading)
        count["all"] += 1
        count["right"] += right
        count["silent"] += isinstance(reading, LeaveAlone) and said.kind != "leave"
        count["noise"] += said.kind == "leave" and kind != "leave"
        count["unwanted"] += kind in _RENDERS and said.kind not in _RENDERS
        if list_wrong and not right:
            print(f"  {said.room}: {said.text!r}\n     wanted {said.kind} {said.wishes}\n     read   {reading}")
    print(
        f"{path.stem}: {count['right']} of {count['all']} right ({count['right'] / count['all']:.1%}), "
        f"{count['silent']} silent where an answer is due, {count['noise']} noisy where none is, "
        f"{count['unwanted']} unwanted renders ({count['unwanted'] / count['all']:.1%}); "
        f"slowest {slowest_s * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
