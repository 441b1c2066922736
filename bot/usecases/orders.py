"""What asking for a clip means: which sound it is, what it would cost, and that it is taken once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.chat.answers import Accepted, Download
from bot.chat.errors import BotCode, BotError
from bot.chat.events import Attachment, Incoming
from bot.screens.messages import say
from bot.screens.status import known_work_s, price_note
from bot.usecases import submit
from bot.usecases.policy import Policy
from bot.usecases.recipes import estimated_s
from bot.usecases.sound_choice import SoundReference, of_clip, require_reach
from bot.usecases.submit import ClipOrder
from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.health import WINDOW_S, health_of, site_of
from pipeline.fetch.link import Link
from pipeline.recipe import Recipe
from storage.clips.clips import Clip
from storage.clips.media import MediaStore
from storage.database.transactions import Database
from storage.people import chats
from storage.requests import fetches, quotas, requests
from storage.requests.sources import NewSource

_SPOKEN = re.compile(r"voice|audio|record", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An order that only has to be taken; `kept` is the file that was put into the media store for it."""

    order: ClipOrder
    kept: str | None = None


@dataclass(frozen=True, slots=True)
class Orders:
    """Takes the orders of one event.

    Attributes
    ----------
    recognize : callable
        Names the kind of a file by its first bytes, or refuses it. What is in it, the worker finds out.
    file : Path or None
        The bytes that an earlier answer asked for.
    language : str
        To answer in.
    longest_s : float
        The longest clip that may be asked for there, in seconds.
    """

    database: Database
    media: MediaStore
    policy: Policy
    recognize: Callable[[Path], object]
    incoming: Incoming
    file: Path | None
    language: str
    longest_s: float

    def already_taken(self) -> Accepted | None:
        """Answer an event that the chat repeats like the first time."""
        with self.database.read() as tx:
            known = requests.find(tx, self.incoming.platform, self.incoming.event_id)
        return None if known is None else Accepted(say("note.accepted", self.language))

    def prepare(
        self,
        sound: SoundReference | Clip,
        recipe: Recipe,
        *,
        parent_clip_id: int | None = None,
        reply_to: str | None = None,
        free: bool = False,
    ) -> Prepared | Download:
        """Make an order of a sound and a recipe; ask for the sound's bytes first where they lie with the chat.

        All that can be refused is refused before anything is downloaded.

        Parameters
        ----------
        free : bool
            Whether it is an order that is charged later (a relay).
        """
        kept = None
        match sound:
            case Attachment() if self.file is None:
                require_reach(sound, self.policy)
                if not free:
                    told = ClipOrder(NewSource("file", ""), recipe, self._estimated_s(recipe, sound.duration_s))
                    submit.dry_run(self.database, self.incoming, told, self.policy)
                return Download(sound)
            case Attachment():
                assert self.file is not None
                require_reach(sound, self.policy)
                source, length_s = self._keep(sound, self.file, recipe)
                kept = source.reference
            case Clip():
                source, length_s = self._of_clip(sound, recipe)
            case Link():
                self.policy.blocked.require(sound)
                source, length_s = NewSource.link(sound.url), self._estimated_s(recipe, None)
        if source.kind == "link":
            self._require_answering(source.reference)
        return Prepared(ClipOrder(source, recipe, length_s, parent_clip_id, reply_to), kept)

    def _keep(self, sound: Attachment, file: Path, recipe: Recipe) -> tuple[NewSource, float]:
        """Put a file into the media store, and return it and the seconds to charge, as far as the chat knows them."""
        self.recognize(file)
        length_s = self._estimated_s(recipe, sound.duration_s)
        kept = self.media.keep_sound(file)
        title = sound.title or _title(sound.name)
        return NewSource("file", kept, title, file.stat().st_size, sound.duration_s), length_s

    def _of_clip(self, clip: Clip, recipe: Recipe) -> tuple[NewSource, float]:
        """Return a clip's sound and the seconds to charge."""
        with self.database.read() as tx:
            source = of_clip(tx, clip)
        if (recipe.start_s, recipe.duration_s) != (clip.recipe.start_s, clip.recipe.duration_s):
            return source, self._estimated_s(recipe, source.duration_s)
        if clip.duration_s > self.longest_s:
            raise PipelineError(ErrorCode.TOO_LONG, limit_s=self.longest_s)
        return source, clip.duration_s

    def _require_answering(self, link: str) -> None:
        """Refuse a link of a site that answers nobody at the moment."""
        site = site_of(link)
        if site is None:
            return
        with self.database.read() as tx:
            health = health_of(site, fetches.latest(tx, within_s=WINDOW_S), tx.now_s)
        if health.breaker == "open":
            raise BotError(BotCode.SITE_SILENT, site=site, again_in_s=60.0 * math.ceil(health.again_in_s / 60.0))

    def _estimated_s(self, recipe: Recipe, sound_s: float | None) -> float:
        return estimated_s(recipe, sound_s, self.longest_s)

    def take(self, prepared: Prepared, *, note: str = "note.accepted", close: bool = False) -> Accepted:
        """Take an order; where it is refused, the file that was kept for it goes again."""
        try:
            with self.database.write() as tx:
                request = submit.submit(tx, self.incoming, prepared.order, self.policy, self.language)
                limits = self.policy.quotas.within(chats.get(tx, request.chat_id).settings)
                left_s = quotas.left_s(tx, user_id=request.person_id, chat_id=request.chat_id, limits=limits)
        except BaseException:
            self.discard(prepared)
            raise
        if request.source.reference != prepared.order.source.reference:
            self.discard(prepared)
        return Accepted(price_note(say(note, self.language), known_work_s(request), left_s, self.language), close=close)

    def discard(self, prepared: Prepared) -> None:
        """Delete a file that was kept for an order which is not taken."""
        if prepared.kept is not None:
            with suppress(OSError):
                self.media.remove(str(PurePosixPath(prepared.kept).parent))


def _title(file_name: str | None) -> str | None:
    """Return a file's name as a title, where it says anything."""
    stem = Path(file_name).stem if file_name else ""
    return stem if stem and not _SPOKEN.match(stem) else None
