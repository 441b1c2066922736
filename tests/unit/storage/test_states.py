"""The tables of transitions say all that may happen, and nothing that may not."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from pipeline.errors import ErrorCode
from storage.errors import RefusalCode
from storage.states import (
    DELIVERY_TRANSITIONS,
    OPEN,
    RELAY_TRANSITIONS,
    REQUEST_TRANSITIONS,
    UNCHARGED,
    WITH_THE_ENGINE,
    DeliveryState,
    RelayState,
    RequestState,
    sources_of,
)

TABLES = [
    pytest.param(RequestState, REQUEST_TRANSITIONS, RequestState.QUEUED, id="request"),
    pytest.param(DeliveryState, DELIVERY_TRANSITIONS, DeliveryState.PENDING, id="delivery"),
    pytest.param(RelayState, RELAY_TRANSITIONS, RelayState.GATHERING, id="relay"),
]


def reachable(start: StrEnum, table: Mapping[StrEnum, frozenset[StrEnum]]) -> set[StrEnum]:
    seen: set[StrEnum] = set()
    ahead = {start}
    while ahead:
        seen |= ahead
        ahead = {target for state in ahead for target in table[state]} - seen
    return seen


@pytest.mark.parametrize(("states", "table", "first"), TABLES)
def test_every_state_is_in_the_table_and_can_be_reached(
    states: type[StrEnum], table: Mapping[StrEnum, frozenset[StrEnum]], first: StrEnum
) -> None:
    assert set(table) == set(states)
    assert reachable(first, table) == set(states)


@pytest.mark.parametrize(("states", "table", "first"), TABLES)
def test_an_end_can_be_reached_from_everywhere(
    states: type[StrEnum], table: Mapping[StrEnum, frozenset[StrEnum]], first: StrEnum
) -> None:
    ends = {state for state in states if not table[state]}
    assert all(reachable(state, table) & ends for state in states)


@pytest.mark.parametrize(("states", "table", "first"), TABLES)
def test_sources_are_the_transitions_read_backwards(
    states: type[StrEnum], table: Mapping[StrEnum, frozenset[StrEnum]], first: StrEnum
) -> None:
    backwards = {(source, state) for state in states for source in sources_of(state, table)}
    assert backwards == {(state, target) for state in states for target in table[state]}


def test_what_is_made_cannot_be_unmade() -> None:
    """Once there is a clip, nothing leads back to making it, nor to a refund."""
    after = reachable(RequestState.RENDERED, REQUEST_TRANSITIONS)
    assert after == {RequestState.RENDERED, RequestState.DELIVERING, RequestState.DELIVERED}
    assert not after & (OPEN | UNCHARGED)


def test_nothing_follows_an_end_without_a_clip() -> None:
    assert all(not REQUEST_TRANSITIONS[state] for state in UNCHARGED)


def test_open_is_what_is_still_to_be_made() -> None:
    assert WITH_THE_ENGINE < OPEN
    assert all(RequestState.CANCELLED in REQUEST_TRANSITIONS[state] for state in OPEN)
    assert all(RequestState.CANCELLED not in REQUEST_TRANSITIONS[state] for state in set(RequestState) - OPEN)


def test_the_codes_of_all_layers_differ_so_that_a_stored_code_names_one_error() -> None:
    assert not set(ErrorCode) & set(RefusalCode)
