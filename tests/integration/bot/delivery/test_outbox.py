"""The outbox: everything owed is said, and nothing is said twice, whatever the chat and the machine do."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.chat.port import ChatCode, ChatError, Destination
from bot.delivery.next_step import A_LONG_WAIT_S
from bot.delivery.status_updates import EDIT_EVERY_S
from bot.screens import status
from pipeline.errors import ErrorCode, PipelineError
from storage.outbox import deliveries, posted_messages
from storage.outbox.deliveries import LEASE_S
from storage.outbox.posted_messages import Role
from storage.people import people
from storage.requests import quotas, requests
from storage.requests.requests import Request
from storage.states import DeliveryState, RequestState
from tests.doubles.chat_world import SONG, World, settle
from tests.doubles.fake_chat import FakeChat


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def busy(seconds: float) -> ChatError:
    return ChatError(ChatCode.BUSY, retry_after_s=seconds)


# --- the way of a request ---------------------------------------------------------------------------------------------


async def test_a_request_is_one_message_from_the_queue_to_its_clip(world: World) -> None:
    world.command("ganterpret", f"{SONG} theme:primates", message="asks")
    await world.settle()
    [status] = world.chat.messages
    assert status.text == "🎬 primates for Ada\nNext in the queue."
    assert status.labels == ["Cancel"]
    assert status.place.reply_to == "asks"
    assert status.place.event == "event-1"

    request = world.begin()
    world.progress(request, "fetching")
    world.clock.advance(EDIT_EVERY_S)
    await world.settle()
    assert status.text.endswith("Fetching the sound …")

    picture = world.sketch(request)
    world.progress(request, "rendering", 10, 100)
    world.clock.advance(EDIT_EVERY_S)
    await world.settle()
    assert status.screen.picture == picture
    assert status.text.endswith("▰▱▱▱▱▱▱▱▱▱ 10 %")

    world.progress(request, "rendering", 43, 100)
    world.clock.advance(EDIT_EVERY_S)
    await world.settle()
    assert status.text.endswith("▰▰▰▰▱▱▱▱▱▱ 43 % · 10 s left")

    clip = world.finish(request)
    await world.settle()
    [shown] = world.chat.messages
    assert shown is status
    assert shown.place.reply_to == "asks"
    assert shown.text == "🎬 primates\nmacaque → gorilla → red fox\nfor Ada · 9.5 s · #1"
    assert shown.labels == ["🎲 Again", "🎨 Theme…", "🎬 Scene…", "🖼 Poster", "ℹ️ Recipe", "🗑 Delete"]
    assert shown.screen.video is not None
    assert world.request(clip.id).state is RequestState.DELIVERED
    found = world.look(lambda tx: posted_messages.find(tx, "telegram", "music", shown.posted.message))
    assert found is not None
    assert (found.role, found.clip_id, found.file_id) == (Role.CLIP, clip.id, "file-1")


async def test_who_has_waited_long_is_told_and_who_has_not_is_not(world: World) -> None:
    await world.posted_clip()
    assert world.chat.announced == []
    world.command("ganterpret", SONG)
    await world.settle()
    request = world.begin()
    world.clock.advance(A_LONG_WAIT_S)
    world.finish(request)
    await world.settle()
    assert world.chat.announced == [("ada", world.chat.clips[-1].posted.message, "Your clip is there: #2")]


async def test_what_is_shown_again_is_announced_to_nobody(world: World) -> None:
    clip, _ = await world.posted_clip()
    world.clock.advance(10 * A_LONG_WAIT_S)
    world.command("show", f"#{clip.id}")
    await world.settle()
    assert len(world.chat.clips) == 2
    assert world.chat.announced == []


async def test_a_status_message_is_changed_only_on_change_and_only_every_five_seconds(world: World) -> None:
    world.command("ganterpret", SONG)
    await world.settle()
    request = world.begin()
    for done in range(20):
        world.progress(request, "rendering", done, 100)
        world.clock.advance(1)
        await world.settle()
    [status] = world.chat.messages
    assert len(status.edits) <= 20 / EDIT_EVERY_S
    edits = len(status.edits)
    world.clock.advance(EDIT_EVERY_S)
    await world.settle()
    world.clock.advance(100 * EDIT_EVERY_S)
    world.chat.calls.clear()
    world.progress(request, "encoding")
    await world.settle()
    await world.settle()
    assert world.chat.calls == ["edit"]
    assert len(status.edits) <= edits + 2


async def test_a_failure_is_said_once_in_the_status_message(world: World) -> None:
    world.command("ganterpret", SONG)
    await world.settle()
    world.fail(world.begin(), PipelineError(ErrorCode.LINK_NOT_FOUND))
    await world.settle()
    [status] = world.chat.messages
    assert status.text.startswith("🎬 office for Ada\n⚠️ There is nothing at that link any more, or it is private.")
    assert status.labels == []
    assert world.delivery_state("notice") == DeliveryState.SENT


async def test_a_failure_is_said_in_a_message_of_its_own_where_the_status_was_deleted(world: World) -> None:
    world.command("ganterpret", SONG)
    await world.settle()
    world.chat.vanish(world.chat.messages[0])
    world.fail(world.begin(), PipelineError(ErrorCode.LINK_NOT_FOUND))
    await world.settle()
    [notice] = world.chat.messages
    assert "nothing at that link" in notice.text


async def test_a_cancelled_request_says_so_where_it_waited(world: World) -> None:
    world.command("ganterpret", SONG)
    await world.settle()
    [status] = world.chat.messages
    world.press(status.screen.buttons[0][0].action, status.posted.message)
    await world.settle()
    assert status.text.endswith("🚫 Cancelled.")
    assert len(world.chat.messages) == 1


async def test_a_request_that_is_over_before_its_status_was_posted_gets_none(world: World) -> None:
    world.command("ganterpret", SONG)
    world.command("cancel")
    await world.settle()
    assert world.chat.messages == []
    assert world.delivery_state("status") == world.delivery_state("notice") == DeliveryState.DROPPED


async def test_a_clip_shown_again_is_sent_by_the_chat_s_own_handle(world: World) -> None:
    clip, _ = await world.posted_clip()
    world.media.remove(f"clips/{clip.id}-1")
    world.command("show", f"#{clip.id}", message="please")
    await world.settle()
    again = world.chat.clips[-1]
    assert again.video_bytes == 0  # nothing was uploaded
    assert again.screen.video is not None
    assert again.screen.video.remembered == "file-1"
    assert again.place.reply_to == "please"
    assert again.text == world.chat.clips[0].text


# --- floods -----------------------------------------------------------------------------------------------------------


async def test_a_flood_in_mid_progress_pauses_that_chat_and_no_other(world: World) -> None:
    world.command("ganterpret", SONG, who="ada", where="music")
    await world.settle()
    request = world.begin()
    world.command("ganterpret", SONG, who="bo", where="quiet")
    await world.settle()
    in_music, in_quiet = world.chat.messages
    world.chat.order("edit", busy(60), where=lambda where: where.chat == "music")
    world.progress(request, "rendering", 50, 100)
    world.clock.advance(EDIT_EVERY_S)
    await world.settle()
    calls = len(world.chat.calls)
    world.clock.advance(EDIT_EVERY_S)
    world.write(lambda tx: requests.cancel(tx, 2))
    await world.settle()
    assert in_quiet.text.endswith("Cancelled.")
    assert "\nNext in the queue.\n" in in_music.text
    assert len(world.chat.calls) == calls + 1
    world.clock.advance(60)
    await world.settle()
    assert "50 %" in in_music.text


async def test_a_clip_waits_out_a_flood(world: World) -> None:
    clip = world.clip()
    world.chat.order("post", busy(30))
    await world.settle()
    assert world.chat.clips == []
    world.clock.advance(29)
    await world.settle()
    assert world.chat.clips == []
    world.clock.advance(2)
    await world.settle()
    assert len(world.chat.clips) == 1
    assert world.request(clip.id).state is RequestState.DELIVERED


async def test_one_chat_that_hangs_holds_up_nobody_else(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.clip(where="music")
    world.clip(where="quiet", who="bo")
    hangs = asyncio.Event()
    post = world.chat.post

    async def slow(place: Any, screen: Any, nonce: str) -> Any:
        if place.chat == "music":
            await hangs.wait()
        return await post(place, screen, nonce)

    world.chat.post = slow  # type: ignore[method-assign]
    for _ in range(6):
        await world.outbox.look()
        await asyncio.sleep(0.01)
    assert [shown.posted.chat for shown in world.chat.clips] == ["quiet"]
    hangs.set()
    await world.outbox.finish()
    await world.settle()
    assert sorted(shown.posted.chat for shown in world.chat.clips) == ["music", "quiet"]


# --- files that are too large -----------------------------------------------------------------------------------------


async def test_a_clip_over_the_limit_is_encoded_once_more_before_it_is_sent(world: World) -> None:
    world.chat.limit_bytes = 500
    await world.posted_clip()
    assert world.shrunk == [500]
    assert world.chat.clips[0].video_bytes == 499


async def test_a_clip_that_is_refused_all_the_same_is_encoded_once_more(world: World) -> None:
    world.chat.real_limit_bytes = 600
    await world.posted_clip()
    assert world.shrunk == [600]
    assert world.chat.clips[0].video_bytes == 599


async def test_a_clip_that_does_not_fit_even_so_is_offered_smaller_and_costs_nothing(world: World) -> None:
    world.chat.real_limit_bytes = 100
    clip = world.clip()
    await world.settle()
    assert world.chat.clips == []
    assert len(world.shrunk) == 1
    [offer] = world.chat.messages
    assert "does not fit even encoded once more" in offer.text
    assert offer.labels == ["Make it smaller"]
    assert world.delivery_state() == DeliveryState.HELD
    assert world.look(lambda tx: quotas.charged(tx, clip.id)).clips == 0
    world.press(offer.screen.buttons[0][0].action, offer.posted.message)
    assert world.begin().recipe.size_px == 128


# --- uncertainty ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nonce_lasts_s", [0.0, 120.0], ids=["without nonces", "with nonces"])
@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "did not arrive"])
@pytest.mark.parametrize("call", ["post", "edit"])
async def test_an_answer_that_is_lost_is_answered_by_doing_it_again(
    nonce_lasts_s: float, arrived: bool, call: str, tmp_path: Path
) -> None:
    world = World(tmp_path, nonce_lasts_s=nonce_lasts_s)
    world.chat.order(call, ChatError(ChatCode.UNCERTAIN), after=arrived)
    world.clip()
    await world.settle()
    world.clock.advance(60)
    await world.settle()
    assert len(world.chat.messages) == len(world.chat.clips) == 1
    assert world.delivery_state() == DeliveryState.SENT


async def test_a_status_that_died_with_the_bot_becomes_the_clip_even_while_nonces_last(tmp_path: Path) -> None:
    """The clip's delivery has a nonce of its own: the chat cannot know that its status is the one which was lost."""
    world = World(tmp_path, nonce_lasts_s=600)
    world.command("ganterpret", SONG)
    with world.database.write() as tx:
        dead = deliveries.claim(tx, "telegram", "dead")
        assert dead is not None
        deliveries.sending(tx, dead.id, dead.fence, Role.STATUS)
        request = requests.get(tx, 1)
    screen = status.waiting(request, "en")
    await world.chat.post(Destination("music", person="ada"), screen, dead.nonce(Role.STATUS))
    world.finish(world.begin())
    await world.settle()
    assert len(world.chat.messages) == len(world.chat.clips) == 1


