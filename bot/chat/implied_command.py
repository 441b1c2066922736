"""What is meant where somebody sends no command: one rule for all chats. When it holds is each adapter's to say."""

from __future__ import annotations

from bot.chat.events import Attachment, Command, Message


def sound_alone(
    files: tuple[Attachment, ...], words: str, *, message: str, answered_clip: Message | None = None
) -> Command:
    """Return the request that a sound alone is: a clip of it.

    Parameters
    ----------
    files : tuple of Attachment
        At least one.
    words : str
        What is written beside it: the wish.
    message : str
        The message that holds all this.
    answered_clip : Message or None
        The clip of ours that it answers: then it is that clip with another sound.
    """
    name = "ganterpret" if answered_clip is None else "remix"
    return Command(name, words, attachments=files, reply_to=answered_clip, message=message)
