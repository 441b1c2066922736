"""A sound that was looked at once: where it lies, what is in it, and which part of it a clip uses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.media.probe import SoundInfo, probe
from pipeline.sound import part_length_s


@dataclass(frozen=True, slots=True)
class Sound:
    """A part of a sound file.

    Attributes
    ----------
    path : Path
        A local file, from anywhere.
    info : SoundInfo
        What probing it has told; nobody needs to probe it again.
    start_s, duration_s : float, float or None
        The part that is used, in seconds; None means up to the end.
    """

    path: Path
    info: SoundInfo
    start_s: float = 0.0
    duration_s: float | None = None

    @property
    def claimed_s(self) -> float:
        """The length of the part in seconds, as far as the file's header tells the truth."""
        return part_length_s(self.info.duration_s, self.start_s, self.duration_s)


def open_sound(path: Path, start_s: float = 0.0, duration_s: float | None = None) -> Sound:
    """Look into a file.

    Raises
    ------
    PipelineError
        What `pipeline.media.probe.probe` raises.
    """
    return Sound(path, probe(path), start_s, duration_s)
