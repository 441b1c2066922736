"""What every chat promises the outbox: the one in memory that tests use, the terminal, and two over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from PIL import Image

from bot.adapters.discord.service import DiscordService
from bot.adapters.telegram.service import TelegramService
from bot.adapters.terminal.chat import TerminalChat
from bot.chat.port import Button, ChatCode, ChatError, ChatPort, Destination, Posted, Screen, Video
from tests.doubles.books import HandClock
from tests.doubles.discord.server import DiscordServer
from tests.doubles.fake_chat import FakeChat
from tests.doubles.telegram.server import TelegramServer

AGAIN = Button("🎲 Again", "reroll:7")
WORDS = Screen("🎬 <b>primates</b>", ((AGAIN,),))


@dataclass
class Subject:
    """A chat, a place in it, and a look at how many messages of the bot's are there."""

    chat: ChatPort
    place: Destination
    count: Any
    asked: str | None = None  # a message of Ada's
    ada: str | None = None
    told: Any = list  # who was told of something


async def _fake(_: AsyncExitStack) -> Subject:
    chat = FakeChat(HandClock(), nonce_lasts_s=120)
    return Subject(chat, Destination("music"), lambda: len(chat.messages))


async def _terminal(stack: AsyncExitStack) -> Subject:
    folder = stack.enter_context(TemporaryDirectory())
    chat = TerminalChat(lambda _: None, Path(folder))
    return Subject(chat, Destination("terminal"), lambda: len(chat._messages))


async def _telegram(stack: AsyncExitStack) -> Subject:
    server = stack.enter_context(TelegramServer())
    ada = server.world.user("Ada")
    ada.says("/start")
    band = server.world.supergroup("Band room", [ada])
    service = TelegramService(token=server.token, dispatcher=None, api_url=server.origin)  # type: ignore[arg-type]
    stack.push_async_callback(service.close)
    asked = band.says(ada, "hello")
    return Subject(
        service.chat,
        Destination(str(band.id)),
        lambda: len(band.bot_messages),
        str(asked.id),
        str(ada.id),
        lambda: ["Ada" for _ in asked.reactions],
    )


async def _discord(stack: AsyncExitStack) -> Subject:
    server = stack.enter_context(DiscordServer())
    stack.enter_context(server.takes_the_place_of_discord())
    guild = server.world.guild("Band", members=["Ada"])
    service = DiscordService(
        token=server.token,
        dispatcher=None,  # type: ignore[arg-type]
        api_url=server.api_url,
        gateway_url=server.gateway_url,
        guild_ready_timeout_s=0.05,
    )
    stopping = asyncio.Event()
    running = asyncio.create_task(service.run(stopping))

    async def stop() -> None:
        stopping.set()
        await running
        await service.close()

    stack.push_async_callback(stop)
    await asyncio.wait_for(service._client.signed_in.wait(), 10)
    place = Destination(str(guild.id), str(guild.general.id))
    asked = guild.member("Ada").says("hello")
    number = str(asked.author.id)

    def told() -> list[str]:
        return [user.name for message in guild.general.bot_messages for user in message.pings]

    return Subject(service.chat, place, lambda: len(guild.general.bot_messages), str(asked.id), number, told)


