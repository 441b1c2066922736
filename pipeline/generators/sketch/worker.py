"""A process that draws: requests on its standard input, frames on its standard output, until the input closes."""

from __future__ import annotations

import os
import sys

from pipeline.generators.sketch.draw import Painter
from pipeline.generators.sketch.messages import read_request, write_frames


def main(size_px: int) -> None:
    """Serve one generator."""
    requests, frames = sys.stdin.buffer, sys.stdout.buffer
    # Whatever prints must not end up between the pixels.
    sys.stdout = sys.stderr
    painter = Painter(size_px)
    try:
        while (request := read_request(requests)) is not None:
            pictures = painter.paint(request.latents, request.class_vectors, request.truncation, request.poses)
            write_frames(frames, pictures)
    except (EOFError, BrokenPipeError):
        # The parent is gone; there is nobody left to tell, and a flush at exit would only fail again.
        os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
