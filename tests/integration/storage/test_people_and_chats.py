"""Who talks to the bot, and where."""

from storage.database import leases
from storage.database.transactions import Database
from storage.outbox import posted_messages
from storage.outbox.posted_messages import Role
from storage.people import chats, people
from storage.people.chats import ChatSettings
from storage.requests import quotas, requests
from tests.doubles.books import HandClock, submit


def test_somebody_is_met_once_and_known_by_their_latest_name(database: Database) -> None:
    with database.write() as tx:
        first = people.get_or_create(tx, "discord", "42", name="Ada")
        people.choose_language(tx, first.id, "de")
        again = people.get_or_create(tx, "discord", "42", name="Ada L.")
        assert (again.id, again.name, again.language) == (first.id, "Ada L.", "de")
        assert people.get_or_create(tx, "telegram", "42").id != first.id
        assert people.find(tx, "discord", "42") == again
        assert people.find(tx, "discord", "43") is None


def test_meeting_somebody_without_a_name_does_not_take_it_away(database: Database) -> None:
    with database.write() as tx:
        people.get_or_create(tx, "discord", "42", name="Ada")
        chats.get_or_create(tx, "discord", "7", title="Music")
        assert people.get_or_create(tx, "discord", "42").name == "Ada"
        assert chats.get_or_create(tx, "discord", "7").title == "Music"


def test_a_chat_is_met_once_and_keeps_its_settings(database: Database) -> None:
    settings = ChatSettings(default_theme="ocean", size_px=256, longest_s=60.0, admins_only=True)
    with database.write() as tx:
        chat = chats.get_or_create(tx, "telegram", "-1", title="Music")
        assert chat.settings == ChatSettings()
        chats.change_settings(tx, chat.id, settings)
        chats.choose_language(tx, chat.id, "de")
        again = chats.get_or_create(tx, "telegram", "-1", title="Musik")
        assert (again.id, again.title, again.language, again.settings) == (chat.id, "Musik", "de", settings)
        assert chats.get(tx, chat.id) == chats.find(tx, "telegram", "-1") == again


def test_a_ban_shows(database: Database) -> None:
    with database.write() as tx:
        ada = people.get_or_create(tx, "telegram", "ada")
        people.ban(tx, ada.id)
        assert people.get_or_create(tx, "telegram", "ada").banned
        people.unban(tx, ada.id)
        assert not people.get_or_create(tx, "telegram", "ada").banned


def test_a_group_that_becomes_a_supergroup_takes_everything_along_but_its_old_messages(database: Database) -> None:
    with database.write() as tx:
        request = submit(tx, "e1", who="ada", where="-1")
        chats.change_settings(tx, request.chat_id, ChatSettings(default_theme="ocean"))
        people.ban(tx, request.person_id, chat_id=request.chat_id)
        posted_messages.add(tx, chat_id=request.chat_id, message="5", role=Role.STATUS, request_id=request.id)
        new = chats.move(tx, "telegram", "-1", "-1001")
        assert chats.move(tx, "telegram", "-1", "-1001") == new
        # What was sent before the move may arrive after it.
        assert chats.get_or_create(tx, "telegram", "-1") == chats.find(tx, "telegram", "-1") == new
        moved = requests.get(tx, request.id)
        assert (moved.chat, moved.chat_id) == ("-1001", new.id)
        assert new.settings.default_theme == "ocean"
        assert people.is_banned(tx, request.person_id, new.id)
        assert quotas.spent_by_chat(tx, new.id).clips == 1
        # The supergroup's message 5 will be another one.
        assert posted_messages.find(tx, "telegram", "-1001", "5") is None


def test_a_move_of_a_chat_nobody_knows_is_a_meeting(database: Database) -> None:
    with database.write() as tx:
        assert chats.move(tx, "telegram", "-9", "-1009").external_id == "-1009"


def test_a_lease_has_one_holder_until_it_ends(database: Database, clock: HandClock) -> None:
    with database.write() as tx:
        assert leases.acquire(tx, "telegram bot 1", "first", lease_s=30)
        assert leases.acquire(tx, "telegram bot 1", "first", lease_s=30)
        assert not leases.acquire(tx, "telegram bot 1", "second", lease_s=30)
        assert leases.acquire(tx, "discord bot 1", "second", lease_s=30)
    clock.advance(30)
    with database.write() as tx:
        assert leases.acquire(tx, "telegram bot 1", "second", lease_s=30)
        assert not leases.acquire(tx, "telegram bot 1", "first", lease_s=30)
        leases.release(tx, "telegram bot 1", "first")
        assert not leases.acquire(tx, "telegram bot 1", "first", lease_s=30)
        leases.release(tx, "telegram bot 1", "second")
        assert leases.acquire(tx, "telegram bot 1", "first", lease_s=30)
