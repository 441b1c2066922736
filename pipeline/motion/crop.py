"""A camera before finished pictures, for generators that have none of their own: it sees a part of each frame."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.generator import POSES

_BOUNCE, _SWAY, _NOD = 0.5, 0.45, 0.25  # hundredths of the picture for a full movement: the camera dances instead
_NEARER = 0.1
"""How much nearer than its own zoom this camera is, for beyond a finished picture there is nothing to see."""
_X, _Y, _ZOOM = (POSES.index(name) for name in ("camera_x", "camera_y", "camera_zoom"))


def cropped(frames: NDArray[np.uint8], poses: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Look at each frame through the camera of its pose.

    Parameters
    ----------
    frames : uint8, shape (frames, size_px, size_px, 3)
    poses : float32, shape (frames, len(POSES))

    Returns
    -------
    uint8
        Of the same shape.
    """
    size_px = frames.shape[1]
    out = np.empty_like(frames)

    def look(number: int, box: NDArray[np.float64]) -> None:
        left, top, right, bottom = box.tolist()
        picture = Image.fromarray(frames[number])
        # A box of real numbers: a crop by whole pixels would tremble.
        seen = picture.resize((size_px, size_px), Image.Resampling.BICUBIC, box=(left, top, right, bottom))
        out[number] = np.asarray(seen)

    # A GPU draws faster than one core resamples, and Pillow lets go of the interpreter while it does.
    with ThreadPoolExecutor() as threads:
        for _ in threads.map(look, range(len(frames)), boxes(poses) * size_px):
            pass
    return out


def boxes(poses: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return what is seen of each picture: left, top, right, bottom in [0, 1], float64 of shape (frames, 4)."""
    pose = poses.astype(np.float64)
    side = 1.0 / (1.0 + np.maximum(pose[:, _ZOOM] + _NEARER, 0.0))
    x = pose[:, _X] + _SWAY * pose[:, POSES.index("sway")]
    y = pose[:, _Y] - _BOUNCE * pose[:, POSES.index("bounce")] - _NOD * pose[:, POSES.index("nod")]
    left, top = (np.clip(0.5 + 0.01 * place * side - 0.5 * side, 0.0, 1.0 - side) for place in (x, y))
    return np.stack([left, top, left + side, top + side], axis=-1)
