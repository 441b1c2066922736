"""A camera before finished pictures."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.generator import POSES
from pipeline.motion.camera import camera, shot
from pipeline.motion.crop import boxes, cropped


def test_from_as_far_away_as_it_goes_the_whole_picture_is_seen():
    frames = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    poses = np.zeros((2, len(POSES)), np.float32)
    poses[:, POSES.index("camera_zoom")] = -0.2
    assert np.array_equal(cropped(frames, poses), frames)


def test_the_camera_of_a_film_is_never_stopped_by_the_edge():
    poses = np.zeros((1000, len(POSES)), np.float32)
    poses[:, :3] = camera(shot(5), np.linspace(0, 60, 1000))
    left, top, right, bottom = boxes(poses).T
    for side in (left, top, 1 - right, 1 - bottom):
        assert side.min() > 0


@settings(max_examples=60, deadline=None)
@given(arrays(np.float32, (3, len(POSES)), elements=st.floats(-60, 60, width=32)))
def test_the_camera_never_looks_past_the_edge(poses):
    left, top, right, bottom = boxes(poses).T
    assert (left >= 0).all()
    assert (top >= 0).all()
    assert (right <= 1 + 1e-9).all()
    assert (bottom <= 1 + 1e-9).all()
    assert (right > left).all()


def test_a_push_sees_the_middle_larger():
    frames = np.zeros((1, 64, 64, 3), np.uint8)
    frames[:, 24:40, 24:40] = 255
    poses = np.zeros((1, len(POSES)), np.float32)
    poses[:, POSES.index("camera_zoom")] = 0.5
    assert cropped(frames, poses).mean() > 1.8 * frames.mean()
