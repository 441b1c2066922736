"""A memory that stays small: what a process may forget without harm, since it only spares work or is a hint."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, MutableMapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedMemory(MutableMapping[K, V]):
    """A mapping that forgets what was put in first.

    Putting something in again counts as putting it in; looking at it does not.

    Parameters
    ----------
    most : int
        How much is remembered, at least one thing.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: OrderedDict[K, V] = OrderedDict()

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __setitem__(self, key: K, value: V) -> None:
        self._items[key] = value
        self._items.move_to_end(key)
        if len(self._items) > self._most:
            self._items.popitem(last=False)

    def __delitem__(self, key: K) -> None:
        del self._items[key]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[K]:
        """Go through the keys, the oldest first."""
        return iter(self._items)

    def __reversed__(self) -> Iterator[K]:
        """Go through the keys, the latest first."""
        return reversed(self._items)
