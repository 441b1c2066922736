"""The pictures of a finished clip, small, one after the other: for looking at what was encoded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.ffmpeg import (
    SOUND_DECODERS,
    input_command,
    read_pipe,
    refuse_killed,
    sound_cage,
    sound_environment,
)
from pipeline.media.media_type import MP4, media_type
from pipeline.media.mp4 import read_mp4
from pipeline.processes.child import PIPE, Child
from pipeline.processes.deadline import Deadline

SIDE_PX = 128
_TIMEOUT_S = 3600.0


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
    command = input_command(path, MP4, decoders=("h264", *SOUND_DECODERS))
    command += ["-map", "0:v:0", "-fps_mode", "passthrough", "-vf", f"scale={SIDE_PX}:{SIDE_PX}:flags=area"]
    command += ["-pix_fmt", "rgb24", "-threads", "1", "-f", "rawvideo", "pipe:1"]
    found = False
    child = Child.start(
        command,
        deadline=Deadline.after(_TIMEOUT_S),
        stdout=PIPE,
        environment=sound_environment(),
        cage=sound_cage(path),
        bufsize=0,
    )
    with child:
        while True:
            frame = bytearray(SIDE_PX * SIDE_PX * 3)
            if read_pipe(child, memoryview(frame), path) < len(frame):
                break
            found = True
            yield np.frombuffer(frame, dtype=np.uint8).reshape(SIDE_PX, SIDE_PX, 3)
        refuse_killed(child.wait(), path)
    if not found:
        raise PipelineError(ErrorCode.BROKEN_MEDIA, path=str(path))
