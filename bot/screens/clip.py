"""A finished clip as it stands in a chat, and what can be asked about it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.chat.actions import Action
from bot.chat.markup import escape, to_plain
from bot.chat.port import Button, Screen, Video
from bot.screens.messages import duration, say
from bot.screens.pieces import CAPTION_LENGTH, PAGE_LENGTH, chain, fitting, listing, name_of, theme_of
from pipeline.generators.versions import another_version
from pipeline.recipe import Recipe
from pipeline.themes.categories import category_name
from storage.clips.clips import Clip, FamilyMember


def clip_screen(clip: Clip, video: Video, language: str, contributors: Sequence[str] = ()) -> Screen:
    """Show a clip with its caption and its buttons."""
    return Screen(caption(clip, language, contributors), clip_buttons(clip.id, language), video=video)


def caption(clip: Clip, language: str, contributors: Sequence[str] = ()) -> str:
    """Write what a clip shows, whose sound it is and who asked for it."""
    facts = [duration(clip.duration_s, language), f"#{clip.id}"]
    if clip.parent_clip_id is not None:
        facts.append(say("clip.remix_of", language, id=clip.parent_clip_id))
    if contributors:
        who = say("clip.picked_by", language, names=listing(contributors, language))
    else:
        who = say("clip.asked_by", language, name=name_of(clip.maker_name, language))
    title = f" · <i>{escape(clip.title, 200)}</i>" if clip.title else ""
    first = f"🎬 <b>{theme_of(clip.recipe.theme)}</b>{title}"
    last = f"{who} · {' · '.join(facts)}"
    room = CAPTION_LENGTH - len(to_plain(first)) - len(to_plain(last)) - 2
    scenes = chain(scene_names(clip.recipe), max(0, room))
    return "\n".join(line for line in (first, scenes, last) if line)


def scene_names(recipe: Recipe) -> list[str]:
    """Return what each scene shows."""
    return [category_name(scene.category) for scene in recipe.scenes]


def clip_buttons(clip_id: int, language: str) -> tuple[tuple[Button, ...], ...]:
    """Return what can be done with a clip by pressing."""

    def button(verb: str) -> Button:
        return Button(say(f"button.{verb}", language), str(Action(verb, clip_id)))

    return (
        (button("reroll"), button("theme"), button("scene")),
        (button("poster"), button("recipe"), button("delete")),
    )


def poster_screen(clip: Clip, poster: Path, language: str) -> Screen:
    """Show the poster of a clip."""
    facts = {"id": clip.id, "theme": theme_of(clip.recipe.theme)}
    return Screen(say("clip.poster", language, **facts), picture=poster)


def recipe_screen(clip: Clip, language: str) -> Screen:
    """Show how a clip was made, and the words that make it again."""
    recipe = clip.recipe
    about = say(
        "clip.recipe",
        language,
        id=clip.id,
        theme=theme_of(recipe.theme),
        seed=recipe.seed,
        preset=recipe.preset,
        model=escape(recipe.model, 60),
        size_px=clip.size_px,
        fps=clip.fps,
        truncation=recipe.truncation,
    )
    if (now := another_version(recipe)) is not None:
        about += "\n" + say("clip.drawn_otherwise", language, version=recipe.generator_version, now=now)
    scenes = [f"{place}. {escape(name, 60)}" for place, name in enumerate(scene_names(recipe), 1)]
    hint = say("clip.recipe_hint", language, id=clip.id)
    room = PAGE_LENGTH - len(to_plain(about)) - len(to_plain(hint)) - 4
    return Screen("\n".join((about, fitting(scenes, room), hint)))


def delete_question(clip: Clip, language: str) -> Screen:
    """Ask whether a clip is really to be deleted."""
    yes = Button(say("button.delete_yes", language), str(Action("delete_yes", clip.id)), "danger")
    no = Button(say("button.keep", language), str(Action("close", clip.id)))
    return Screen(say("clip.delete_question", language, id=clip.id, theme=theme_of(clip.recipe.theme)), ((yes, no),))


def family_screen(members: Sequence[FamilyMember], here: int, visible: frozenset[int], language: str) -> Screen:
    """Draw the family tree of a clip.

    Parameters
    ----------
    here : int
        The clip that was asked about.
    visible : frozenset of int
        Clips that may be named to whoever asks; of the others only the place is shown.
    """
    children: dict[int | None, list[FamilyMember]] = {}
    known = {member.clip.id for member in members}
    for member in members:
        parent = member.clip.parent_clip_id
        children.setdefault(parent if parent in known else None, []).append(member)
    lines: list[str] = []
    to_draw = [(eldest, "", "", "") for eldest in reversed(children.get(None, []))]
    while to_draw:
        member, indent, branch, further = to_draw.pop()
        text = _member(member.clip, visible, language)
        lines.append(f"{indent}{branch}{f'<b>{text}</b>' if member.clip.id == here else text}")
        following = children.get(member.clip.id, [])
        for place, child in reversed(list(enumerate(following))):
            twig = ("└ ", "\u2003") if place == len(following) - 1 else ("├ ", "│\u2002")
            to_draw.append((child, indent + further, *twig))
    return Screen(fitting((say("family.heading", language), *lines), PAGE_LENGTH))


def _member(clip: Clip, visible: frozenset[int], language: str) -> str:
    if clip.deleted:
        return say("family.deleted", language)
    if clip.id not in visible:
        return say("family.elsewhere", language)
    return f"#{clip.id} {theme_of(clip.recipe.theme)} · {name_of(clip.maker_name, language)}"