async def test_a_status_that_was_lost_and_is_found_again_becomes_the_clip(world: World) -> None:
    world.chat.order("post", ChatError(ChatCode.UNCERTAIN), after=True)
    world.command("ganterpret", SONG)
    await world.settle()
    [status] = world.chat.messages
    world.finish(world.begin())
    world.clock.advance(60)
    await world.settle()
    assert world.chat.messages == world.chat.clips == [status]


# --- places that are out of reach -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [ChatCode.GONE, ChatCode.FORBIDDEN])
async def test_where_the_place_is_out_of_reach_the_clip_goes_to_the_asker_directly(
    world: World, code: ChatCode
) -> None:
    clip = world.clip()
    world.chat.order("post", ChatError(code), times=1, where=lambda where: not where.direct)  # type: ignore[union-attr]
    await world.settle()
    [shown] = world.chat.clips
    assert shown.posted.chat == "dm-ada"
    assert world.request(clip.id).state is RequestState.DELIVERED
    found = world.look(lambda tx: posted_messages.find(tx, "telegram", "dm-ada", shown.posted.message))
    assert found is not None
    assert found.clip_id == clip.id


async def test_a_clip_that_nobody_can_be_given_is_kept_until_somebody_asks(world: World) -> None:
    clip = world.clip()
    world.chat.order("post", ChatError(ChatCode.FORBIDDEN), times=2)
    await world.settle()
    assert world.chat.clips == []
    assert world.delivery_state() == DeliveryState.HELD
    world.command("show", f"#{clip.id}", where="ada", private=True)
    await world.settle()
    assert [shown.posted.chat for shown in world.chat.clips] == ["ada"]


