"""What comes again in a sound comes again in its pictures: the chorus has its place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from pipeline.analysis.ear.meaning.sections import Section
from pipeline.recipe import Scene

_SLACK_S = 0.35  # a point may lie a little before the section that it begins
_SAME_PLACE_S = 0.75  # nobody plays a verse twice in exactly the same time


def remembered(scenes: Sequence[Scene], points_s: Sequence[float], sections: Sequence[Section]) -> tuple[Scene, ...]:
    """Give the points of a section that was heard before the scenes of the first time.

    Each point takes the scene of the one that lies at the same distance from its section's beginning. It keeps its own
    where there is none, and where it would otherwise show what its neighbour shows.

    Parameters
    ----------
    scenes : sequence of Scene
        As chosen, one to a point.
    points_s : sequence of float
        When the points are.
    sections : sequence of Section
        In order of time, from 0 to the end.
    """
    shown: list[Scene] = []
    for place, source in enumerate(_sources(points_s, sections)):
        own = scenes[place]
        again = own if source is None else scenes[source]
        neighbours = [scene.category for scene in (*shown[-1:], *scenes[place + 1 : place + 2])]
        shown.append(own if again.category in neighbours else again)
    return tuple(shown)


def closed(scenes: Sequence[Scene]) -> tuple[Scene, ...]:
    """End with the scene that the clip begins with."""
    return (*scenes[:-1], scenes[0])


def _sources(points_s: Sequence[float], sections: Sequence[Section]) -> list[int | None]:
    """Return for each point the earlier point whose scene it takes; None where it has its own."""
    sections = _joined(sections)
    starts_s = [section.start_s - _SLACK_S for section in sections]
    of_section: dict[int, list[int]] = {}
    for point, time_s in enumerate(points_s):
        of_section.setdefault(bisect_right(starts_s, time_s) - 1, []).append(point)
    first: dict[str, int] = {}
    sources: list[int | None] = [None] * len(points_s)
    for number, points in of_section.items():
        if number < 0:
            continue
        section = sections[number]
        model = first.setdefault(section.label, number)
        if model == number:
            continue
        for point in points:
            offset_s = points_s[point] - section.start_s
            away_s, nearest = min(
                (abs(points_s[other] - sections[model].start_s - offset_s), other) for other in of_section[model]
            )
            if away_s <= _SAME_PLACE_S:
                sources[point] = nearest
    return sources


def _joined(sections: Sequence[Section]) -> list[Section]:
    """Take neighbours of one label for one section: what goes on does not come again."""
    joined: list[Section] = []
    for section in sections:
        if joined and joined[-1].label == section.label:
            section = Section(joined.pop().start_s, section.end_s, section.label)
        joined.append(section)
    return joined
