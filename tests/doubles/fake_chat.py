"""A chat in memory that keeps the promises of `bot.chat.port.Chat`, and breaks them to order."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from itertools import count

from bot.chat.markup import to_plain
from bot.chat.port import ChatCode, ChatError, Destination, Posted, Screen
from storage.people.people import Platform


@dataclass
class Shown:
    """A message as the people of the chat see it."""

    posted: Posted
    place: Destination
    screen: Screen
    nonce: str
    video_bytes: int | None = None
    edits: list[Screen] = field(default_factory=list)

    @property
    def text(self) -> str:
        return to_plain(self.screen.text)

    @property
    def labels(self) -> list[str]:
        return [button.label for row in self.screen.buttons for button in row]


@dataclass
class Fault:
    """What goes wrong with the next calls of a name: before it does anything, or after it has done it all."""

    call: str
    error: BaseException
    times: int = 1
    after: bool = False
    where: Callable[[Destination | Posted], bool] = lambda _: True


class FakeChat:
    """Implements `bot.chat.port.Chat`."""

    def __init__(self, clock: Callable[[], float], platform: Platform = "telegram", nonce_lasts_s: float = 0.0) -> None:
        self.clock = clock
        self._platform = platform
        self._nonce_lasts_s = nonce_lasts_s
        self.messages: list[Shown] = []
        self.deleted: list[Shown] = []
        self.announced: list[tuple[str | None, str, str]] = []
        self.faults: list[Fault] = []
        self.limit_bytes = 50_000_000
        self.real_limit_bytes: int | None = None  # if it is lower than the chat says
        self.calls: list[str] = []
        self._numbers = count(1)
        self._nonces: dict[str, tuple[float, Posted]] = {}

    @property
    def platform(self) -> Platform:
        return self._platform

    @property
    def nonce_lasts_s(self) -> float:
        return self._nonce_lasts_s

    async def upload_limit_bytes(self, place: Destination) -> int:
        return self.limit_bytes

    async def post(self, place: Destination, screen: Screen, nonce: str) -> Posted:
        fault = self._strike("post", place)
        if nonce in self._nonces and self.clock() - self._nonces[nonce][0] < self._nonce_lasts_s:
            return self._nonces[nonce][1]
        size = self._upload(screen)
        chat = f"dm-{place.person}" if place.direct else place.chat
        number = str(next(self._numbers))
        remembered = f"file-{number}" if screen.video is not None else None
        posted = Posted(chat, number, None if place.direct else place.channel, remembered)
        self.messages.append(Shown(posted, place, screen, nonce, size))
        self._nonces[nonce] = (self.clock(), posted)
        if fault is not None:
            raise fault.error
        return posted

    async def edit(self, posted: Posted, screen: Screen) -> Posted:
        fault = self._strike("edit", posted)
        shown = self.shown(posted)
        if shown is None:
            raise ChatError(ChatCode.GONE)
        self._upload(screen)
        if shown.screen != screen:
            shown.edits.append(shown.screen)
            shown.screen = screen
        if fault is not None:
            raise fault.error
        if screen.video is not None:
            shown.video_bytes = self._upload(screen)
            return replace(posted, remembered=f"file-{posted.message}")
        return replace(posted)

    async def find(self, destination: Destination, screen: Screen, known: Collection[str]) -> Posted | None:
        self._strike("find", destination)
        here = [shown for shown in self.messages if shown.posted.chat == destination.chat]
        for shown in here:
            is_it = shown.screen.buttons == screen.buttons if screen.buttons else shown.screen.text == screen.text
            if is_it and shown.posted.message not in known:
                return shown.posted
        return None

    async def announce(self, destination: Destination, shown: Posted, words: str, nonce: str) -> Posted | None:
        self._strike("announce", destination)
        self.announced.append((destination.person, shown.message, to_plain(words)))
        return None

    async def delete(self, posted: Posted) -> None:
        self._strike("delete", posted)
        if (shown := self.shown(posted)) is not None:
            self.messages.remove(shown)
            self.deleted.append(shown)

    # --- for tests ----------------------------------------------------------------------------------------------------

    def order(self, call: str, error: BaseException, **more: object) -> None:
        """Let the next call of a name go wrong."""
        self.faults.append(Fault(call, error, **more))  # type: ignore[arg-type]

    def shown(self, posted: Posted) -> Shown | None:
        return next(
            (m for m in self.messages if (m.posted.chat, m.posted.message) == (posted.chat, posted.message)), None
        )

    def vanish(self, shown: Shown) -> None:
        """Somebody deletes a message."""
        self.messages.remove(shown)

    @property
    def clips(self) -> list[Shown]:
        return [message for message in self.messages if message.screen.video is not None]

    @property
    def words(self) -> list[Shown]:
        return [message for message in self.messages if message.screen.video is None]

    def _upload(self, screen: Screen) -> int | None:
        for picture in (screen.picture,):
            assert picture is None or picture.is_file()
        if screen.video is None:
            return None
        if screen.video.remembered is not None:
            return 0
        size = screen.video.path.stat().st_size
        if size > (self.real_limit_bytes or self.limit_bytes):
            raise ChatError(ChatCode.TOO_LARGE)
        return size

    def _strike(self, call: str, where: Destination | Posted) -> Fault | None:
        """Raise a fault that strikes before; return one that strikes after."""
        self.calls.append(call)
        for fault in self.faults:
            if fault.call == call and fault.where(where):
                fault.times -= 1
                if fault.times == 0:
                    self.faults.remove(fault)
                if fault.after:
                    return fault
                raise fault.error
        return None