@pytest.fixture(params=[_fake, _terminal, _telegram, _discord], ids=["fake", "terminal", "telegram", "discord"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    async with AsyncExitStack() as stack:
        yield await request.param(stack)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "storyboard.jpg"
    Image.new("RGB", (64, 48), "orange").save(path)
    return path


async def test_what_is_posted_is_there_and_says_where(subject: Subject) -> None:
    posted = await subject.chat.post(subject.place, WORDS, "g1-status")
    assert posted.chat == subject.place.chat
    assert posted.channel == subject.place.channel
    assert posted.message
    assert subject.count() == 1


async def test_a_clip_may_be_posted_and_there_is_room_for_it(subject: Subject, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypisom" + bytes(64))
    assert await subject.chat.upload_limit_bytes(subject.place) >= 8_000_000
    posted = await subject.chat.post(subject.place, Screen("a clip", video=Video(path, 128, 4.0)), "g1-clip")
    remembered = Video(tmp_path / "gone.mp4", 128, 4.0, remembered=posted.remembered)
    if posted.remembered is not None:
        await subject.chat.post(subject.place, Screen("again", video=remembered), "g2-clip")
        assert subject.count() == 2


async def test_to_show_the_same_again_is_no_mistake(subject: Subject) -> None:
    posted = await subject.chat.post(subject.place, WORDS, "g1-status")
    assert await subject.chat.edit(posted, WORDS) == posted
    assert await subject.chat.edit(posted, Screen("other words")) == posted
    assert subject.count() == 1


async def test_words_become_a_picture_and_go_on_changing(subject: Subject, picture: Path) -> None:
    posted = await subject.chat.post(subject.place, WORDS, "g1-status")
    for words in ("10 %", "20 %"):
        posted = await subject.chat.edit(posted, Screen(words, ((AGAIN,),), picture=picture))
    posted = await subject.chat.edit(posted, Screen("done", picture=picture))
    assert subject.count() == 1


async def test_what_is_gone_cannot_be_changed_and_may_be_taken_away_twice(subject: Subject) -> None:
    posted = await subject.chat.post(subject.place, WORDS, "g1-status")
    await subject.chat.delete(posted)
    await subject.chat.delete(posted)
    assert subject.count() == 0
    with pytest.raises(ChatError) as refusal:
        await subject.chat.edit(posted, Screen("too late"))
    assert refusal.value.code is ChatCode.GONE


async def test_an_answer_to_what_is_gone_is_posted_all_the_same(subject: Subject) -> None:
    gone = await subject.chat.post(subject.place, WORDS, "g1-status")
    await subject.chat.delete(gone)
    place = Destination(subject.place.chat, subject.place.channel, reply_to=gone.message)
    assert isinstance(await subject.chat.post(place, WORDS, "g2-status"), Posted)


async def test_a_nonce_that_is_recognised_posts_nothing_twice(subject: Subject) -> None:
    first = await subject.chat.post(subject.place, WORDS, "g1-notice")
    second = await subject.chat.post(subject.place, WORDS, "g1-notice")
    if subject.chat.nonce_lasts_s > 0:
        assert second.message == first.message
    assert subject.count() == (1 if subject.chat.nonce_lasts_s > 0 else 2)


async def test_words_become_the_clip_in_place(subject: Subject, picture: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypisom" + bytes(64))
    posted = await subject.chat.post(subject.place, WORDS, "g1-status")
    await subject.chat.edit(posted, Screen("10 %", picture=picture))
    for _ in range(2):  # once more is once
        shown = await subject.chat.edit(posted, Screen("a clip", ((AGAIN,),), video=Video(path, 128, 4.0)))
        assert (shown.chat, shown.message) == (posted.chat, posted.message)
    assert subject.count() == 1


async def test_a_message_whose_answer_was_lost_is_found_by_what_it_shows(subject: Subject) -> None:
    if isinstance(subject.chat, TerminalChat):
        pytest.skip("what is printed is never in doubt")
    place = replace(subject.place, reply_to=subject.asked)
    other = Screen("🎬 <b>birds</b>", ((Button("🎲 Again", "reroll:8"),),))
    first = await subject.chat.post(place, other, "g1-status")
    second = await subject.chat.post(place, WORDS, "g2-status")
    found = await subject.chat.find(place, WORDS, {first.message})
    assert found is not None
    assert (found.chat, found.message) == (second.chat, second.message)
    assert await subject.chat.find(place, WORDS, {first.message, second.message}) is None
    assert subject.count() == 2


async def test_who_has_waited_is_told_and_nobody_else(subject: Subject) -> None:
    if subject.asked is None:
        pytest.skip("nobody can be told")
    place = replace(subject.place, reply_to=subject.asked, person=subject.ada)
    shown = await subject.chat.post(place, WORDS, "g1-status")
    assert subject.told() == []
    await subject.chat.announce(place, shown, "Your clip is there: #7 @everyone", "g1-notice")
    assert [name.title() for name in subject.told()] == ["Ada"]


async def test_what_was_never_posted_is_not_found(subject: Subject) -> None:
    place = replace(subject.place, reply_to=subject.asked)
    assert await subject.chat.find(place, WORDS, ()) is None
    assert subject.count() == 0
