"""What generator and worker processes say to each other, over pipes.

A request is a header, then the latents, the poses if there are any, and the sparse class vectors; the answer is the
frames. Class vectors go sparse because all but one or two of the thousand are zero. The frames come behind a word and
their size, by which anything else in the pipe is noticed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from pipeline.generator import LATENT_DIM, NUM_CLASSES, POSES

_HEADER = struct.Struct("<IIId")  # frames, of which posed (all or none), entries of the class vectors, truncation
_ANSWER = struct.Struct("<4sQ")  # a word, bytes
_WORD = b"DRAW"


@dataclass(frozen=True, slots=True)
class DrawRequest:
    """Rows to draw."""

    latents: NDArray[np.float32]
    class_vectors: NDArray[np.float32]
    truncation: float
    poses: NDArray[np.float32] | None = None

    def part(self, rows: slice) -> DrawRequest:
        """Return some of the rows."""
        poses = None if self.poses is None else self.poses[rows]
        return DrawRequest(self.latents[rows], self.class_vectors[rows], self.truncation, poses)


def write_request(pipe: BinaryIO, request: DrawRequest) -> None:
    """Send a request and flush."""
    rows, columns = np.nonzero(request.class_vectors)
    poses = request.poses
    pipe.write(_HEADER.pack(len(request.latents), 0 if poses is None else len(poses), len(rows), request.truncation))
    pipe.write(np.ascontiguousarray(request.latents, dtype="<f4").tobytes())
    if poses is not None:
        pipe.write(np.ascontiguousarray(poses, dtype="<f4").tobytes())
    pipe.write(rows.astype("<u4").tobytes())
    pipe.write(columns.astype("<u4").tobytes())
    pipe.write(request.class_vectors[rows, columns].astype("<f4").tobytes())
    pipe.flush()


def read_request(pipe: BinaryIO) -> DrawRequest | None:
    """Receive a request; None once the other side has closed its end.

    Raises
    ------
    EOFError
        If it closed in the middle of one.
    """
    first = pipe.read(_HEADER.size)
    if not first:
        return None
    if len(first) < _HEADER.size:
        raise EOFError
    frames, posed, entries, truncation = _HEADER.unpack(first)
    latents = _read(pipe, "<f4", frames * LATENT_DIM).reshape(frames, LATENT_DIM)
    poses = _read(pipe, "<f4", posed * len(POSES)).reshape(posed, len(POSES)).astype(np.float32) if posed else None
    rows, columns = _read(pipe, "<u4", entries), _read(pipe, "<u4", entries)
    class_vectors = np.zeros((frames, NUM_CLASSES), dtype=np.float32)
    class_vectors[rows, columns] = _read(pipe, "<f4", entries)
    return DrawRequest(latents.astype(np.float32), class_vectors, truncation, poses)


def write_frames(pipe: BinaryIO, frames: NDArray[np.uint8]) -> None:
    """Send frames and flush."""
    pipe.write(_ANSWER.pack(_WORD, frames.nbytes))
    pipe.write(frames.reshape(-1).data)
    pipe.flush()


def read_frames(pipe: BinaryIO, out: NDArray[np.uint8]) -> None:
    """Receive frames into a contiguous array.

    Raises
    ------
    EOFError
        If the worker ended before it had sent them all, or sent something else.
    """
    if pipe.read(_ANSWER.size) != _ANSWER.pack(_WORD, out.nbytes):
        raise EOFError
    view = out.reshape(-1).data.cast("B")
    while view:
        count = pipe.readinto(view)  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        view = view[count:]


def _read(pipe: BinaryIO, dtype: str, count: int) -> NDArray[np.generic]:
    expected = count * np.dtype(dtype).itemsize
    raw = pipe.read(expected)
    if len(raw) < expected:
        raise EOFError
    return np.frombuffer(raw, dtype=dtype)
