"""Pages that answer a command: help, themes, queue, quota, settings and the like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.actions import Action
from bot.chat.markup import escape
from bot.chat.port import Button, Screen
from bot.screens.messages import duration, say
from bot.screens.pieces import PAGE_LENGTH, fitting, name_of, reason, rows, theme_of
from pipeline.errors import CodedError
from pipeline.fetch.health import SiteHealth
from pipeline.themes.categories import category_name
from pipeline.themes.themes import Theme
from storage.clips.clips import Clip
from storage.people.chats import ChatSettings
from storage.requests.quotas import QuotaLimits, Spending
from storage.requests.requests import Request
from storage.upkeep.stats import Stats

_EXAMPLES_SHOWN = 5


def refusal(error: CodedError, language: str) -> Screen:
    """Say why not."""
    return Screen(reason(error, language))


def help_page(language: str, *, may_configure: bool, is_owner: bool) -> Screen:
    """Say what the bot does, with examples."""
    parts = [say("help.everyone", language)]
    if may_configure:
        parts.append(say("help.admins", language))
    if is_owner:
        parts.append(say("help.owner", language))
    return Screen("\n".join(parts))


def themes_page(themes: Sequence[Theme], query: str, language: str) -> Screen:
    """List themes, with what each shows."""
    if not query:
        names = ", ".join(escape(theme.name, 60) for theme in themes)
        return Screen(say("themes.all", language, names=names))
    lines = []
    for theme in themes:
        shown = ", ".join(category_name(index) for index in theme.categories[:_EXAMPLES_SHOWN])
        more = f" … ({len(theme.categories)})" if len(theme.categories) > _EXAMPLES_SHOWN else ""
        lines.append(f"<b>{escape(theme.name, 120)}</b>: {escape(shown, 200)}{more}")
    return Screen(fitting((say("themes.found", language, query=escape(query, 60)), *lines), PAGE_LENGTH))


def queue_page(requests: Sequence[Request], positions: Mapping[int, int], language: str) -> Screen:
    """List what this chat is waiting for, and how long the whole queue is."""
    if not requests:
        return Screen(say("queue.empty", language, waiting=len(positions)))
    lines = [say("queue.heading", language, waiting=len(positions))]
    for request in requests:
        facts = {"theme": theme_of(request.recipe.theme), "name": name_of(request.asker_name, language)}
        position = positions.get(request.id)
        if position is None:
            place = say("queue.runs", language)
        elif position == 0:
            place = say("queue.next", language)
        else:
            place = say("queue.waits", language, position=position)
        lines.append(say("queue.line", language, id=request.id, place=place, **facts))
    return Screen(fitting(lines, PAGE_LENGTH))


def cancel_page(requests: Sequence[Request], language: str) -> Screen:
    """Ask which of several requests is to be cancelled."""
    choices = [
        Button(f"#{request.id} {request.recipe.theme}"[:24], str(Action("cancel", request.id))) for request in requests
    ]
    return Screen(say("cancel.which", language), rows(choices, 2))


def quota_page(
    mine: Spending, ours: Spending, limits: QuotaLimits, waiting: int, in_private: bool, language: str
) -> Screen:
    """Say what was spent today, and of what."""
    lines = [
        say("quota.heading", language),
        _spent("quota.you", mine, limits.user_clips_per_day, limits.user_seconds_per_day, language),
    ]
    if not in_private:
        lines.append(_spent("quota.chat", ours, limits.chat_clips_per_day, limits.chat_seconds_per_day, language))
    if limits.open_requests_per_user is not None:
        lines.append(say("quota.open", language, waiting=waiting, limit=limits.open_requests_per_user))
    return Screen("\n".join(lines))


def _spent(key: str, spent: Spending, clips: int | None, seconds: float | None, language: str) -> str:
    without = say("quota.no_limit", language)
    return say(
        key,
        language,
        clips=spent.clips,
        clips_limit=without if clips is None else clips,
        seconds=duration(max(0.0, spent.seconds), language),
        seconds_limit=without if seconds is None else duration(seconds, language),
    )


def mine_page(clips: Sequence[Clip], language: str) -> Screen:
    """List somebody's latest clips, each with a button that shows it again."""
    if not clips:
        return Screen(say("mine.none", language))
    lines = [say("mine.heading", language)]
    for clip in clips:
        title = f" · <i>{escape(clip.title, 60)}</i>" if clip.title else ""
        lines.append(f"#{clip.id} <b>{theme_of(clip.recipe.theme)}</b>{title} · {duration(clip.duration_s, language)}")
    choices = [Button(f"▶ #{clip.id}", str(Action("show", clip.id))) for clip in clips if not clip.media_removed]
    return Screen(fitting(lines, PAGE_LENGTH), rows(choices, 5))


def privacy_page(media_days: float, language: str) -> Screen:
    """Say what is stored, for how long, and how to have it deleted."""
    return Screen(say("privacy.text", language, days=round(media_days)))


def forget_question(person_id: int, language: str) -> Screen:
    """Ask whether everything is really to be deleted."""
    yes = Button(say("button.forget_yes", language), str(Action("forget_yes", person_id)), "danger")
    no = Button(say("button.keep", language), str(Action("close", person_id)))
    return Screen(say("forget.question", language), ((yes, no),))


def forgotten_page(clips: int, language: str) -> Screen:
    """Say that everything is deleted."""
    return Screen(say("forget.done", language, clips=clips))


def settings_page(settings: ChatSettings, chosen_language: str | None, language: str) -> Screen:
    """Show what is set in a chat, and how to set it."""
    without = say("settings.unset", language)

    def shown(value: object) -> str:
        return without if value is None else escape(str(value), 120)

    return Screen(
        say(
            "settings.text",
            language,
            theme=shown(settings.default_theme),
            size=shown(settings.size_px),
            longest=shown(None if settings.longest_s is None else duration(settings.longest_s, language)),
            clips=shown(settings.clips_per_day),
            seconds=shown(settings.seconds_per_day and f"{settings.seconds_per_day:g}"),
            who=say("settings.admins" if settings.admins_only else "settings.everyone", language),
            language=shown(chosen_language),
        )
    )


def stats_page(stats: Stats, sites: Sequence[SiteHealth], language: str) -> Screen:
    """Show how the bot is doing, and the sites that it fetches from."""
    states = ", ".join(f"{state} {count}" for state, count in stats.requests.items() if count) or "0"
    outbox = ", ".join(f"{state} {count}" for state, count in stats.deliveries.items() if count) or "0"
    lines = [
        say(
            "stats.text",
            language,
            people=stats.people,
            chats=stats.chats,
            clips=stats.clips,
            clips_today=stats.clips_today,
            seconds_today=stats.seconds_today,
            waiting_s=stats.waiting_s,
            media_bytes=stats.media_bytes,
            requests=states,
            deliveries=outbox,
        )
    ]
    if sites:
        lines.append(say("stats.sites", language, sites=", ".join(_site(site, language) for site in sites)))
    return Screen("\n".join(lines))


def _site(health: SiteHealth, language: str) -> str:
    """Say how a site has done within the hour."""
    failures = sum(health.failed.values())
    if not failures:
        key = "stats.site"
    else:
        key = {"closed": "stats.site_failing", "open": "stats.site_resting", "trying": "stats.site_trying"}[
            health.breaker
        ]
    return say(
        key,
        language,
        site=health.site,
        answered=health.answered,
        asked=health.answered + failures,
        codes=", ".join(f"{code} {count}" for code, count in health.failed.items()),
        again_in_s=health.again_in_s,
    )
