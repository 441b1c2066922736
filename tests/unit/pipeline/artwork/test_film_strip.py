"""The strip shows the clip's own frames, each from the middle of its part, however they arrive."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.artwork.film_strip import FilmStrip


@settings(deadline=None)
@given(frame_count=st.integers(1, 200), tile_count=st.integers(1, 20), batch=st.integers(1, 70))
def test_every_tile_is_the_frame_of_its_moment(frame_count: int, tile_count: int, batch: int) -> None:
    frames = np.broadcast_to(np.arange(frame_count, dtype=np.uint8)[:, None, None, None], (frame_count, 6, 6, 3))
    strip = FilmStrip(frame_count, tile_count=tile_count, side_px=3)
    for start in range(0, frame_count, batch):
        strip.add(start, frames[start : start + batch])
    tiles = min(tile_count, frame_count)
    assert strip.tiles.shape == (tiles, 3, 3, 3)
    assert strip.tiles[:, 1, 1, 0].tolist() == strip.frame_indices.tolist()
    middles = (np.arange(tiles) + 0.5) * frame_count / tiles
    assert np.all(np.abs(strip.frame_indices - middles) <= 1)
