"""Which media files are deleted."""

from hypothesis import given
from hypothesis import strategies as st

from storage.clips.media import GRACE_S, Folder, Retention, Standing, choose_victims

NOW_S = 1_000_000.0
DAY_S = 86_400.0
RETENTION = Retention(max_bytes=100, max_age_s=30 * DAY_S)


def folder(name: str, size: int = 10, age_s: float = 0.0) -> Folder:
    return Folder(name, size, NOW_S - age_s)


def victims(*standings: tuple[Folder, Standing]) -> list[str]:
    return [victim.path for victim in choose_victims(standings, NOW_S, RETENTION)]


def test_what_fits_and_is_young_stays() -> None:
    assert victims((folder("a", 50), Standing.KEPT), (folder("b", 50), Standing.KEPT)) == []


def test_what_is_too_old_goes() -> None:
    assert victims((folder("old", age_s=31 * DAY_S), Standing.KEPT), (folder("new"), Standing.KEPT)) == ["old"]


def test_the_oldest_go_until_the_rest_fits() -> None:
    kept = [(folder(f"{age} days", 40, age * DAY_S), Standing.KEPT) for age in (1, 4, 3, 2)]
    assert victims(*kept) == ["4 days", "3 days"]


def test_a_stray_goes_but_not_before_its_row_could_have_been_committed() -> None:
    assert victims(
        (folder("just made", age_s=GRACE_S / 2), Standing.STRAY), (folder("lost", age_s=GRACE_S * 2), Standing.STRAY)
    ) == ["lost"]


def test_what_is_needed_stays_whatever_its_age_and_size() -> None:
    needed = (folder("needed", 10_000, 400 * DAY_S), Standing.NEEDED)
    assert victims(needed, (folder("kept"), Standing.KEPT)) == ["kept"]


FOLDERS = st.lists(
    st.tuples(
        st.builds(Folder, st.uuids().map(str), st.integers(0, 80), st.floats(NOW_S - 60 * DAY_S, NOW_S)),
        st.sampled_from(Standing),
    ),
    max_size=20,
)


@given(FOLDERS)
def test_afterwards_it_fits_or_all_that_is_left_is_needed_or_too_new_to_judge(
    standings: list[tuple[Folder, Standing]],
) -> None:
    gone = set(choose_victims(standings, NOW_S, RETENTION))
    left = [(folder, standing) for folder, standing in standings if folder not in gone]
    assert not any(standing is Standing.NEEDED for folder, standing in standings if folder in gone)
    fits = sum(folder.bytes for folder, _ in left) <= RETENTION.max_bytes
    assert fits or all(standing is not Standing.KEPT for _, standing in left)
