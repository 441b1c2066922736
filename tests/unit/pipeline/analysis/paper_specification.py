"""Preset ``paper`` written out plainly, step by step and slowly, to hold the fast one against.

From the paper (section 2), the blog post and the behaviour of the released program.
"""

import numpy as np
from matplotlib import mlab


def variation(samples):
    """Mean over frequencies of |S[t] - S[t+1]|, by its maximum."""
    spectrogram = mlab.specgram(samples, NFFT=256, Fs=44_100, noverlap=128)[0]
    steps = spectrogram.shape[1]
    changes = [float(np.mean(np.abs(spectrogram[:, t] - spectrogram[:, t + 1]))) for t in range(steps - 1)]
    return [change / max(changes) for change in changes]


def curve(changes):
    """Running mean over 256, each window added up by itself; its first value 256 times in front."""
    means = [sum(changes[t : t + 256]) / 256 for t in range(len(changes) - 255)]
    return np.array([means[0]] * 256 + means)


def inflection_points(values, threshold, kind="min", highest_minimum=0.08, length=200):
    points = [0]
    start = 0
    while start <= len(values) - length - 2:
        here = start + length + 1
        after_here = values[here + 1 : here + length + 1]
        if len(after_here) == 0:  # nothing to compare the last step with
            start += 1
            continue
        from_before = values[here] - np.mean(values[start : start + length])
        from_after = values[here] - np.mean(after_here)
        from_left, from_right = values[here] - values[here - 1], values[here] - values[here + 1]
        turns = np.sign(from_left) == np.sign(from_right)
        apart = np.sign(from_before) == np.sign(from_after)
        if turns and apart and abs(from_before) > threshold and abs(from_after) > threshold:
            too_high = values[here] > values[here - 1] or values[here] > highest_minimum
            too_low = values[here] < values[here - 1]
            if not ((kind == "min" and too_high) or (kind == "max" and too_low)):
                points.append(here)
            start += length
        else:
            start += 1
    return [*points, len(values) - 1]


def alphas(values, points):
    """Each segment's cumulative sum by its total, from step 1 on; then a final 1."""
    shares = []
    start = 1
    for end in points[1:]:
        part = values[start:end]
        shares += [float(np.sum(part[: count + 1]) / np.sum(part)) for count in range(len(part))]
        start = end
    return [*shares, 1.0]
