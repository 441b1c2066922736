"""Which sound is meant: what somebody sent along, or what the message holds that they reply to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, TypeVar

from bot.chat.errors import BotCode, BotError
from bot.chat.events import Attachment, Command, Message
from bot.chat.links import find_links
from bot.usecases.policy import Policy
from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.link import Link, parse_link
from storage.clips.clips import Clip
from storage.database.transactions import Snapshot
from storage.requests import sources
from storage.requests.sources import NewSource

SoundReference: TypeAlias = Link | Attachment
T = TypeVar("T")

_SOUNDS_OF_APPLICATIONS = ("application/ogg", "application/x-flac", "application/flac", "application/vnd.ms-asf")
_SOUND_TYPES = ("audio/", "video/", "application/octet-stream", "application/mp4", *_SOUNDS_OF_APPLICATIONS)
SOUND_NAMES = (
    *(".wav", ".wave", ".w64", ".rf64", ".aif", ".aiff", ".aifc", ".caf", ".au", ".snd", ".flac"),
    *(".mp3", ".mp2", ".m4a", ".m4b", ".aac", ".adts", ".ogg", ".oga", ".opus", ".spx", ".amr", ".awb", ".wma"),
    *(".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".ogv", ".webm", ".weba", ".mka", ".mkv", ".avi", ".wmv", ".asf"),
    *(".mts", ".m2ts"),  # ".ts" is more often a program
)


def sound_of(
    command: Command, links: Sequence[str], allow_hosts: Iterable[str], clip_in: Callable[[str], Clip | None]
) -> SoundReference | Clip:
    """Return the sound that a command means: its own, else that of the message it replies to.

    Parameters
    ----------
    links : sequence of str
        Those in its words; the first that is a piece counts.
    clip_in : callable
        Returns the clip that a message (the platform's id) shows, or is about.

    Raises
    ------
    BotError
        ``NO_SOUND`` or ``TWO_SOUNDS``
    PipelineError
        The link is none, or not one that we fetch.
    """
    hosts = tuple(allow_hosts)
    own = sent_along(links, command.attachments, hosts)
    if own is not None:
        return own
    if command.reply_to is not None:
        found = (command.reply_to.id and clip_in(command.reply_to.id)) or replied_to(command.reply_to, hosts)
        if found is not None:
            return found
    raise BotError(BotCode.NO_SOUND)


def sent_along(
    links: Sequence[str], attachments: Sequence[Attachment], allow_hosts: Iterable[str]
) -> SoundReference | None:
    """Return the sound of a command's own links or file; None if it has neither. Of several pieces, the first.

    Raises
    ------
    BotError
        ``TWO_SOUNDS``: a link and a file, or two files.
    PipelineError
        No link is one that we fetch; said of the first.
    """
    sounds: list[SoundReference] = [file for file in attachments if may_hold_sound(file)]
    return _the_only(sounds + list(pieces_of(links, allow_hosts)[:1]))


def replied_to(message: Message, allow_hosts: Iterable[str]) -> SoundReference | None:
    """Return the sound of somebody's message: its file, else the first piece linked; None if it has neither."""
    files = [file for file in message.attachments if may_hold_sound(file)]
    if files:
        return _the_only(files)
    return next(iter(pieces_of(find_links(message.text).links, allow_hosts)), None)


def pieces_meant(command: Command, links: Sequence[str], allow_hosts: Iterable[str]) -> tuple[Link, ...]:
    """Return all pieces that a command's links mean, or those of the message that it replies to."""
    replied = "" if command.reply_to is None else command.reply_to.text
    return pieces_of(links or find_links(replied).links, allow_hosts)


def pieces_of(links: Iterable[str], allow_hosts: Iterable[str]) -> tuple[Link, ...]:
    """Return the pieces that links mean, each once.

    Raises
    ------
    PipelineError
        There are links, and none is one that we fetch; said of the first.
    """
    hosts = tuple(allow_hosts)
    found: dict[str, Link] = {}
    refusal: PipelineError | None = None
    for text in links:
        try:
            link = parse_link(text, hosts)
        except PipelineError as error:
            refusal = refusal or error
        else:
            found.setdefault(link.url, link)
    if refusal is not None and not found:
        raise refusal
    return tuple(found.values())


def may_hold_sound(file: Attachment) -> bool:
    """Tell whether a file is worth a look: pictures and documents beside it are not meant."""
    if file.mime is not None and file.mime.lower().startswith(_SOUND_TYPES):
        return True
    # Chats guess a type by the name, and know few names: a flac may be "application/x-flac" to one of them.
    named_so = file.name is not None and file.name.lower().endswith(SOUND_NAMES)
    return named_so or (file.mime is None and file.name is None)


def is_video(file: Attachment) -> bool:
    """Tell whether a file may be a clip."""
    return (file.mime or "").lower().startswith("video/") or (file.name or "").lower().endswith(".mp4")


def require_reach(file: Attachment, policy: Policy) -> None:
    """Refuse a file that is too large before a byte of it is fetched."""
    if file.bytes is None:
        return
    if file.limit_bytes is not None and file.bytes > file.limit_bytes:
        raise BotError(BotCode.OUT_OF_REACH, limit_bytes=file.limit_bytes)
    if file.bytes > policy.max_input_bytes:
        raise PipelineError(ErrorCode.FILE_TOO_LARGE, limit_bytes=policy.max_input_bytes)


def of_clip(tx: Snapshot, clip: Clip) -> NewSource:
    """Return the sound of a clip: kept with it, or to be fetched again from where it came.

    Raises
    ------
    BotError
        ``SOUND_GONE``
    """
    if clip.sound is not None and not clip.media_removed:
        known_s = None if clip.source_id is None else sources.get(tx, clip.source_id).duration_s
        return NewSource("clip", str(clip.id), title=clip.title, duration_s=known_s)
    if clip.source_id is not None:
        source = sources.get(tx, clip.source_id)
        if source.kind == "link":
            return NewSource("link", source.reference, title=source.title, duration_s=source.duration_s)
    raise BotError(BotCode.SOUND_GONE, id=clip.id)


def _the_only(sounds: Sequence[T]) -> T | None:
    if len(sounds) > 1:
        raise BotError(BotCode.TWO_SOUNDS)
    return sounds[0] if sounds else None
