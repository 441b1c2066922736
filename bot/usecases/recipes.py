"""From what somebody wishes to a recipe, checked before anything is charged. Pure."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from bot.chat.errors import BotCode, BotError
from bot.chat.grammar import SENSITIVITIES, Pace, RecipeOptions
from bot.usecases.policy import MODELS_TO_ASK_FOR, Policy
from pipeline.errors import ErrorCode, PipelineError
from pipeline.generator import SIZES_PX
from pipeline.generators.biggan.names import MODELS, model_of_size
from pipeline.given_points import beyond
from pipeline.recipe import MAX_SCENES, SEED_LIMIT, Recipe
from pipeline.sound import part_length_s
from pipeline.themes.scenes import choose_category, replace_scene
from pipeline.themes.themes import resolve_theme
from storage.people.chats import ChatSettings

UNKNOWN_LENGTH_S = 240.0
"""Charged for a sound whose length nobody knows yet, about that of a song; the worker charges the real length."""
_CALMER = 0.5  # times as many changes, or as sensitive to them
_UNTOLD_PX = 256  # width where neither recipe nor model says one
_LONGEST_THEME = 500  # characters: enough for any list that one types, and short enough to show


def new_recipe(
    options: RecipeOptions,
    settings: ChatSettings,
    policy: Policy,
    rng: random.Random,
    *,
    start_s: float | None = None,
    usual_theme: str | None = None,
) -> Recipe:
    """Make the recipe of a new clip: what is not asked for comes from the chat, then from the operator.

    Parameters
    ----------
    start_s : float or None
        Where the link wants playing to begin.
    usual_theme : str or None
        What is shown where neither the asker nor the chat says what.

    Raises
    ------
    PipelineError
        ``UNKNOWN_THEME``, ``UNKNOWN_MODEL``, ``UNKNOWN_SIZE``.
    BotError
        ``SCENE_NEEDS_CLIP``
    """
    if options.scene is not None:
        raise BotError(BotCode.SCENE_NEEDS_CLIP)
    plain = Recipe()
    changes: dict[str, Any] = {
        "theme": settings.default_theme or usual_theme or plain.theme,
        "seed": rng.randrange(SEED_LIMIT),
        "model": policy.model,
        "start_s": start_s or 0.0,
    }
    if "model" not in options.changes:
        changes["size_px"] = settings.size_px
    return plain.with_changes(**changes | _checked(options.changes, plain) | _at_pace(options.pace, plain))


def remixed_recipe(recipe: Recipe, options: RecipeOptions, rng: random.Random, *, new_sound: bool = False) -> Recipe:
    """Make a recipe from another: what is not wished for stays as it is.

    A wish for nothing at all, on the same sound, is a wish for another roll of the dice.

    Raises
    ------
    PipelineError
        As `new_recipe`.
    BotError
        ``NO_SUCH_SCENE``
    """
    changes = _checked(_resized(options, recipe), recipe) | _at_pace(options.pace, recipe)
    if new_sound:
        # Points that somebody has placed belong to the sound that they were placed on.
        changes = {"start_s": 0.0, "duration_s": None, "points_s": None} | changes
    if options.new_seed or not (changes or options.scene):
        changes["seed"] = rng.randrange(SEED_LIMIT)
    if options.scene is not None:
        changes.pop("theme", None)
        position, count = options.scene.number - 1, len(recipe.scenes)
        if not 0 <= position < count:
            raise BotError(BotCode.NO_SUCH_SCENE, number=options.scene.number, count=count)
        seed = rng.randrange(SEED_LIMIT)
        category = choose_category(options.scene.category, seed, position)
        changes["scenes"] = replace_scene(recipe.scenes, position, category, seed)
    return recipe.remixed(**changes)


def _at_pace(pace: Pace | None, before: Recipe) -> dict[str, Any]:
    """Return what makes a clip change less often than the one before, or more often."""
    if pace is None:
        return {}
    times = _CALMER if pace == "calmer" else 1 / _CALMER
    if before.scene_count is not None:
        step = -1 if pace == "calmer" else 1
        wanted = before.scene_count * times
        count = min(before.scene_count - 1, round(wanted)) if step < 0 else max(before.scene_count + 1, round(wanted))
        return {"scene_count": min(max(count, 2), MAX_SCENES)}
    low, high = SENSITIVITIES
    return {"sensitivity": min(max(before.sensitivity * times, low), high)}


def _resized(options: RecipeOptions, before: Recipe) -> Mapping[str, Any]:
    """Return what is changed, with the next size where a smaller or a larger one is wished for.

    Raises
    ------
    BotError
        ``NOTHING_SMALLER`` or ``NOTHING_LARGER``
    """
    if options.resize is None or "size_px" in options.changes:
        return options.changes
    now_px = before.size_px or _usual_px(before.model)
    others = [size for size in SIZES_PX if (size < now_px if options.resize == "smaller" else size > now_px)]
    if not others:
        code = BotCode.NOTHING_SMALLER if options.resize == "smaller" else BotCode.NOTHING_LARGER
        raise BotError(code, size_px=now_px)
    return {**options.changes, "size_px": max(others) if options.resize == "smaller" else min(others)}


def _usual_px(model: str) -> int:
    return next((size for size in SIZES_PX if model_of_size(size) == model), _UNTOLD_PX)


def found_recipe(recipe: Recipe, policy: Policy) -> Recipe:
    """Make a recipe that was found in a file ours: its sound is the file's, its model one that we have."""
    model = recipe.model if recipe.model in MODELS_TO_ASK_FOR else policy.model
    size_px = None if model in MODELS else recipe.size_px
    theme = recipe.theme[:_LONGEST_THEME]
    if not recipe.scenes:
        resolve_theme(theme)
    return recipe.with_changes(theme=theme, model=model, size_px=size_px, start_s=0.0, duration_s=None)


