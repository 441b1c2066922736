"""Are sounds of every kind taken, heard as a player plays them, and cheap where they are meant to be dear?

``python -m benchmarks.corpus [--seed 0] [--short] [--without-clips] [--only WORD] [--write docs/sound.md]``

At least 300 files are made by script, whole ones, odd ones, damaged ones and hostile ones; each is decoded, analyzed
and made a clip of (of grey pictures, for they are not what is measured), and compared with what plain ``ffmpeg -i``
decodes of it. Where plain ffmpeg does not do what a player does (it ignores that a sound begins late, and stops at the
second link of a chained Ogg), what is right is known from how the file was made.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks.corpus import damaged, hostile, odd, plain
from benchmarks.corpus.kitchen import Case, Kitchen
from benchmarks.corpus.measure import Outcome, outcome_of, warm_up
from benchmarks.corpus.table import line, misses, summary
from benchmarks.figures import write_into

SHORT = (
    *("wav-01.wav", "aiff-00.aiff", "caf-03.caf", "au-01.au", "amr-00.amr", "aac-03.aac", "3gp-00.3gp", "wma-01.wma"),
    *("film-mp3.avi", "film.ts", "id3v2.3-before.flac", "ape-before.mp3", "zeros-before.mp3", "cut-50-bytes.mp3"),
    *("mono-stereo-joined.mp3", "opus-vorbis-22k-chain.ogg", "1.1-s-late.mp4", "1.1-s-late-b.mkv"),
    *("track-2-is-default.mp4", "hole-of-7-s.webm", "wide-before-mdat.mov", "right-only.wav", "centre-of-7.1.flac"),
    *("antiphase.wav", "9-channels.wav", "half.flac", "sprinkled.mp3", "22-million-samples-x3.mp4"),
    *("hides-four-hours.flac", "pauses-for-ten-hours.mkv", "playlist.mp3", "one-hertz.wav"),
)
"""One of each kind, for the test-suite."""


def cases(only: str = "", *, short: bool = False) -> list[Case]:
    """Return the whole corpus, one file of each kind, or the files whose names hold a word."""
    every = [*plain.cases(), *odd.cases(), *damaged.cases(), *hostile.cases()]
    return [case for case in every if only in case.name and (not short or case.name in SHORT)]


def outcomes(chosen: Sequence[Case], folder: Path, seed: int, *, with_clips: bool) -> Iterator[Outcome]:
    """Make each file, take it the whole way, and delete it again."""
    kitchen = Kitchen(folder, seed)
    if with_clips:
        warm_up(kitchen.sound)
    (folder / "files").mkdir(exist_ok=True)
    for case in chosen:
        path = folder / "files" / case.name
        case.make(kitchen, path)
        yield outcome_of(case, path, with_clip=with_clips and case.group in ("plain", "odd"))
        if "GANTERPRET_KEEP_CORPUS" not in os.environ:
            path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="only files whose names hold this word")
    parser.add_argument("--short", action="store_true", help="one file of each kind")
    parser.add_argument("--keep", type=Path, help="make the files in this folder, and leave them there")
    parser.add_argument("--without-clips", action="store_true", help="decode and analyze alone")
    parser.add_argument("--json", type=Path, help="write every outcome there")
    parser.add_argument("--write", type=Path, help="write the summary into this document")
    asked = parser.parse_args()
    with _folder(asked.keep) as folder:
        found = []
        chosen = cases(asked.only, short=asked.short)
        for outcome in outcomes(chosen, folder, asked.seed, with_clips=not asked.without_clips):
            print(line(outcome), flush=True)
            found.append(outcome)
    told = summary(found)
    print(f"\n{told}\n")
    missed = list(misses(found))
    for outcome, why in missed:
        print(f"MISSED {outcome.name}: {why}")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(outcome) for outcome in found], indent=1))
    if asked.write:
        write_into(asked.write, "corpus", told)
    sys.exit(1 if missed else 0)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    keep.mkdir(parents=True, exist_ok=True)
    os.environ["GANTERPRET_KEEP_CORPUS"] = "1"
    yield keep


if __name__ == "__main__":
    main()
