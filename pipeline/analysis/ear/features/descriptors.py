"""What a listener compares: loudness, timbre, harmony and activity, frame by frame and independent of gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from pipeline.analysis.ear.features.frames import FINE_PER_FRAME, HARMONY_EVERY
from pipeline.analysis.ear.features.powers import Powers
from pipeline.analysis.ear.features.spectrum import LOWEST_SEMITONE, MEL_BANDS, SEMITONES

LOUD_PERCENTILE = 98.0
"""The frames that are louder than this share of all set the sound's own 0 dB: the loud passages, not one knock."""

RANGE_DB = 55.0
"""What lies further below is silence: a room's hiss, a codec's rests."""

BAND_RANGE_DB = 60.0
"""The same for one band, whose share of the power is smaller."""

SEMITONES_PER_OCTAVE = 12
LOUDNESS_EXPONENT = 0.3

STROKE_GROUPS = 8
STROKE_LAG = 2  # fine frames, half a window


@dataclass(frozen=True, slots=True, eq=False)
class Descriptors:
    """Views of a sound; each is float32 of shape (frames, dimensions).

    Attributes
    ----------
    level : shape (frames, 1)
        dB below the sound's loud passages, from −55.
    timbre : shape (frames, 40)
        dB by mel band, without their mean: the shape of the spectrum.
    loudness : shape (frames, 40)
        Power by mel band to the power of 0.3, near to sones (Stevens 1957): what is loud counts more.
    harmony : shape (slow frames, 60)
        dB by semitone, without their mean.
    chroma : shape (slow frames, 12)
        Tonal power by pitch class, as a unit vector; zero where nothing has a pitch.
    bands_db : shape (fine frames, 40)
        dB by mel band, for what has to be timed exactly.
    strokes : shape (frames, 8)
        Rise of the loudness by octave or so, summed over the frame: where drums, consonants and strings are struck.
    """

    level: NDArray[np.float32]
    timbre: NDArray[np.float32]
    loudness: NDArray[np.float32]
    harmony: NDArray[np.float32]
    chroma: NDArray[np.float32]
    bands_db: NDArray[np.float32]
    strokes: NDArray[np.float32]


def describe(powers: Powers) -> Descriptors:
    """Bring powers to scales on which differences mean alike at every loudness."""
    mel = powers.mel.reshape(-1, FINE_PER_FRAME, MEL_BANDS).mean(axis=1)
    total = mel.sum(axis=1)
    loud = float(np.percentile(total, LOUD_PERCENTILE))
    if loud <= 0.0:
        loud = float(total.max()) or 1.0
    level = decibels(total, loud, RANGE_DB)[:, None]
    band_loud = loud / MEL_BANDS
    timbre = decibels(mel, band_loud, BAND_RANGE_DB)
    timbre -= timbre.mean(axis=1, keepdims=True)
    semitone_loud = float(np.percentile(powers.semitones.sum(axis=1), LOUD_PERCENTILE)) / SEMITONES or 1.0
    harmony = decibels(powers.semitones, semitone_loud, BAND_RANGE_DB)
    chroma = pitch_classes(harmony)
    harmony -= harmony.mean(axis=1, keepdims=True)
    return Descriptors(
        level=level,
        timbre=timbre,
        loudness=(mel / np.float32(band_loud)) ** np.float32(LOUDNESS_EXPONENT),
        harmony=harmony,
        chroma=chroma,
        bands_db=decibels(powers.mel, band_loud, BAND_RANGE_DB),
        strokes=strokes((powers.mel / np.float32(band_loud)) ** np.float32(LOUDNESS_EXPONENT)),
    )


def strokes(loudness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Add up how much each group of five bands rises within each frame.

    Parameters
    ----------
    loudness : float32, shape (fine frames, 40)

    Returns
    -------
    float32, shape (frames, 8)
    """
    groups = loudness.reshape(len(loudness), STROKE_GROUPS, -1).mean(axis=2)
    rise = np.zeros_like(groups)
    np.maximum(groups[STROKE_LAG:] - groups[:-STROKE_LAG], 0.0, out=rise[STROKE_LAG:])
    summed: NDArray[np.float32] = rise.reshape(-1, FINE_PER_FRAME, STROKE_GROUPS).sum(axis=1)
    return summed


def decibels(power: NDArray[np.float32], reference: float, range_db: float) -> NDArray[np.float32]:
    """Return 10·log10(power/reference + floor), so that it bends smoothly into −`range_db`."""
    floor = np.float32(10 ** (-range_db / 10))
    result: NDArray[np.float32] = 10 * np.log10(power / np.float32(reference) + floor)
    return result


def pitch_classes(harmony_db: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fold what stands out of its surroundings into pitch classes (Fujishima 1999, after whitening).

    Parameters
    ----------
    harmony_db : float32, shape (slow frames, 60)

    Returns
    -------
    float32, shape (slow frames, 12)
        Class 0 is C.
    """
    surroundings = median_filter(harmony_db, size=(1, SEMITONES_PER_OCTAVE + 1), mode="nearest")
    tonal = np.maximum(harmony_db - surroundings, 0.0)
    classes = np.zeros((len(tonal), SEMITONES_PER_OCTAVE), dtype=np.float32)
    for number in range(SEMITONES):
        classes[:, (LOWEST_SEMITONE + number) % SEMITONES_PER_OCTAVE] += tonal[:, number]
    length = np.linalg.norm(classes, axis=1, keepdims=True)
    unit: NDArray[np.float32] = classes / np.maximum(length, SEMITONES_PER_OCTAVE)
    return unit


def at_frames(slow: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Repeat slow frames so that there is one to a frame."""
    return np.repeat(slow, HARMONY_EVERY, axis=0)[:frames]