def smaller_recipe(recipe: Recipe, size_px: int) -> Recipe:
    """Make a recipe for the next smaller size.

    Raises
    ------
    BotError
        ``NOTHING_SMALLER``
    """
    smaller = [size for size in SIZES_PX if size < size_px]
    if not smaller:
        raise BotError(BotCode.NOTHING_SMALLER, size_px=size_px)
    return recipe.with_changes(**_fitting_model({"size_px": max(smaller)}, recipe))


def estimated_s(recipe: Recipe, sound_s: float | None, longest_s: float) -> float:
    """Return how long the clip will be, as far as anybody can tell now.

    Parameters
    ----------
    sound_s : float or None
        Length of the whole sound, if it is known.
    longest_s : float
        The longest clip that may be asked for.

    Raises
    ------
    PipelineError
        ``START_AFTER_END``, ``POINT_AFTER_END`` or ``TOO_LONG``.
    """
    length_s = recipe.duration_s
    if sound_s is not None:
        length_s = part_length_s(sound_s, recipe.start_s, recipe.duration_s)
        if length_s == 0:
            raise PipelineError(ErrorCode.START_AFTER_END, start_s=recipe.start_s, duration_s=sound_s)
        if recipe.points_s is not None and (late_s := beyond(recipe.points_s, length_s)) is not None:
            raise PipelineError(ErrorCode.POINT_AFTER_END, point_s=late_s, duration_s=length_s)
    if length_s is None:
        return min(UNKNOWN_LENGTH_S, longest_s)
    if length_s > longest_s:
        raise PipelineError(ErrorCode.TOO_LONG, limit_s=longest_s)
    return length_s


def _checked(changes: Mapping[str, Any], before: Recipe) -> dict[str, Any]:
    """Refuse a theme or a model that is none, and write the theme as it is called."""
    checked = dict(changes)
    if "theme" in checked:
        checked["theme"] = theme_name(checked["theme"])
    return _fitting_model(checked, before)


def theme_name(text: str) -> str:
    """Return what a theme is called.

    Raises
    ------
    PipelineError
        ``UNKNOWN_THEME``
    """
    typed = " ".join(text[:_LONGEST_THEME].split())
    theme = resolve_theme(typed)
    # "primates" is a better name for what WordNet calls a primate; "281" and "fairy-tale" are not.
    return typed if theme.kind == "wordnet" or len(theme.name) > _LONGEST_THEME else theme.name


def _fitting_model(changes: dict[str, Any], before: Recipe) -> dict[str, Any]:
    """Let model and size go together: every BigGAN has one size, and whoever asks for another gets its sister."""
    if "model" in changes:
        model = str(changes["model"]).lower()
        if model not in MODELS_TO_ASK_FOR:
            raise PipelineError(ErrorCode.UNKNOWN_MODEL, model=model[:40], known=MODELS_TO_ASK_FOR)
        size_px = changes.get("size_px")
        if model in MODELS:
            own = next(size for size in SIZES_PX if model_of_size(size) == model)
            if size_px not in (None, own):
                raise PipelineError(ErrorCode.UNKNOWN_SIZE, size=str(size_px), sizes=(str(own),))
            size_px = own
        return changes | {"model": model, "size_px": size_px or (None if before.model in MODELS else before.size_px)}
    if "size_px" in changes and before.model in MODELS:
        return changes | {"model": model_of_size(changes["size_px"])}
    return changes
