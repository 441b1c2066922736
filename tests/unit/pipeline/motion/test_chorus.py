"""The chorus has its place: what is heard again is seen again."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.analysis.ear.meaning.sections import Section
from pipeline.motion.chorus import closed, remembered
from pipeline.recipe import Scene

SCENES = tuple(Scene(category, 100 + category) for category in range(8))
VERSE_CHORUS_VERSE_CHORUS = (
    Section(0.0, 10.0, "A"),
    Section(10.0, 20.0, "B"),
    Section(20.0, 30.0, "A"),
    Section(30.0, 40.0, "B"),
)
POINTS_S = (0.0, 5.0, 10.0, 15.0, 19.9, 25.0, 30.1, 40.0)


def test_a_section_that_comes_again_shows_the_scenes_of_the_first_time():
    shown = remembered(SCENES, POINTS_S, VERSE_CHORUS_VERSE_CHORUS)
    assert shown == (*SCENES[:4], SCENES[0], SCENES[1], SCENES[2], SCENES[7])


def test_without_sections_that_come_again_every_point_keeps_its_scene():
    once = tuple(
        Section(section.start_s, section.end_s, label)
        for section, label in zip(VERSE_CHORUS_VERSE_CHORUS, "ABCD", strict=True)
    )
    assert remembered(SCENES, POINTS_S, once) == SCENES
    assert remembered(SCENES, POINTS_S, ()) == SCENES


def test_more_points_than_the_first_time_do_not_stand_still():
    sections = (Section(0.0, 10.0, "A"), Section(10.0, 20.0, "B"), Section(20.0, 40.0, "A"))
    shown = remembered(SCENES, (0.0, 10.0, 20.0, 25.0, 30.0, 33.0, 37.0, 40.0), sections)
    assert shown[2] == SCENES[0]
    assert shown[3:] == SCENES[3:]
    assert all(one.category != other.category for one, other in pairwise(shown))


@given(
    st.lists(st.floats(0.1, 5.0), min_size=1, max_size=20),
    st.lists(st.tuples(st.floats(0.5, 10.0), st.sampled_from("AB")), max_size=6),
)
def test_whatever_is_heard_each_point_has_one_of_the_scenes(gaps_s, parts):
    points_s, sections = [0.0], []
    for gap_s in gaps_s:
        points_s.append(points_s[-1] + gap_s)
    start_s = 0.0
    for length_s, label in parts:
        sections.append(Section(start_s, start_s + length_s, label))
        start_s += length_s
    scenes = tuple(Scene(index % 1000, index) for index in range(len(points_s)))
    shown = remembered(scenes, points_s, sections)
    assert len(shown) == len(scenes)
    assert set(shown) <= set(scenes)
    assert shown[0] == scenes[0]
    assert all(one.category != other.category for one, other in pairwise(shown))


def test_what_goes_on_does_not_come_again():
    one_long = (Section(0.0, 10.0, "A"), Section(10.0, 20.0, "A"), Section(20.0, 40.0, "A"))
    assert remembered(SCENES, POINTS_S, one_long) == SCENES


def test_a_loop_ends_with_its_first_scene():
    assert closed(SCENES) == (*SCENES[:-1], SCENES[0])
