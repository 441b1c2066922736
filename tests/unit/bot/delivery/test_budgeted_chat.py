"""What is said to a chat waits for its turn; words about progress give way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.chat.port import ChatCode, ChatError, Destination, Screen, Video
from bot.delivery.budget import Limit, Limits
from bot.delivery.budgeted_chat import BudgetedChat
from bot.delivery.gate import Gate
from tests.doubles.books import HandClock
from tests.doubles.fake_chat import FakeChat

ONE_A_SECOND = Limits(a_chat=(Limit(1, 1.0),))
HERE = Destination("music")


class Alarms:
    """Wakes whoever asked, when the clock is told to go on."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self._set: list[tuple[float, object]] = []

    def __call__(self, after_s: float, action: object) -> None:
        self._set.append((self.clock() + after_s, action))

    async def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        due = [action for at_s, action in self._set if at_s <= self.clock()]
        self._set = [(at_s, action) for at_s, action in self._set if at_s > self.clock()]
        for action in due:
            action()  # type: ignore[operator]
        for _ in range(5):
            await asyncio.sleep(0)


async def test_messages_wait_for_their_turn_and_words_about_progress_give_way(tmp_path: Path) -> None:
    clock = HandClock()
    alarms = Alarms(clock)
    real = FakeChat(clock)
    chat = BudgetedChat(real, Gate(ONE_A_SECOND, clock, alarms))
    first = await chat.post(HERE, Screen("first"), "n1")
    second = asyncio.ensure_future(chat.post(HERE, Screen("second"), "n2"))
    await asyncio.sleep(0)
    assert [shown.text for shown in real.messages] == ["first"]
    with pytest.raises(ChatError) as refusal:
        await chat.edit(first, Screen("10 %"))
    assert (refusal.value.code, refusal.value.retry_after_s) == (ChatCode.BUSY, 1.0)

    await alarms.advance(1.0)
    assert (await second).message == "2"
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"clip")
    clip = asyncio.ensure_future(chat.edit(first, Screen("the clip", video=Video(path, 128, 4.0))))
    await asyncio.sleep(0)
    assert not clip.done()
    await alarms.advance(1.0)
    assert (await clip).message == first.message
    assert real.messages[0].text == "the clip"


async def test_one_chat_that_is_full_holds_up_no_other() -> None:
    clock = HandClock()
    chat = BudgetedChat(FakeChat(clock), Gate(ONE_A_SECOND, clock, Alarms(clock)))
    await chat.post(HERE, Screen("here"), "n1")
    assert (await chat.post(Destination("elsewhere"), Screen("there"), "n2")).chat == "elsewhere"
