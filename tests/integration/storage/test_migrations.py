"""Migrations: they make the tables that the program uses, and unmake them."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from storage.clips import clips
from storage.database import migrate
from storage.database.tables import metadata
from storage.database.transactions import Database
from storage.outbox import deliveries
from storage.requests import price_days, quotas, relays, requests
from storage.requests.prices import PriceTable
from storage.requests.quotas import UNLIMITED
from storage.states import DeliveryState, RequestState

ROOT = Path(__file__).parents[3]


ADA_AND_A_LINK = (
    "INSERT INTO users (id, platform, external_id, name, met_at_s) VALUES (1, 'telegram', '7', 'Ada', 0)",
    "INSERT INTO chats (id, platform, external_id, met_at_s) VALUES (1, 'telegram', '-100', 0)",
    "INSERT INTO sources (id, kind, reference, created_at_s) VALUES (1, 'link', 'https://vocaroo.com/1234abcd', 0)",
)


def fill(url: str, rows: Iterable[str]) -> None:
    """Write rows as an older program did."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
        for row in rows:
            connection.execute(row)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'empty.sqlite3'}"


def tables(url: str) -> set[str]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name for (name,) in rows} - {"alembic_version", "sqlite_sequence"}


def differences(url: str) -> list[object]:
    with closing(Database(url)) as database, database.read() as tx:
        context = MigrationContext.configure(tx.connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, metadata))


def test_an_empty_database_is_brought_up_to_date_and_autogenerate_finds_nothing_to_change(url: str) -> None:
    assert migrate.current(url) is None
    assert not migrate.is_current(url)
    migrate.upgrade(url)
    assert migrate.is_current(url)
    assert tables(url) == set(metadata.tables)
    assert differences(url) == []


def test_the_comparison_would_notice_a_difference(url: str) -> None:
    migrate.upgrade(url)
    with closing(Database(url)) as database, database.reshape() as tx:
        tx.connection.exec_driver_sql("DROP INDEX ix_requests_user_id_state")
        tx.connection.exec_driver_sql("ALTER TABLE users ADD COLUMN shoe_size INTEGER")
    assert len(differences(url)) == 2


def test_every_migration_can_be_undone(url: str) -> None:
    migrate.upgrade(url)
    migrate.downgrade(url, "base")
    assert tables(url) == set()
    migrate.upgrade(url)
    assert differences(url) == []


def test_upgrading_again_changes_nothing(url: str) -> None:
    migrate.upgrade(url)
    migrate.upgrade(url)
    assert migrate.is_current(url)


