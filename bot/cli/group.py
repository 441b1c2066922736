"""A group of commands that loads a command when it is called: ``ganterpret themes`` need not wait for both chats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from typer.core import TyperGroup


class LazyCommands(MutableMapping[str, Any]):
    """Commands by name, each made when it is first asked for.

    Parameters
    ----------
    makers : mapping of str to callable
        Makes the command of a name.
    """

    def __init__(self, makers: dict[str, Callable[[], Any]]) -> None:
        self._makers = makers

    def __getitem__(self, name: str) -> Any:
        made = self._makers[name]()
        self._makers[name] = lambda: made
        return made

    def __setitem__(self, name: str, command: Any) -> None:
        self._makers[name] = lambda: command

    def __delitem__(self, name: str) -> None:
        del self._makers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def lazy_group(makers: dict[str, Callable[[], Any]]) -> type[TyperGroup]:
    """Return the class of a group with these commands."""

    class Lazy(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**{**attributes, "commands": {}})
            self.commands = LazyCommands(dict(makers))

    return Lazy
