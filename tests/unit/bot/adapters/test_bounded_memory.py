"""A memory that stays small keeps the latest and forgets the oldest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.bounded_memory import BoundedMemory


@given(most=st.integers(1, 8), keys=st.lists(st.integers(0, 12)))
def test_what_was_put_in_last_is_remembered_and_nothing_else(most: int, keys: list[int]) -> None:
    memory: BoundedMemory[int, int] = BoundedMemory(most)
    for turn, key in enumerate(keys):
        memory[key] = turn
    latest_first = list(dict.fromkeys(reversed(keys)))[:most]
    assert list(reversed(memory)) == latest_first
    assert list(memory) == latest_first[::-1]
    assert all(memory[key] == len(keys) - 1 - keys[::-1].index(key) for key in latest_first)


def test_looking_at_something_does_not_keep_it() -> None:
    memory: BoundedMemory[str, int] = BoundedMemory(2)
    memory["a"], memory["b"] = 1, 2
    assert memory["a"] == 1
    assert memory.setdefault("a", 9) == 1
    memory["c"] = 3
    assert "a" not in memory
    assert dict(memory) == {"b": 2, "c": 3}


def test_what_is_taken_out_makes_room() -> None:
    memory: BoundedMemory[str, int] = BoundedMemory(2)
    memory["a"], memory["b"] = 1, 2
    del memory["b"]
    memory["c"] = 3
    assert dict(memory) == {"a": 1, "c": 3}
    with pytest.raises(KeyError):
        memory["b"]
