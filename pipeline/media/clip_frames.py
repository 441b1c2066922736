"""The pictures of a finished clip, small, one after the other: for looking at what was encoded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.ffmpeg import SOUND_DECODERS, ffmpeg, input_arguments, read_blocks
from pipeline.media.media_type import MP4, media_type
from pipeline.media.mp4 import read_mp4

SIDE_PX = 128
_BYTES_OF_A_NUMBER = 8  # `read_blocks` counts in those


def clip_fps(path: Path) -> float:
    """Return how many pictures a second a clip has.

    Raises
    ------
    PipelineError
        ``NOT_MEDIA`` where it is no mp4 file with pictures.
    """
    facts = read_mp4(path)
    if facts.frame_count == 0 or facts.fps <= 0:
        raise PipelineError(ErrorCode.NOT_MEDIA, path=str(path))
    return facts.fps


def clip_frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Decode the pictures of a clip, reduced to `SIDE_PX`.

    Whatever they are, ffmpeg reads them as it reads sounds: in its cage, by one demuxer, and with one decoder.

    Yields
    ------
    uint8, shape (SIDE_PX, SIDE_PX, 3)

    Raises
    ------
    PipelineError
        ``NOT_MEDIA`` where it is no mp4; ``BROKEN_MEDIA`` where nothing decodes.
    """
    if media_type(path) != MP4:
        raise PipelineError(ErrorCode.NOT_MEDIA, path=str(path))
    command = [ffmpeg(), "-hide_banner", "-nostdin", "-loglevel", "error", "-threads", "1"]
    command += [
        "-codec_whitelist",
        ",".join(("h264", *SOUND_DECODERS)),
        *input_arguments(path, MP4),
        "-map",
        "0:v:0",
        "-fps_mode",
        "passthrough",
    ]
    command += [
        "-filter_threads",
        "1",
        "-vf",
        f"scale={SIDE_PX}:{SIDE_PX}:flags=area",
        "-pix_fmt",
        "rgb24",
        "-threads",
        "1",
        "-f",
        "rawvideo",
        "pipe:1",
    ]
    frame_bytes = SIDE_PX * SIDE_PX * 3
    found = False
    for block in read_blocks(path, command, frame_bytes // _BYTES_OF_A_NUMBER):
        if block.nbytes == frame_bytes:
            found = True
            yield block.view(np.uint8).reshape(SIDE_PX, SIDE_PX, 3)
    if not found:
        raise PipelineError(ErrorCode.BROKEN_MEDIA, path=str(path))
