"""``/remix`` and the buttons under a clip that make another of it."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.actions import Action
from bot.chat.answers import Answer, Download, EditMessage, Say
from bot.chat.errors import BotCode, BotError
from bot.chat.events import Attachment, ButtonPress, Command
from bot.chat.grammar import RecipeOptions, SceneChange
from bot.chat.port import Screen
from bot.chat.wishes import CLIP_NUMBER, options_of
from bot.handlers.context import Context, number_in
from bot.screens.menus import category_menu, scene_menu, theme_menu
from bot.screens.questions import ask
from bot.usecases.recipes import found_recipe, remixed_recipe, smaller_recipe
from bot.usecases.sound_choice import SoundReference, is_video, may_hold_sound, replied_to, sent_along
from bot.usecases.suggestions import categories_to_offer, themes_to_offer
from pipeline.recipe import Recipe
from storage.clips.clips import Clip

_THEMES_OFFERED = 9
_CATEGORIES_OFFERED = 6


def remix(context: Context, command: Command) -> Answer:
    """Make another clip of a clip: of one of ours, or of an mp4 of ours that was found anywhere."""
    if (taken := context.orders.already_taken()) is not None:
        return taken
    context.require_asking()
    command, clip = _clip_meant(context, command)
    options = command.wish or options_of(command, but=_with_scene(command))
    if clip is None:
        return _remix_found(context, command, options)
    new_sound = _new_sound(context, command, options)
    recipe = remixed_recipe(clip.recipe, options, context.services.rng, new_sound=new_sound is not None)
    sound = clip if new_sound is None else new_sound
    prepared = context.orders.prepare(sound, recipe, parent_clip_id=clip.id, reply_to=command.message)
    return prepared if isinstance(prepared, Download) else context.orders.take(prepared)


def reroll(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Roll the dice again; the answer is to the very message that was pressed, which is a clip's."""
    return _remix_clip(
        context, action.subject, RecipeOptions(new_seed=True), note="note.rolling", reply_to=press.message
    )