async def test_a_chat_that_moved_gets_its_clip_where_it_is_now(world: World) -> None:
    clip = world.clip()
    world.chat.order("post", ChatError(ChatCode.MOVED, new_chat="supergroup"))
    await world.settle()
    assert {shown.posted.chat for shown in world.chat.messages} == {"supergroup"}
    assert world.request(clip.id).chat == "supergroup"


async def test_a_chat_that_cannot_be_reached_is_tried_again_with_growing_pauses(world: World) -> None:
    world.clip()
    world.chat.order("post", ChatError(ChatCode.UNREACHABLE), times=5)
    await world.settle()
    assert world.chat.clips == []
    for _ in range(8):
        world.clock.advance(20)
        await world.settle()
    assert len(world.chat.clips) == 1


async def test_a_clip_that_was_deleted_meanwhile_is_not_sent(world: World) -> None:
    clip = world.clip()
    world.press(f"delete_yes:{clip.id}")
    await world.settle()
    assert world.chat.clips == []
    assert world.delivery_state() == DeliveryState.DROPPED


async def test_nothing_is_sent_to_people_who_want_to_be_forgotten(world: World) -> None:
    world.clip()
    ada = world.look(lambda tx: people.find(tx, "telegram", "ada"))
    assert ada is not None
    world.press(f"forget_yes:{ada.id}")
    await world.settle()
    assert world.chat.messages == []


