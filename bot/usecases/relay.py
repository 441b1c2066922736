"""A relay: a group's piece on one sound, each scene picked by somebody else."""

from __future__ import annotations

from bot.chat.errors import BotCode, BotError
from bot.chat.events import Incoming
from bot.usecases.access import Actor, require_cancelling
from bot.usecases.policy import Policy
from bot.usecases.submit import ClipOrder
from pipeline.errors import CodedError
from pipeline.recipe import Recipe
from pipeline.themes.categories import category_name
from pipeline.themes.scenes import choose_category
from storage.database.transactions import Database, Transaction
from storage.errors import RefusalCode, StorageError
from storage.outbox import deliveries
from storage.people import chats, people
from storage.requests import quotas, relays, requests
from storage.requests.relays import NewRelay, Relay
from storage.requests.requests import NewRequest
from storage.requests.sources import NewSource
from storage.states import RelayState

FEWEST, MOST = 2, 12
USUAL = 6


def call(tx: Transaction, incoming: Incoming, order: ClipOrder, scenes: int, policy: Policy, language: str) -> Relay:
    """Call for a relay, once for the same event; until it renders, its sound is all that is charged.

    Raises
    ------
    BotError
        ``RELAY_NEEDS_PEOPLE`` or ``RELAY_IS_RUNNING``
    """
    if not FEWEST <= scenes <= MOST:
        raise BotError(BotCode.RELAY_NEEDS_PEOPLE, low=FEWEST, high=MOST)
    person = people.get_or_create(tx, incoming.platform, incoming.sender.id, incoming.sender.name)
    chat = chats.get_or_create(tx, incoming.platform, incoming.origin.chat, incoming.origin.title)
    running = relays.gathering_in(tx, chat.id, incoming.origin.channel)
    if running is not None and running.event_id != incoming.event_id:
        raise BotError(BotCode.RELAY_IS_RUNNING)
    prices = policy.prices_today(tx)
    if prices is not None and not relays.is_known(tx, chat.id, incoming.event_id):
        cost_s = prices.sound_s(is_link=False, bytes_in=order.source.bytes or 0)
        limits = policy.quotas.within(chat.settings)
        quotas.charge(tx, "relay", user_id=person.id, chat_id=chat.id, seconds=cost_s, limits=limits)
    return relays.call(
        tx,
        NewRelay(
            event_id=incoming.event_id,
            person_id=person.id,
            chat_id=chat.id,
            channel=incoming.origin.channel,
            source=order.source,
            recipe=order.recipe,
            estimated_s=order.estimated_s,
            language=language,
            scenes=scenes,
            lasts_s=policy.relay_s,
        ),
    )


def pick(tx: Transaction, relay_id: int, incoming: Incoming, word: str) -> Relay:
    """Take somebody's category, or any of a theme, for the next scene.

    Raises
    ------
    StorageError
        ``NOT_FOUND``, ``NOT_ALLOWED`` (banned, or not played here), ``RELAY_OVER``, ``RELAY_ALREADY_PICKED``.
    PipelineError
        ``UNKNOWN_THEME``
    """
    relay = relays.get(tx, relay_id)
    require_played_here(relay, incoming)
    person = people.get_or_create(tx, incoming.platform, incoming.sender.id, incoming.sender.name)
    if people.is_banned(tx, person.id, relay.chat_id):
        raise StorageError(RefusalCode.BANNED)
    category = choose_category(word, relay.recipe.seed, len(relay.picks))
    return relays.pick(tx, relay_id, person.id, category)


def require_played_here(relay: Relay, incoming: Incoming) -> None:
    """Refuse a press that comes from another chat than the relay's."""
    if (relay.platform, relay.chat) != (incoming.platform, incoming.origin.chat):
        raise StorageError(RefusalCode.NOT_FOUND, id=relay.id)


def hurry(tx: Transaction, relay: Relay, actor: Actor, policy: Policy, max_bytes: int | None) -> Relay:
    """Render with what has been picked, without waiting for the rest; for who called, and admins.

    Raises
    ------
    BotError
        ``RELAY_TOO_FEW``
    StorageError
        Not theirs to do, the relay is over, or a quota is spent.
    """
    require_cancelling(actor, asker_id=relay.person_id, chat_id=relay.chat_id)
    if relay.state is not RelayState.GATHERING:
        raise StorageError(RefusalCode.RELAY_OVER)
    if len(relay.picks) < FEWEST:
        raise BotError(BotCode.RELAY_TOO_FEW, least=FEWEST)
    _submit(tx, relay, policy, max_bytes)
    return relays.get(tx, relay.id)


def stop(tx: Transaction, relay: Relay, actor: Actor) -> Relay:
    """End a relay without a clip; for who called, and admins.

    Raises
    ------
    StorageError
        Not theirs to do, or the relay is over.
    """
    require_cancelling(actor, asker_id=relay.person_id, chat_id=relay.chat_id)
    if not relays.end(tx, relay.id):
        raise StorageError(RefusalCode.RELAY_OVER)
    return relays.get(tx, relay.id)


def close(database: Database, relay: Relay, policy: Policy, max_bytes: int | None) -> CodedError | None:
    """Make a request of a relay that is full or out of time; or return why nothing comes of it.

    Two picks are enough; the scenes that nobody picked are drawn from the theme it was called with. Where nothing comes
    of it, it is still to be ended (`end`), once that has been said.
    """
    if len(relay.picks) < FEWEST:
        return BotError(BotCode.RELAY_TOO_FEW, least=FEWEST)
    try:
        with database.write() as tx:
            if _is_open(relays.get(tx, relay.id)):
                _submit(tx, relay, policy, max_bytes)
    except StorageError as error:
        return error
    return None


def recipe_of(relay: Relay) -> Recipe:
    """Return the recipe of a relay: its picks in order, then the theme for whatever is missing."""
    steps = [category_name(pick.category) for pick in relay.picks]
    steps += [relay.recipe.theme] * (relay.scenes - len(steps))
    return relay.recipe.remixed(theme=" > ".join(steps), scene_count=relay.scenes)


def _is_open(relay: Relay) -> bool:
    return relay.state in (RelayState.GATHERING, RelayState.FULL)


def _submit(tx: Transaction, relay: Relay, policy: Policy, max_bytes: int | None) -> None:
    heard = relay.source
    chat = chats.get(tx, relay.chat_id)
    submission = requests.submit(
        tx,
        NewRequest(
            platform=relay.platform,
            event_id=f"relay:{relay.id}",
            person_id=relay.person_id,
            chat_id=relay.chat_id,
            channel=relay.channel,
            message=relay.message,
            source=NewSource(heard.kind, heard.reference, heard.title, heard.bytes, heard.duration_s),
            recipe=recipe_of(relay),
            estimated_s=relay.estimated_s,
            language=relay.language,
            max_bytes=max_bytes,
            max_duration_s=policy.longest_s(chat.settings),
            prices=policy.prices_today(tx),
        ),
        policy.quotas,
    )
    relays.submitted(tx, relay.id, submission.request.id)
    deliveries.add_for_request(tx, submission.request.id, "status")
