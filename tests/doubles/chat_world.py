"""A bot with a chat in memory and a worker that is played by hand: for tests of the dispatcher and of the outbox."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from bot.chat.answers import Answer
from bot.chat.events import ButtonPress, Command, Incoming, Origin, Said, Sender, TextMessage
from bot.chat.markup import to_plain
from bot.chat.port import Screen
from bot.delivery.async_database import InThread
from bot.delivery.outbox import Outbox
from bot.handlers.dispatcher import Dispatcher
from bot.usecases.policy import Policy
from pipeline.errors import CodedError
from pipeline.recipe import Recipe, Scene
from storage.clips.clips import Clip, NewClip
from storage.clips.media import MediaStore
from storage.database.transactions import Snapshot, Transaction
from storage.engine.embedded import EmbeddedEngine
from storage.outbox import deliveries
from storage.requests import release, requests
from storage.requests.requests import Request
from tests.doubles.books import HandClock, new_database
from tests.doubles.fake_chat import FakeChat

T = TypeVar("T")

SONG = "https://youtu.be/dQw4w9WgXcQ"
SCENES = (Scene(373, 1), Scene(366, 2), Scene(277, 3))  # macaque, gorilla, red fox


async def at_once(work: Callable[[], T]) -> T:
    """Run it here and now, so that a test sees every step in the same order."""
    return work()


class World:
    """Everything but the chats themselves; Ada and the others talk in the group "music"."""

    def __init__(
        self, folder: Path, *, policy: Policy | None = None, nonce_lasts_s: float = 0.0, **services: Any
    ) -> None:
        self.clock = HandClock()
        self.database = new_database(folder, self.clock)
        self.media = MediaStore(folder / "media")
        self.engine = EmbeddedEngine(self.database)
        self.policy = policy or Policy(owners=frozenset({"telegram:olga"}))
        self.dispatcher = Dispatcher(self.database, self.media, self.policy, rng=random.Random(1), **services)
        self.chat = FakeChat(self.clock, nonce_lasts_s=nonce_lasts_s)
        self.shrunk: list[int] = []
        self.outbox = self.new_outbox()
        self._events = count(1)

    # --- people -------------------------------------------------------------------------------------------------------

    def hear(
        self,
        said: Said,
        *,
        who: str = "ada",
        where: str = "music",
        event: str | None = None,
        file: Path | None = None,
        admin: bool = False,
        private: bool = False,
        language: str | None = "en",
    ) -> Answer:
        """Let somebody say something, and return the dispatcher's answer."""
        return self.dispatcher.answer(
            Incoming(
                "telegram",
                event or f"event-{next(self._events)}",
                Sender(who, who.title(), language, admin),
                Origin(where, private=private, title=where.title(), upload_limit_bytes=self.chat.limit_bytes),
                said,
            ),
            file,
        )

    def command(self, name: str, words: str = "", **more: Any) -> Answer:
        of_command = {key: more.pop(key) for key in ("attachments", "reply_to", "message", "options") if key in more}
        return self.hear(Command(name, words, **of_command), **more)

    def press(self, action: str, message: str | None = None, text: str | None = None, **more: Any) -> Answer:
        return self.hear(ButtonPress(action, message, text), **more)

    def say(self, text: str, reply_to: str | None = None, **more: Any) -> Answer:
        of_words = {key: more.pop(key) for key in ("attachments", "answered", "mentioned") if key in more}
        return self.hear(TextMessage(text, reply_to=reply_to, **of_words), **more)

    # --- the worker ---------------------------------------------------------------------------------------------------

    def begin(self, at_once: int = 1) -> Request:
        """Let the worker begin whatever is next, as one of so many at once."""
        with self.database.write() as tx:
            [job] = release.release(tx, self.engine, window=at_once)
            begun = requests.begin(tx, job, requests.get(tx, job).ticket)
        assert begun is not None
        return begun

    def progress(self, request: Request, stage: str, done: int = 0, total: int = 0) -> None:
        with self.database.write() as tx:
            if stage != "fetching":
                requests.start_rendering(tx, request.id, request.fence)
            requests.progress(tx, request.id, request.fence, stage, done, total)

    def sketch(self, request: Request) -> Path:
        """Let the worker show the storyboard."""
        kept = f"clips/{request.id}-{request.fence}/storyboard.jpg"
        path = self.media.path(kept)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
        with self.database.write() as tx:
            requests.show_storyboard(tx, request.id, request.fence, kept, chosen(request.recipe))
        return path

    def finish(self, request: Request, *, size: int = 1000) -> Clip:
        """Let the worker hand a clip in."""
        kept = f"clips/{request.id}-{request.fence}"
        folder = self.media.path(kept)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "clip.mp4").write_bytes(bytes(size))
        (folder / "poster.png").write_bytes(b"poster")
        (folder / "sound.wav").write_bytes(b"sound")
        new = NewClip(
            recipe=chosen(request.recipe),
            duration_s=9.5,
            size_px=256,
            fps=24,
            frame_count=228,
            bytes=size,
            video=f"{kept}/clip.mp4",
            sound=f"{kept}/sound.wav",
            poster=f"{kept}/poster.png",
        )
        with self.database.write() as tx:
            requests.start_rendering(tx, request.id, request.fence)
            made = requests.finish_render(tx, request.id, request.fence, new)
        assert made is not None
        return made

    def fail(self, request: Request, error: CodedError) -> None:
        with self.database.write() as tx:
            assert requests.fail(tx, request.id, request.fence, error)

    def clip(self, words: str = f"{SONG} theme:primates", **more: Any) -> Clip:
        """Let somebody ask for a clip, and the worker make it; nothing is posted yet."""
        self.command("ganterpret", words, **more)
        return self.finish(self.begin())

    # --- the outbox ---------------------------------------------------------------------------------------------------

    def new_outbox(self, in_thread: InThread = at_once, owner: str = "one") -> Outbox:
        async def no_wait(_seconds: float) -> None:
            return None

        return Outbox(
            database=self.database,
            chat=self.chat,
            media=self.media,
            policy=self.policy,
            owner=owner,
            in_thread=in_thread,
            shrink=self._shrink,
            sleep=no_wait,
        )

    async def settle(self) -> None:
        """Let the outbox say all that can be said now."""
        await settle(self.outbox)

    async def posted_clip(self, **more: Any) -> tuple[Clip, str]:
        """Let a clip be made and posted; returns it and the message that shows it."""
        clip = self.clip(**more)
        await self.settle()
        return clip, self.chat.clips[-1].posted.message

    def _shrink(self, clip: Path, out: Path, *, max_bytes: int) -> None:
        self.shrunk.append(max_bytes)
        out.write_bytes(bytes(max_bytes - 1))

    # --- the books ----------------------------------------------------------------------------------------------------

    def look(self, query: Callable[[Snapshot], T]) -> T:
        with self.database.read() as tx:
            return query(tx)

    def write(self, change: Callable[[Transaction], T]) -> T:
        with self.database.write() as tx:
            return change(tx)

    def request(self, request_id: int) -> Request:
        return self.look(lambda tx: requests.get(tx, request_id))

    def delivery_state(self, kind: str = "clip") -> str:
        """Return the state of the latest delivery of a kind."""
        from sqlalchemy import select

        from storage.database.tables import deliveries as rows

        query = select(rows.c.id).where(rows.c.kind == kind).order_by(rows.c.id.desc())
        latest: int = self.look(lambda tx: tx.connection.execute(query).scalars().first()) or 0
        return str(self.look(lambda tx: deliveries.get(tx, latest)).state)


async def settle(outbox: Outbox, looks: int = 12) -> None:
    """Let an outbox look until there is nothing more to begin; whatever kills its work comes out here."""
    for _ in range(looks):
        await outbox.look()
        begun = list(outbox._at_work.values())
        if not begun:
            return
        await outbox.finish()
        for task in begun:
            task.result()
    raise AssertionError("it goes on for ever")


def chosen(recipe: Recipe) -> Recipe:
    """Return a wish with three scenes chosen, if it has none yet."""
    return recipe.with_changes(scenes=recipe.scenes or SCENES, model="sketch", size_px=recipe.size_px or 256)


def text_of(answer: Answer) -> str:
    """Return what somebody reads in an answer."""
    screen: Screen | None = getattr(answer, "screen", None)
    if screen is not None:
        return to_plain(screen.text)
    return to_plain(
        str(getattr(answer, "text", None) or getattr(answer, "note", None) or getattr(answer, "question", ""))
    )


def actions_of(answer: Answer) -> dict[str, str]:
    """Return the buttons of an answer: label to action."""
    screen: Screen = answer.screen  # type: ignore[union-attr]
    return {button.label: button.action for row in screen.buttons for button in row}