async def test_a_status_message_that_was_deleted_is_not_posted_again(world: World) -> None:
    world.command("ganterpret", SONG)
    await world.settle()
    request = world.begin()
    world.chat.vanish(world.chat.messages[0])
    world.progress(request, "rendering", 5, 10)
    world.clock.advance(EDIT_EVERY_S)
    await world.settle()
    assert world.chat.messages == []
    assert world.look(lambda tx: posted_messages.of_request(tx, request.id, Role.STATUS)) is None
    world.finish(request)
    await world.settle()
    assert len(world.chat.messages) == 1


# --- relays -----------------------------------------------------------------------------------------------------------


async def test_a_relay_that_runs_out_of_time_renders_what_was_picked(world: World) -> None:
    world.command("relay", f"4 {SONG} theme:birds")
    world.press("relay:1:980", "relay-message", who="ada")
    world.press("relay:1:277", "relay-message", who="bo")
    world.clock.advance(world.policy.relay_s + 1)
    await world.settle()
    request = world.begin()
    assert request.recipe.theme == "volcano > red fox > birds > birds"
    assert request.recipe.scene_count == 4
    world.finish(request)
    await world.settle()
    assert "scenes by Ada and Bo" in world.chat.clips[0].text


async def test_a_relay_that_nobody_joins_ends_kindly_and_costs_nothing(world: World) -> None:
    world.command("relay", f"4 {SONG}")
    world.press("relay:1:980", "relay-message", who="bo")
    world.clock.advance(world.policy.relay_s + 1)
    await world.settle()
    assert world.look(lambda tx: requests.open_on(tx, "telegram")) == ()
    assert world.chat.calls == ["edit"]


async def test_the_end_of_a_relay_without_a_known_message_is_said_in_a_new_one(world: World) -> None:
    world.command("relay", f"4 {SONG}")
    world.clock.advance(world.policy.relay_s + 1)
    await world.settle()
    [shown] = world.chat.messages
    assert "needs 2 picks" in shown.text
    await world.settle()
    assert len(world.chat.messages) == 1


# --- running ----------------------------------------------------------------------------------------------------------


async def test_it_looks_when_it_is_woken_and_finishes_what_it_has_begun_when_it_is_stopped(world: World) -> None:
    """With real threads, as it runs in earnest."""
    stop, uploading, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()
    post = world.chat.post

    async def slow(*arguments: Any) -> Any:
        uploading.set()
        await go_on.wait()
        return await post(*arguments)

    world.chat.post = slow  # type: ignore[method-assign]
    outbox = world.new_outbox(asyncio.to_thread)
    running = asyncio.create_task(outbox.run(stop))
    await asyncio.sleep(0)
    world.command("ganterpret", SONG)
    await asyncio.to_thread(outbox.wake)
    await asyncio.wait_for(uploading.wait(), 20)
    stop.set()
    go_on.set()
    await asyncio.wait_for(running, 20)
    assert [shown.text.splitlines()[:2] for shown in world.chat.messages] == [
        ["🎬 office for Ada", "Next in the queue."]
    ]
    assert world.delivery_state("status") == DeliveryState.SENT


