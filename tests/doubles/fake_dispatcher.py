"""A dispatcher that answers by a rule, for tests of what the adapters make of answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.chat.answers import About, Answer, Nothing, Say
from bot.chat.events import Incoming
from bot.chat.port import Posted, Screen
from bot.handlers.dispatcher import Suggestion

Rule = Callable[[Incoming], Answer]


@dataclass
class FakeDispatcher:
    """Answers by a rule, and keeps what it heard."""

    rule: Rule = lambda incoming: Nothing()
    heard: list[Incoming] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    posts: list[tuple[str, About, Posted]] = field(default_factory=list)
    moves: list[tuple[str, str, str]] = field(default_factory=list)
    language: str = "en"  # as if everybody had chosen it

    def answer(self, incoming: Incoming, file: Path | None = None) -> Answer:
        if file is not None:
            self.files.append(file.read_bytes())
            return Say(Screen("got it"))
        self.heard.append(incoming)
        return self.rule(incoming)

    def download_failed(self, incoming: Incoming) -> Answer:
        return Say(Screen("no file"))

    def language_of(self, incoming: Incoming) -> str:
        return self.language

    def posted(self, platform: str, about: About, message: Posted) -> None:
        self.posts.append((platform, about, message))

    def moved(self, platform: str, old_chat: str, new_chat: str) -> None:
        self.moves.append((platform, old_chat, new_chat))

    def suggest(self, option: str, typed: str, incoming: Incoming | None = None) -> Sequence[Suggestion]:
        return [Suggestion(f"{option} {typed}…", typed)]