def theme(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Offer other themes."""
    with context.services.database.read() as tx:
        clip = context.clip(tx, action.subject)
    offered = themes_to_offer(context.services.rng, _THEMES_OFFERED, but=clip.recipe.theme)
    return Say(theme_menu(clip, [(word, theme.name) for word, theme in offered], context.language))


def theme_is(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Make a remix with a theme from the menu."""
    return _remix_clip(context, action.subject, RecipeOptions(changes={"theme": _argument(action)}), from_menu=True)


def theme_word(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Ask for a theme in a word, or make the remix of it."""
    if press.text is None:
        return ask("ask.theme", context.language, action)
    return _remix_clip(context, action.subject, RecipeOptions(changes={"theme": press.text}))


def scene(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Offer scenes to change; or, where one is named, categories to show there instead."""
    with context.services.database.read() as tx:
        clip = context.clip(tx, action.subject)
        in_a_menu = context.pressed_a_menu(tx)
    if not action.arguments:
        return Say(scene_menu(clip, 0, context.language))
    number = _scene_number(action, clip)
    shown = clip.recipe.scenes[number - 1].category
    neighbours = {scene.category for scene in clip.recipe.scenes[max(0, number - 2) : number + 1]} - {shown}
    offered = categories_to_offer([shown, *sorted(neighbours)], context.services.rng, _CATEGORIES_OFFERED)
    return _turn(category_menu(clip, number, offered, context.language), in_a_menu)


def scene_page(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Turn a page of the choice of scenes."""
    with context.services.database.read() as tx:
        clip = context.clip(tx, action.subject)
        in_a_menu = context.pressed_a_menu(tx)
    return _turn(scene_menu(clip, number_in(_argument(action)), context.language), in_a_menu)


def scene_is(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Make a remix with another category in one scene."""
    if len(action.arguments) != 2:
        raise BotError(BotCode.OLD_BUTTON)
    number, category = action.arguments
    options = RecipeOptions(scene=SceneChange(number_in(number), category))
    return _remix_clip(context, action.subject, options, from_menu=True)


def scene_word(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Ask for a category in a word, or make the remix of it."""
    if press.text is None:
        return ask("ask.scene", context.language, action, number=_argument(action))
    return _remix_clip(
        context, action.subject, RecipeOptions(scene=SceneChange(number_in(_argument(action)), press.text))
    )


def smaller(context: Context, press: ButtonPress, action: Action) -> Answer:
    """Make a clip that its chat did not take in the next smaller size."""
    if (taken := context.orders.already_taken()) is not None:
        return taken
    context.require_asking()
    with context.services.database.read() as tx:
        clip = context.clip(tx, action.subject)
    recipe = smaller_recipe(clip.recipe, clip.size_px)
    prepared = context.orders.prepare(clip, recipe, parent_clip_id=clip.parent_clip_id)
    return prepared if isinstance(prepared, Download) else context.orders.take(prepared)


def _remix_clip(
    context: Context,
    clip_id: int,
    options: RecipeOptions,
    *,
    note: str = "note.accepted",
    from_menu: bool = False,
    reply_to: str | None = None,
) -> Answer:
    """Order a remix of a clip.

    Parameters
    ----------
    from_menu : bool
        The pressed button is of a menu, which has then done its duty.
    reply_to : str or None
        What the remix answers; else the message that shows the clip here, if one does.
    """
    if (taken := context.orders.already_taken()) is not None:
        return taken
    context.require_asking()
    with context.services.database.read() as tx:
        clip = context.clip(tx, clip_id)
        reply_to = reply_to or context.message_of(tx, clip)
        # What the button says alone is not believed: ids can be made up, and a clip must never be closed like a menu.
        close = from_menu and context.pressed_a_menu(tx)
    recipe = remixed_recipe(clip.recipe, options, context.services.rng)
    prepared = context.orders.prepare(clip, recipe, parent_clip_id=clip.id, reply_to=reply_to)
    assert not isinstance(prepared, Download)
    return context.orders.take(prepared, note=note, close=close)


def _clip_meant(context: Context, command: Command) -> tuple[Command, Clip | None]:
    """Return the clip that is to be remixed and the command without its number; None for a clip found elsewhere."""
    number = (command.options or {}).get("clip")
    if command.options is None and (match := CLIP_NUMBER.search(command.words)):
        number = match[1]
        command = replace(command, words=command.words[: match.start()] + " " + command.words[match.end() :])
    with context.services.database.read() as tx:
        if number is not None:
            return command, context.clip(tx, number_in(number))
        if command.reply_to is not None:
            return command, context.clip_in(tx, command.reply_to.id)
    return command, None


def _new_sound(context: Context, command: Command, options: RecipeOptions) -> SoundReference | None:
    """Return the sound that takes the place of the clip's, if there is one."""
    hosts = context.services.policy.allow_hosts
    own = sent_along(options.links, command.attachments, hosts)
    if own is not None or command.reply_to is None:
        return own
    with context.services.database.read() as tx:
        replied_clip = context.clip_in(tx, command.reply_to.id)
    # /remix #12 as a reply to somebody's voice note: the recipe of the one, the sound of the other.
    return None if replied_clip is not None else replied_to(command.reply_to, hosts)


def _remix_found(context: Context, command: Command, options: RecipeOptions) -> Answer:
    """Remix an mp4 of ours that the database knows nothing of, by the recipe inside it."""
    replied = command.reply_to.attachments if command.reply_to is not None else ()
    files = [file for file in (*command.attachments, *replied) if may_hold_sound(file)]
    if not files or options.links:
        raise BotError(BotCode.NO_CLIP_MEANT)
    if len(files) > 1:
        raise BotError(BotCode.TWO_SOUNDS)
    file: Attachment = files[0]
    if not is_video(file):
        raise BotError(BotCode.NO_CLIP_MEANT)
    recipe = Recipe()  # stands for the one that nobody has seen before the file is here
    if context.file is not None:
        found = found_recipe(context.services.read_recipe(context.file), context.services.policy)
        recipe = remixed_recipe(found, options, context.services.rng)
    prepared = context.orders.prepare(file, recipe, reply_to=command.message)
    return prepared if isinstance(prepared, Download) else context.orders.take(prepared)


def _with_scene(command: Command) -> dict[str, str]:
    """Return typed options with ``scene:3`` and ``category:volcano`` put together, as they are written in words."""
    options = dict(command.options or {})
    if "scene" in options and "category" in options:
        options["scene"] = f"{options['scene']} {options.pop('category')}"
    return options


def _scene_number(action: Action, clip: Clip) -> int:
    number, count = number_in(_argument(action)), len(clip.recipe.scenes)
    if not 1 <= number <= count:
        raise BotError(BotCode.NO_SUCH_SCENE, number=number, count=count)
    return number


def _argument(action: Action) -> str:
    if not action.arguments:
        raise BotError(BotCode.OLD_BUTTON)
    return action.arguments[0]


def _turn(screen: Screen, in_a_menu: bool) -> Answer:
    """Show the next step in place of the last one, but never in place of a clip."""
    return EditMessage(screen) if in_a_menu else Say(screen)
