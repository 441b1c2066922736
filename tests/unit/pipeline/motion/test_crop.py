"""A camera before finished pictures."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.generator import POSES
from pipeline.motion.crop import boxes, cropped


def test_without_a_pose_a_picture_is_what_it_is():
    frames = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    assert np.array_equal(cropped(frames, np.zeros((2, len(POSES)), np.float32)), frames)


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
