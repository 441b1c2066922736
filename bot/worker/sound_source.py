"""Bringing the sound of a request to where it can be rendered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.block_list import BlockList
from pipeline.fetch.supervisor import FetchLimits, fetch
from pipeline.media.probe import SoundInfo
from pipeline.recipe import Recipe
from storage.clips import clips
from storage.clips.media import MediaStore
from storage.database.transactions import Database, Transaction
from storage.requests import sources
from storage.requests.sources import Source


@dataclass(frozen=True, slots=True)
class LocalSound:
    """A sound that is here.

    Attributes
    ----------
    path : Path
        A local file, as it came; what is in it is not known yet.
    title : str or None
        The source's title, untrusted text.
    names_itself : bool
        A title in the file counts more: what is known of it so far may be no more than a file's name.
    canonical_url, extractor, extractor_id : str or None
        Where a link led.
    section_s : tuple of float or None
        Begin and end of the part that the link means.
    """

    path: Path
    title: str | None
    canonical_url: str | None = None
    extractor: str | None = None
    extractor_id: str | None = None
    section_s: tuple[float, float] | None = None
    names_itself: bool = False

    def heading(self, info: SoundInfo) -> str | None:
        """Return what the sound is called, once it is known what is in it."""
        return (info.title or self.title) if self.names_itself else (self.title or info.title)

    def part(self, recipe: Recipe) -> Recipe:
        """Return a recipe with the part that the link means, where the recipe chooses none itself."""
        if self.section_s is None or recipe.start_s or recipe.duration_s is not None:
            return recipe
        start_s, end_s = self.section_s
        return replace(recipe, start_s=start_s, duration_s=end_s - start_s)


@dataclass(frozen=True, slots=True)
class SoundSource:
    """Knows where sounds are: behind links, in the media store, in clips of ours.

    Attributes
    ----------
    allow_hosts : sequence of str
        Hosts whose files may be fetched directly.
    python : Path or None
        Interpreter of the environment whose yt-dlp is used.
    players : Path or None
        Where players of YouTube are kept that were worked through.
    cookies : Path or None
        An operator's cookies.
    token_server : str or None
        An operator's server of proofs of origin.
    proxy : callable or None
        Returns an operator's proxy, which may hold a password and is not shown.
    blocked : BlockList or None
        What an operator does not want fetched.
    """

    database: Database
    media: MediaStore
    limits: FetchLimits
    allow_hosts: Sequence[str] = ()
    python: Path | None = None
    players: Path | None = None
    cookies: Path | None = None
    token_server: str | None = None
    proxy: Callable[[], str] | None = None
    blocked: BlockList | None = None

    def bring(self, source: Source, folder: Path, *, cancelled: Callable[[], bool]) -> LocalSound:
        """Bring a sound into a folder, or say where it is already.

        Raises
        ------
        PipelineError
            Why it cannot be had, or ``CANCELLED``.
        """
        match source.kind:
            case "link":
                return self._fetch(source, folder, cancelled)
            case "file":
                return LocalSound(self.media.path(source.reference), source.title, names_itself=True)
            case "clip":
                with self.database.read() as tx:
                    clip = clips.get(tx, int(source.reference))
                if clip.sound is None or clip.media_removed:
                    raise PipelineError(ErrorCode.FILE_MISSING, path=clip.title or "")
                return LocalSound(self.media.path(clip.sound), clip.title)

    def remember(self, tx: Transaction, source: Source, sound: LocalSound, info: SoundInfo) -> None:
        """Write down what bringing the sound, and decoding it, has told of its source."""
        sources.learn(
            tx,
            source.id,
            title=sound.heading(info),
            canonical_url=sound.canonical_url,
            extractor=sound.extractor,
            extractor_id=sound.extractor_id,
            duration_s=info.duration_s,
        )

    def _fetch(self, source: Source, folder: Path, cancelled: Callable[[], bool]) -> LocalSound:
        fetched = fetch(
            source.reference,
            folder,
            limits=self.limits,
            allow_hosts=self.allow_hosts,
            cancelled=cancelled,
            python=self.python,
            players=self.players,
            cookies=self.cookies,
            token_server=self.token_server,
            proxy=None if self.proxy is None else self.proxy(),
            blocked=self.blocked,
        )
        return LocalSound(
            path=fetched.path,
            title=fetched.title,
            canonical_url=fetched.canonical_url,
            extractor=fetched.extractor,
            extractor_id=fetched.source_id,
            section_s=fetched.section_s,
        )