# --- restarts ---------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone."""


class Crossing:
    """Counts the steps of an outbox, each call to the chat and each change of the books, and kills it after one.

    To be killed before a step is to be killed after the one before it; to have looked something up leaves no trace.
    """

    def __init__(self, world: World, die_after: int) -> None:
        self.die_after = die_after
        self.steps = 0
        self._async_database = sqlite3.connect(world.database.url.removeprefix("sqlite:///"))
        chat = world.chat
        chat.post = self._through(FakeChat.post.__get__(chat))  # type: ignore[method-assign]
        chat.edit = self._through(FakeChat.edit.__get__(chat))  # type: ignore[method-assign]

    async def in_thread(self, work: Callable[[], Any]) -> Any:
        before = self._version()
        result = work()
        if self._version() != before:
            self._passed()
        return result

    def close(self) -> None:
        self._async_database.close()

    def _version(self) -> int:
        """Return a number that changes with every commit of others that writes anything."""
        return int(self._async_database.execute("PRAGMA data_version").fetchone()[0])

    def _through(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def called(*arguments: Any) -> Any:
            result = await call(*arguments)
            self._passed()
            return result

        return called

    def _passed(self) -> None:
        self.steps += 1
        if self.steps == self.die_after:
            raise Killed


async def live_through(world: World, die_after: int, *stages: Callable[[], object]) -> int:
    """Let the outbox say all it can after each stage; killed once, another one takes over. Returns its steps."""
    crossing = Crossing(world, die_after)
    for number, stage in enumerate((*stages, lambda: None)):
        stage()
        world.clock.advance(EDIT_EVERY_S)
        try:
            await settle(world.new_outbox(crossing.in_thread, f"{number}"))
        except Killed:
            world.clock.advance(LEASE_S + 1)
            await settle(world.new_outbox(crossing.in_thread, f"{number} risen"))
    crossing.close()
    return crossing.steps


async def life_of_a_clip(world: World, die_after: int = 0) -> tuple[int, Request]:
    """Let one clip be asked for, made and posted; returns the outbox's steps, and the request as it ends."""
    world.chat.messages.clear()
    begun: list[Request] = []

    def work() -> None:
        begun.append(world.begin())
        world.sketch(begun[0])
        world.progress(begun[0], "rendering", 1, 2)

    steps = await live_through(
        world,
        die_after,
        lambda: world.command("ganterpret", f"{SONG} theme:primates"),
        work,
        lambda: world.finish(begun[0]),
    )
    return steps, world.request(begun[0].id)


async def life_of_a_failure(world: World, die_after: int = 0) -> int:
    """Let one clip be asked for, and fail; returns the outbox's steps."""
    world.chat.messages.clear()
    return await live_through(
        world,
        die_after,
        lambda: world.command("ganterpret", f"{SONG} theme:birds"),
        lambda: world.fail(world.begin(), PipelineError(ErrorCode.LINK_NOT_FOUND)),
    )


def words(world: World) -> list[str]:
    """Return what the chat reads, but for clips."""
    return [shown.text for shown in world.chat.words]


@pytest.mark.parametrize("nonce_lasts_s", [0.0, 600.0], ids=["without nonces", "with nonces"])
async def test_a_restart_between_any_two_steps_loses_nothing_and_says_nothing_twice(
    nonce_lasts_s: float, tmp_path: Path
) -> None:
    world = World(tmp_path, nonce_lasts_s=nonce_lasts_s)
    steps, _ = await life_of_a_clip(world)
    assert steps > 10
    for die_after in range(1, steps + 1):
        _, request = await life_of_a_clip(world, die_after)
        assert request.state is RequestState.DELIVERED, f"killed after step {die_after}"
        assert len(world.chat.clips) == 1, f"killed after step {die_after}"
        assert words(world) == [], f"killed after step {die_after}"


async def test_a_failure_is_said_once_whenever_the_outbox_dies(world: World) -> None:
    steps = await life_of_a_failure(world)
    for die_after in range(1, steps + 1):
        await life_of_a_failure(world, die_after)
        [failure] = [text for text in words(world) if "nothing at that link" in text]
        assert failure.startswith("🎬 birds for Ada\n"), f"killed after step {die_after}"
