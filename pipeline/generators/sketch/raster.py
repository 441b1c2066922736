"""Curves to pixels, by ThorVG.

ThorVG is called through its C interface with whole arrays: a part costs seven calls, and a frame's geometry is
handed over where NumPy put it. Of the rasterisers on PyPI it is the one that brings its own library, gradients and
Bézier curves (docs/sketch.md has the comparison). It is not safe to use from two threads.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.generators.sketch.anatomy import SLOTS
from pipeline.generators.sketch.outlines import POINTS, SEGMENTS
from pipeline.generators.sketch.picture import Pictures

_HUNDREDTHS = 100.0
_ABGR8888 = 0  # bytes in memory: red, green, blue, alpha
_ENGINE_DEFAULT = 1
_MOVE_TO, _CUBIC_TO, _CLOSE = 1, 3, 0
_SUCCESS = 0
_SMALLEST_PX = 0.12  # a part whose larger side is below this covers no pixel by more than a hundredth
_STOP_OFFSETS = (0.0, 0.52, 1.0)

_stop = np.dtype([("offset", np.float32), ("rgba", np.uint8, 4)])


class RasterError(RuntimeError):
    """ThorVG refused a call."""


@cache
def _library() -> Any:
    from thorvg_python.engine import THORVG_LIB

    if THORVG_LIB is None:
        raise RasterError("ThorVG's library cannot be loaded")
    pointer, real, byte, word, flag, code = (
        ctypes.c_void_p,
        ctypes.c_float,
        ctypes.c_uint8,
        ctypes.c_uint32,
        ctypes.c_bool,
        ctypes.c_int,
    )
    for name, result, *arguments in (
        ("tvg_engine_init", code, word),
        ("tvg_swcanvas_create", pointer, byte),
        ("tvg_swcanvas_set_target", code, pointer, pointer, word, word, word, code),
        ("tvg_canvas_add", code, pointer, pointer),
        ("tvg_canvas_update", code, pointer),
        ("tvg_canvas_draw", code, pointer, flag),
        ("tvg_canvas_sync", code, pointer),
        ("tvg_canvas_destroy", code, pointer),
        ("tvg_shape_new", pointer),
        ("tvg_shape_reset", code, pointer),
        ("tvg_shape_append_path", code, pointer, pointer, word, pointer, word),
        ("tvg_shape_set_gradient", code, pointer, pointer),
        ("tvg_shape_set_stroke_width", code, pointer, real),
        ("tvg_shape_set_stroke_join", code, pointer, code),
        ("tvg_shape_set_stroke_gradient", code, pointer, pointer),
        ("tvg_linear_gradient_new", pointer),
        ("tvg_linear_gradient_set", code, pointer, real, real, real, real),
        ("tvg_radial_gradient_new", pointer),
        ("tvg_radial_gradient_set", code, pointer, real, real, real, real, real, real),
        ("tvg_gradient_set_color_stops", code, pointer, pointer, word),
        ("tvg_gradient_set_transform", code, pointer, pointer),
    ):
        function = getattr(THORVG_LIB, name)
        function.argtypes, function.restype = arguments, result
    if THORVG_LIB.tvg_engine_init(0) != _SUCCESS:
        raise RasterError("tvg_engine_init")
    return THORVG_LIB


class Canvas:
    """A square of pixels with one retained shape per slot, drawn anew for each frame.

    Parameters
    ----------
    size_px : int
        Width and height.
    """

    def __init__(self, size_px: int) -> None:
        self.size_px = size_px
        self._tvg = _library()
        self._pixels = np.zeros((size_px, size_px, 4), dtype=np.uint8)
        self._canvas = self._tvg.tvg_swcanvas_create(_ENGINE_DEFAULT)
        self._check(
            self._tvg.tvg_swcanvas_set_target(
                self._canvas, self._pixels.ctypes.data, size_px, size_px, size_px, _ABGR8888
            ),
            "set_target",
        )
        self._shapes = [self._tvg.tvg_shape_new() for _ in SLOTS]
        for shape in self._shapes:
            self._tvg.tvg_shape_set_stroke_join(shape, 1)  # round
            self._check(self._tvg.tvg_canvas_add(self._canvas, shape), "add")
        self._commands = np.array([_MOVE_TO, *[_CUBIC_TO] * SEGMENTS, _CLOSE], dtype=np.uint8)

    def draw(self, pictures: Pictures, frame: int) -> NDArray[np.uint8]:
        """Draw one frame.

        Returns
        -------
        uint8, shape (size_px, size_px, 4)
            RGBA, opaque where anything was drawn; overwritten by the next call.
        """
        tvg, scale = self._tvg, self.size_px / _HUNDREDTHS
        curves = np.ascontiguousarray(pictures.curves[frame] * np.float32(scale))
        stops, edge_stops = _packed(pictures.stops[frame]), _packed(pictures.edge_stops[frame])
        matrices = np.zeros((len(SLOTS), 3, 3), dtype=np.float32)
        matrices[:, :2] = pictures.axes[frame] * scale
        matrices[:, 2, 2] = 1.0
        lines = (pictures.edge_line[frame] * scale).tolist()
        lights, edges = pictures.light[frame].tolist(), (pictures.edge[frame] * scale).tolist()
        left, top, right, bottom = pictures.bounds[frame].T * np.float32(scale)
        size = np.maximum(right - left, bottom - top)
        inside = (right > 0) & (bottom > 0) & (left < self.size_px) & (top < self.size_px)
        drawn = ((size > _SMALLEST_PX) & inside & (pictures.stops[frame, :, 0, 3] > 0)).tolist()
        tops, bottoms = top.tolist(), bottom.tolist()
        curve_at, command_at = curves.ctypes.data, self._commands.ctypes.data
        stop_at, edge_stop_at, matrix_at = stops.ctypes.data, edge_stops.ctypes.data, matrices.ctypes.data
        for slot, shape in enumerate(self._shapes):
            tvg.tvg_shape_reset(shape)
            if not drawn[slot]:
                continue
            tvg.tvg_shape_append_path(shape, command_at, SEGMENTS + 2, curve_at + slot * (POINTS + 1) * 8, POINTS + 1)
            kind = SLOTS[slot].kind
            if kind == "scene":
                gradient = tvg.tvg_linear_gradient_new()
                tvg.tvg_linear_gradient_set(gradient, 0.0, tops[slot], 0.0, bottoms[slot])
            else:
                gradient = tvg.tvg_radial_gradient_new()
                x, y, radius = lights[slot] if kind == "part" else (0.0, 0.0, 1.0)
                tvg.tvg_radial_gradient_set(gradient, x, y, radius, x, y, 0.0)
                tvg.tvg_gradient_set_transform(gradient, matrix_at + slot * 36)
            tvg.tvg_gradient_set_color_stops(gradient, stop_at + slot * 24, 3)
            tvg.tvg_shape_set_gradient(shape, gradient)
            width = edges[slot]
            if width > 0.05:
                tvg.tvg_shape_set_stroke_width(shape, width)
                gradient = tvg.tvg_linear_gradient_new()
                tvg.tvg_linear_gradient_set(gradient, *lines[slot])
                tvg.tvg_gradient_set_color_stops(gradient, edge_stop_at + slot * 24, 3)
                tvg.tvg_shape_set_stroke_gradient(shape, gradient)
            else:
                tvg.tvg_shape_set_stroke_width(shape, 0.0)
        self._check(tvg.tvg_canvas_update(self._canvas), "update")
        self._check(tvg.tvg_canvas_draw(self._canvas, False), "draw")
        self._check(tvg.tvg_canvas_sync(self._canvas), "sync")
        return self._pixels

    def close(self) -> None:
        """Give ThorVG's memory back."""
        if self._canvas:
            self._tvg.tvg_canvas_destroy(self._canvas)
            self._canvas = None

    @staticmethod
    def _check(code: int, call: str) -> None:
        if code != _SUCCESS:
            raise RasterError(f"{call}: {code}")


def _packed(stops: NDArray[np.uint8]) -> NDArray[Any]:
    """Lay stops out as ThorVG's Tvg_Color_Stop."""
    packed = np.zeros(stops.shape[:-1], dtype=_stop)
    packed["offset"] = _STOP_OFFSETS
    packed["rgba"] = stops
    return packed
