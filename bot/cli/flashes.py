"""``ganterpret flashes``: does a clip flash?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import err, out
from pipeline.media.clip_frames import clip_fps, clip_frames
from pipeline.motion.flash_limit import FlashGuard
from pipeline.motion.flash_meter import SAFE_AREA, Flashes


def command(clip: Annotated[Path, typer.Argument(metavar="CLIP.mp4", help="An mp4 file, ours or another.")]) -> None:
    """Measure general and red flashes as WCAG 2 defines them; status 1 where there are too many."""
    guard = FlashGuard(round(clip_fps(clip)), smooths=False)
    with err.status("Looking"):
        for _ in guard.through(frame[None] for frame in clip_frames(clip)):
            pass
    out.print(sentence(guard.flashes), highlight=False)
    if not guard.flashes.are_safe:
        raise typer.Exit(1)


def sentence(flashes: Flashes) -> str:
    """Say what was measured."""
    if flashes.worst_s is None:
        return "No flashes: at no place three a second."
    areas = f"general flashes over {flashes.general_area:.0%} and red ones over {flashes.red_area:.0%}"
    verdict = "passes" if flashes.are_safe else "fails"
    return (
        f"At the worst, {flashes.worst_s:.1f} s in, {areas} of ten degrees of sight at once; "
        f"this {verdict} WCAG 2.3.1, which allows less than {SAFE_AREA:.0%}."
    )