def test_programs_that_start_at_once_upgrade_once(url: str) -> None:
    upgrade = [
        sys.executable,
        "-c",
        "import sys; from storage.database import migrate; migrate.upgrade(sys.argv[1])",
        url,
    ]
    programs = [subprocess.Popen(upgrade, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(2)]
    errors = [program.communicate()[1].decode() for program in programs]
    assert [program.returncode for program in programs] == [0, 0], "".join(errors)
    assert differences(url) == []


def test_a_migration_that_would_break_references_is_undone(url: str) -> None:
    migrate.upgrade(url)
    with (
        closing(Database(url)) as database,
        pytest.raises(RuntimeError, match="broken references"),
        database.reshape() as tx,
    ):
        tx.connection.exec_driver_sql("INSERT INTO chat_bans (chat_id, user_id, banned_at_s) VALUES (7, 7, 0)")
    with closing(Database(url)) as database, database.read() as tx:
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM chat_bans").scalar() == 0


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A wheel has the migrations inside the package; a repository beside it."""
    place = tmp_path / "storage" / "migrations"
    place.mkdir(parents=True)
    (place / "env.py").touch()
    monkeypatch.setattr(migrate, "_PLACES", (place, tmp_path / "alembic"))
    return place


def test_the_migrations_of_an_installed_package_are_found(installed: Path) -> None:
    assert migrate.configuration().get_main_option("script_location") == str(installed)


def test_missing_migrations_are_said_to_be_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(migrate, "_PLACES", (tmp_path / "here", tmp_path / "there"))
    with pytest.raises(FileNotFoundError, match=r"no migrations at .*here or .*there"):
        migrate.configuration()


def test_what_a_database_of_the_first_version_holds_is_read_by_the_newest(url: str) -> None:
    migrate.upgrade(url, "0001")
    old_recipe = '{"ganterpret":1,"theme":"birds","seed":5,"scenes":[{"category":1,"latent_seed":2}]}'
    rows = (
        *ADA_AND_A_LINK,
        "INSERT INTO requests (id, platform, event_id, user_id, chat_id, language, source_id, wish, estimated_s, state,"
        " not_before_at_s, stage, created_at_s)"
        f" VALUES (1, 'telegram', 'e1', 1, 1, 'de', 1, '{old_recipe}', 60, 'rendering', 0, 'analysing', 0)",
        "INSERT INTO relays (id, user_id, chat_id, event_id, language, source_id, wish, estimated_s, scenes, state,"
        " created_at_s, deadline_at_s)"
        f" VALUES (1, 1, 1, 'e2', 'de', 1, '{old_recipe}', 60, 3, 'gathering', 0, 1e12)",
    )
    fill(url, rows)
    migrate.upgrade(url)
    with closing(Database(url)) as database, database.read() as tx:
        request, relay = requests.get(tx, 1), relays.get(tx, 1)
    assert (request.recipe.theme, request.recipe.version, request.stage) == ("birds", 1, "analyzing")
    assert relay.recipe == request.recipe
    migrate.downgrade(url, "0001")
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        assert connection.execute("SELECT wish, stage FROM requests").fetchall() == [(old_recipe, "analysing")]


def test_what_a_database_of_the_second_version_holds_is_read_by_the_newest(url: str) -> None:
    migrate.upgrade(url, "0002")
    recipe = '{"ganterpret":2,"theme":"birds","seed":5,"scenes":[{"category":1,"latent_seed":2}]}'
    rows = (
        *ADA_AND_A_LINK,
        "INSERT INTO requests (id, platform, event_id, user_id, chat_id, language, source_id, recipe, estimated_s,"
        " state, fence, not_before_at_s, created_at_s)"
        f" VALUES (1, 'telegram', 'e1', 1, 1, 'de', 1, '{recipe}', 60, 'rendering', 1, 0, 0)",
        "INSERT INTO quota_entries (request_id, kind, user_id, chat_id, clips, seconds, counts_at_s, written_at_s)"
        " VALUES (1, 'debit', 1, 1, 1, 60, 0, 0)",
        "INSERT INTO clips (id, user_id, chat_id, source_id, recipe, duration_s, size_px, fps, frame_count, bytes,"
        f" video, created_at_s) VALUES (9, 1, 1, 1, '{recipe}', 60, 128, 24, 1440, 1, 'clips/9-1/clip.mp4', 0)",
    )
    fill(url, rows)
    migrate.upgrade(url)
    with closing(Database(url, clock=lambda: 10.0)) as database, database.write() as tx:
        assert requests.get(tx, 1).work_s is None
        assert clips.get(tx, 9).recipe.theme == "birds"
        assert requests.settle(tx, 1, 1, 45.0, UNLIMITED), "what was taken by its length is settled by its length"
        assert quotas.charged(tx, 1).seconds == 45.0
        assert price_days.today(tx, PriceTable()).frame_s == PriceTable().frame_s, "nobody has timed the older clips"
    migrate.downgrade(url, "0002")
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        assert connection.execute("SELECT recipe, estimated_s FROM requests").fetchall() == [(recipe, 60)]
        assert connection.execute("SELECT bytes FROM clips").fetchall() == [(1,)]
        assert connection.execute("SELECT kind, seconds FROM quota_entries ORDER BY id").fetchall() == [
            ("debit", 60),
            ("settlement", -15),
        ]


def test_a_delivery_that_was_in_doubt_waits_to_be_asked_for(url: str) -> None:
    migrate.upgrade(url, "0003")
    recipe = '{"ganterpret":2,"theme":"birds","seed":5,"scenes":[{"category":1,"latent_seed":2}]}'
    rows = (
        *ADA_AND_A_LINK,
        "INSERT INTO requests (id, platform, event_id, user_id, chat_id, language, source_id, recipe, estimated_s,"
        " state, fence, not_before_at_s, created_at_s)"
        f" VALUES (1, 'telegram', 'e1', 1, 1, 'de', 1, '{recipe}', 60, 'delivering', 1, 0, 0)",
        "INSERT INTO clips (id, user_id, chat_id, source_id, recipe, duration_s, size_px, fps, frame_count, bytes,"
        f" video, created_at_s) VALUES (1, 1, 1, 1, '{recipe}', 60, 128, 24, 1440, 1, 'clips/1-1/clip.mp4', 0)",
        "INSERT INTO deliveries (id, kind, platform, request_id, clip_id, chat_id, language, state, step, step_at_s,"
        " not_before_at_s, created_at_s) VALUES (1, 'clip', 'telegram', 1, 1, 1, 'de', 'uncertain', 'clip', 5, 0, 0)",
    )
    fill(url, rows)
    migrate.upgrade(url)
    with closing(Database(url)) as database, database.read() as tx:
        delivery = deliveries.get(tx, 1)
        assert (delivery.state, delivery.in_doubt) == (DeliveryState.HELD, None)
        assert requests.get(tx, 1).state is RequestState.RENDERED
    migrate.downgrade(url, "0003")
