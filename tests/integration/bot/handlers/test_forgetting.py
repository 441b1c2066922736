"""Whoever wants to be forgotten is, in every byte of the home, at once."""

from __future__ import annotations

from pathlib import Path

from bot.chat.events import Attachment
from tests.doubles.chat_world import World

VOICE = Attachment("needle-handle", name="needle-name.ogg", mime="audio/ogg", duration_s=7.0)
NEEDLES = (
    b"Needle-Ada",
    b"needle-sound",
    b"needle-film",
    b"needle-picture",
    b"needle-name",
    b"needle-link",
    b"needle-event",
)


def found(folder: Path) -> dict[str, list[bytes]]:
    """Return the files that hold a needle, its name or its bytes."""
    hay = {
        path.relative_to(folder): str(path).encode() + path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    hits = {str(path): [needle for needle in NEEDLES if needle in content] for path, content in hay.items()}
    return {path: needles for path, needles in hits.items() if needles}


def test_nothing_is_left_in_any_file_when_the_answer_is_there(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    world = World(home, recognize=lambda _: None)
    voice = tmp_path / "voice.ogg"
    voice.write_bytes(b"needle-sound" * 1000)
    asker = {"who": "needle-Ada", "where": "needle-Ada", "private": True}
    world.command("ganterpret", "theme:primates", attachments=(VOICE,), file=voice, event="needle-event-1", **asker)
    request = world.begin()
    world.sketch(request).write_bytes(b"needle-picture")
    clip = world.finish(request)
    world.media.path(clip.video).write_bytes(b"needle-film")
    world.command("ganterpret", "https://youtu.be/needle-link theme:birds", event="needle-event-2", **asker)
    world.command("ganterpret", "theme:birds", attachments=(VOICE,), file=voice, event="needle-event-3", **asker)
    assert {needle for needles in found(home).values() for needle in needles} >= {
        b"Needle-Ada",
        b"needle-sound",
        b"needle-film",
        b"needle-picture",
        b"needle-event",
    }

    world.press("forget_yes:1", event="the-wish", **asker)
    assert found(home) == {}


def test_what_somebody_else_still_needs_stays(tmp_path: Path) -> None:
    world = World(tmp_path, recognize=lambda _: None)
    voice = tmp_path / "voice.ogg"
    voice.write_bytes(b"sound")
    for who in ("ada", "bo"):
        world.command("ganterpret", attachments=(VOICE,), file=voice, who=who, event=f"event of {who}")
    request = world.begin()
    clip = world.finish(request)
    other = "bo" if clip.maker_name == "Ada" else "ada"
    with world.database.read() as tx:
        from storage.people import people

        person = people.find(tx, "telegram", other)
    assert person is not None
    world.press(f"forget_yes:{person.id}", who=other)
    assert world.media.path(clip.video).exists()
    assert len(list((world.media.root / "sounds").iterdir())) == 1
