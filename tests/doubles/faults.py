"""Bad luck to order: what a server does wrong, to which call, and how often.

server.faults.add("editMessageText", Flood(retry_after_s=2), times=3)
server.faults.add("sendVideo", Drop(accepted=True))
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Flood:
    """429: too many requests, come back in `retry_after_s`."""

    retry_after_s: float = 1
    via: bool = True  # Discord: said by its own proxy; without that, discord.py does not try again


@dataclass(frozen=True)
class ServerError:
    """The server fails in a way that says nothing about the request."""

    status: int = 502


@dataclass(frozen=True)
class Drop:
    """The connection breaks without an answer; with `accepted` the request was carried out before."""

    accepted: bool = True


@dataclass(frozen=True)
class Delay:
    """The answer comes, but late; with `accepted` the request was carried out before the wait."""

    seconds: float
    accepted: bool = False


@dataclass(frozen=True)
class Refusal:
    """A refusal in the words of the chat, for the cases that a double has no rule for."""

    status: int
    description: str
    code: int = 0  # Discord's error number; Telegram has none


Fault = Flood | ServerError | Drop | Delay | Refusal


@dataclass
class _Order:
    call: str
    fault: Fault
    times: int
    where: Callable[[Mapping[str, Any]], bool]


class Faults:
    """The orders that are still open, first come first served."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []
        self._lock = threading.Lock()

    def add(
        self,
        call: str,
        fault: Fault,
        *,
        times: int = 1,
        where: Callable[[Mapping[str, Any]], bool] = lambda _parameters: True,
    ) -> None:
        """Strike the next `times` calls of this name ("*" is any) whose parameters `where` accepts."""
        with self._lock:
            self._orders.append(_Order(call, fault, times, where))

    def take(self, call: str, parameters: Mapping[str, Any]) -> Fault | None:
        """Return the fault that strikes this call, using it up, or None."""
        with self._lock:
            for order in self._orders:
                if order.call in (call, "*") and order.where(parameters):
                    order.times -= 1
                    if order.times == 0:
                        self._orders.remove(order)
                    return order.fault
        return None

    @property
    def pending(self) -> int:
        """How many strikes have not happened yet: a test that ordered bad luck can check that it came."""
        with self._lock:
            return sum(order.times for order in self._orders)
